"""What the pages of claims say: the ladder of evidence for one printed name, states and steps in words."""

from __future__ import annotations

from dataclasses import dataclass

from ...accounts.models import Account
from ...accounts.rules import email_key
from ...core.text import Message, message
from ...papers.organisations import is_domain_of, organisation_of
from ...people.ladder import APPROVED, CO_AUTHOR, DISPUTED, INSTITUTION, MAIL, MODERATOR, ORCID, PENDING, REFUSED, REVOKED, WITHDRAWN, WORKS
from ...people.queries import Printed
from ...people.services import masked

# The colours of states: what is well, what waits, what went wrong, what is over.
FLAGS = {APPROVED: "flag-open", PENDING: "flag-warn", DISPUTED: "flag-warn", REFUSED: "flag-alert", REVOKED: "flag-alert", WITHDRAWN: ""}

STATES = {
    PENDING: message("waiting"),
    APPROVED: message("approved"),
    REFUSED: message("refused"),
    WITHDRAWN: message("withdrawn"),
    DISPUTED: message("disputed"),
    REVOKED: message("taken back"),
}

# What the steps of a claim are called; the words of the domain are keys.
STEPS = {
    "claimed": message("claimed"),
    "claimed again": message("claimed again, with new evidence"),
    "confirmed": message("confirmed by a co-author"),
    "approved": message("approved by a moderator"),
    "refused": message("refused by a moderator"),
    "revoked": message("approval taken back by a moderator"),
    "withdrawn": message("given up"),
    "asked": message("a moderator asks for more"),
    "disputed": message("somebody else claims the same authorship"),
    "undisputed": message("nobody else claims it any more"),
    "met another claim": message("met somebody else's claim when two records became one"),
    "moved with the record": message("moved with the record"),
    "opened the mailed link": message("opened the mailed link"),
    "found on the ORCID record": message("found on the public ORCID record"),
    "not on the ORCID record": message("not found on the public ORCID record"),
    "on the ORCID record, typed in by its owner": message("on the public ORCID record, but typed in by its owner"),
}
BY = {
    "claimant": message("by the claimant"),
    "co-author": message("by a co-author"),
    "moderator": message("by a moderator"),
    "site": message("by the site"),
}

TITLES = {
    ORCID: message("ORCID iD"),
    MAIL: message("A link mailed to the printed address"),
    WORKS: message("The works list of your ORCID record"),
    INSTITUTION: message("An address of your institution"),
    CO_AUTHOR: message("The word of a co-author"),
    MODERATOR: message("A moderator's decision"),
}


_CO_AUTHOR_SAYS = message("An author of this paper whose own claim is proved says that it is you. They see your claim on their page of papers.")
# Whoever hands a record in could write their own iD and address beside any name.
_TOLD_BY_READER = message("The author list was handed in by a reader: what stands on it proves nothing.")


@dataclass(frozen=True, slots=True)
class Way:
    """A rung of the ladder as the claim form offers it. `is_open`: this reader can take it; `connects`: connecting ORCID would open it."""

    rung: str
    title: Message
    words: Message
    is_open: bool
    connects: bool = False


def ways(account: Account | None, printed: Printed, *, has_identifier: bool, n_authors: int) -> list[Way]:
    """The ladder for one printed name, strongest first. Without an account: as it would be for who signs in."""
    found = [
        _by_orcid(account, printed), _by_mail(account, printed), _by_works(account, has_identifier=has_identifier), _by_institution(account, printed),
        (n_authors > 1, _CO_AUTHOR_SAYS if n_authors > 1 else message("You are the only author of this paper.")),
        (True, message("Write below what shows that it is you; a moderator reads it and decides.")),
    ]  # fmt: skip
    rungs = (ORCID, MAIL, WORKS, INSTITUTION, CO_AUTHOR, MODERATOR)
    if printed.is_told_by_reader:
        for n in (0, 1, 3):
            found[n] = (False, _TOLD_BY_READER)
    lacks_orcid = account is not None and account.orcid is None
    return [
        Way(
            rung,
            TITLES[rung],
            words,
            is_open,
            lacks_orcid and ((rung == ORCID and bool(printed.orcid) and not printed.is_told_by_reader) or (rung == WORKS and has_identifier)),
        )
        for rung, (is_open, words) in zip(rungs, found, strict=True)
    ]


def _by_orcid(account: Account | None, printed: Printed) -> tuple[bool, Message]:
    if not printed.orcid:
        return False, message("No ORCID iD is printed for this author.")
    if account is None or account.orcid is None:
        return False, message("An iD is printed for this author. If it is yours, signing in with ORCID proves it at once.")
    if account.orcid != printed.orcid:
        return False, message("Another ORCID iD than yours is printed for this author.")
    return True, message("Your iD is printed for this author. Where your name fits as well, that proves it at once.")


def _by_mail(account: Account | None, printed: Printed) -> tuple[bool, Message]:
    if not printed.email:
        return False, message("No address is printed for this author.")
    if account is None:  # not even a part of an address goes to the whole world
        return True, message("An address is printed for this author. Opening a link mailed to it proves it at once.")
    if account.email_key and account.email_key == email_key(printed.email):
        return True, message("The address of your account is the printed one: nothing needs to be mailed.")
    return True, message("It goes to %(address)s. Opening it while you are signed in here proves it at once.", address=masked(printed.email))


def _by_works(account: Account | None, *, has_identifier: bool) -> tuple[bool, Message]:
    if not has_identifier:
        return False, message("This record has no DOI or PubMed number by which ORCID would know it.")
    if account is None or account.orcid is None:
        return False, message("If your public ORCID record lists this paper, and not only by your own hand, that proves it.")
    return True, message("We look whether your public ORCID record lists this paper, told by somebody other than you. It takes a minute.")


def _by_institution(account: Account | None, printed: Printed) -> tuple[bool, Message]:
    if not printed.own_affiliations:
        return False, message("No institution is printed for this author.")
    organisation = organisation_of((account.email_key if account else "") or "")
    if not organisation or not any(is_domain_of(organisation, place) for place in printed.own_affiliations):
        return False, message("If the address of your account belongs to the printed institution, it speaks for you. Yours does not, as far as we can tell.")
    return True, message("Your address at %(domain)s speaks for you, and namesakes may have one too: a co-author or a moderator decides.", domain=organisation)
