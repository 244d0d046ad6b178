"""Everything that can happen here. Events hold ids only; the job runner gives each subscribed handler its own job."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """The root of all events."""


@dataclass(frozen=True, slots=True)
class TimeCame(Event):
    """The hour of something that is done now and then (the `SCHEDULE` of a domain)."""


@dataclass(frozen=True, slots=True)
class PapersChanged(Event):
    """These papers were added or changed: title, authors, text, notices or anything else a page or the index shows."""

    paper_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PapersMerged(Event):
    """`gone_id` was found to be the same work as `kept_id`; everything that hung on it has moved."""

    kept_id: int
    gone_id: int


@dataclass(frozen=True, slots=True)
class PaperRated(Event):
    """A rating of this paper by this account was given, changed or withdrawn; its score is already right."""

    paper_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class RatersLinked(Event):
    """These two accounts were found to rate the same papers within minutes, or no longer to do so."""

    account_id: int
    other_id: int


@dataclass(frozen=True, slots=True)
class RatingModelMade(Event):
    """The prior or the raters' leniencies were computed anew: scores of older models are to be computed again."""

    model_id: int


@dataclass(frozen=True, slots=True)
class LibraryChanged(Event):
    """This account keeps these papers now, or keeps them no more."""

    account_id: int
    paper_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LibraryFileHanded(Event):
    """A file of references waits to be taken into its owner's library, from where it was left."""

    upload_id: int


@dataclass(frozen=True, slots=True)
class RecommendationModelMade(Event):
    """A new model of recommendations is in place: lists of related papers made with older ones are to be made anew."""

    model_id: int


@dataclass(frozen=True, slots=True)
class RegistrationMade(Event):
    """Somebody asked for an account: the address is to be proved by a mailed link."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class TokenWanted(Event):
    """A link for an account is to be mailed; 0 when there is no such account, so that asking takes as long either way."""

    token_id: int


@dataclass(frozen=True, slots=True)
class AccountAlerted(Event):
    """The owner of an account should hear by mail of something done to it. `what`: "password-changed", "address-changed" or "orcid-linked"."""

    account_id: int
    what: str


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """A name, address, institution, ORCID iD, role or suspension of an account changed: what is derived from it is to be computed anew."""

    account_id: int


@dataclass(frozen=True, slots=True)
class CommentShown(Event):
    """A comment can be read by everybody from now on: just written, or released by a moderator."""

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentStateSet(Event):
    """A question or suspected error was given another state; the id is that of the change."""

    change_id: int


@dataclass(frozen=True, slots=True)
class ReportDecided(Event):
    """A moderator has decided on a report of a comment: its sender (`account_id`) is to be told. `verdict`: "upheld" or "dismissed"."""

    report_id: int
    account_id: int
    paper_id: int
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class FollowersToTell(Event):
    """Followers with ids above `after` are to be told of a comment, or of a change of its state (`change_id`; 0: of the comment itself)."""

    comment_id: int
    change_id: int
    after: int


@dataclass(frozen=True, slots=True)
class AccountsToTell(Event):
    """Accounts with ids above `after` are to be told of something. `what`: "review", "alarm" or "bulletin"; the id is that of the rating, alarm or bulletin."""

    what: str
    id: int
    after: int


@dataclass(frozen=True, slots=True)
class NoticeToMail(Event):
    """A notice is to be mailed at once."""

    notice_id: int


@dataclass(frozen=True, slots=True)
class DigestDue(Event):
    """What was gathered for an account is to be mailed. `way`: "daily" or "weekly"; `gathered_at` (ISO) names the digest."""

    account_id: int
    way: str
    gathered_at: str


@dataclass(frozen=True, slots=True)
class ModelWanted(Event):
    """A keeper wants a new recommendation model now."""


@dataclass(frozen=True, slots=True)
class WeeklyMailDue(Event):
    """A reader's papers of the week are to be mailed. `due_at` (ISO) names the mail."""

    account_id: int
    due_at: str


@dataclass(frozen=True, slots=True)
class ClaimChanged(Event):
    """An authorship was claimed, approved, given up, frozen, taken back, or belongs to another profile now. `account_id` 0: the account is gone."""

    claim_id: int
    paper_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class ClaimNews(Event):
    """A claimant should hear of what others did to their claim. `what`: "approved", "refused", "revoked", "disputed" or "asked"."""

    claim_id: int
    what: str


@dataclass(frozen=True, slots=True)
class ClaimLinkWanted(Event):
    """A link that proves a claim is to be mailed to the address that is printed for the author."""

    link_id: int


@dataclass(frozen=True, slots=True)
class WorksWanted(Event):
    """The public works of a claimant's ORCID record are to be looked through for the claimed paper."""

    claim_id: int


@dataclass(frozen=True, slots=True)
class PersonChanged(Event):
    """A profile was renamed, merged, split or changed otherwise: pages that name this person are to follow."""

    person_id: int


@dataclass(frozen=True, slots=True)
class ResourceAnswered(Event):
    """An answer to a request for resources can be seen by everybody from now on."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class ResourceJudged(Event):
    """Somebody said for the first time, or otherwise than before, whether an answer works for them."""

    answer_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class LinkDied(Event):
    """The link of an answer is dead, or leads where it may not: its request is open again unless another answer stands."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class RequestDeclined(Event):
    """An author said why they will not give what was asked for."""

    request_id: int


@dataclass(frozen=True, slots=True)
class UploadUnwanted(Event):
    """An answer that held the file with this digest is gone: so is the file, unless another answer holds it, too."""

    digest: str


@dataclass(frozen=True, slots=True)
class RequestsToMail(Event):
    """An author was told of new requests; all that is asked of them is to be mailed in one. `told_at` (ISO) names the telling."""

    account_id: int
    told_at: str
