"""What notices say: looked up when they are shown or mailed, so that nothing is told of what was hidden, deleted or withdrawn meanwhile. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.markdown import rendered
from ..core.text import plain, squeezed
from ..discussion.models import Comment
from ..papers.models import Journal, Keyword, Paper
from ..people.models import Person
from ..ratings.models import HeldBurst, HiddenReview, Rating
from ..resources.models import ResourceRequest
from . import searches
from .models import Bulletin, Notice

# Of a text, enough to tell whether it is worth opening.
HEAD_CHARS = 200
# Markdown is put in plain words from so much of a text.
_READ_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as its reader sees it. What it is about is told only as long as it can be read."""

    id: int
    kind: str
    happening: str
    what: str  # the new state, what befell the paper, what became of the claim or report
    at: dt.datetime
    is_read: bool
    is_there: bool  # what it is about can still be read
    path: str  # where it leads, without the language
    paper_id: int | None = None
    title: str = ""  # of the paper; safe inline HTML
    who: str = ""  # who wrote; a pseudonym, or "–" for a former reader
    is_masked: bool = False  # `who` is a pseudonym
    head: str = ""  # how the text begins; plain
    of_kind: str = ""  # of folded news: `rules.FOLDED`
    of_name: str = ""
    n: int = 0
    papers: tuple[tuple[int, str], ...] = ()  # some of the papers of folded news, with their titles


@dataclass(frozen=True, slots=True)
class _Text:
    """A comment or review that can be read."""

    path: str
    who: str
    is_masked: bool
    head: str


def told_of(session: Session, account_id: int, notices: Sequence[Notice]) -> list[Told]:
    """What these notices of one account say, in their order. At most eight statements."""
    bulletins = _bulletins(session, {one.bulletin_id for one in notices if one.bulletin_id is not None})
    names = _names(session, account_id, bulletins.values())
    paper_ids = {one.paper_id for one in notices} | {i for one in bulletins.values() for i in one.paper_ids}
    paper_ids |= {one.target_id for one in bulletins.values() if one.kind == "ratings"}
    titles: dict[int, str] = {}
    if paper_ids - {None}:
        titles = dict(session.execute(sa.select(Paper.id, Paper.title).where(Paper.id.in_(paper_ids))).all())
    comments = _comments(session, {one.comment_id for one in notices if one.comment_id is not None})
    reviews = _reviews(session, {one.rating_id for one in notices if one.rating_id is not None})
    requests = _requests(session, {one.request_id for one in notices if one.request_id is not None})
    return [_of_request(one, titles, requests) or _told(one, bulletins, names, titles, comments, reviews) for one in notices]


def first_words(text: str) -> str:
    """How a text in Markdown begins, in plain words."""
    words = squeezed(plain(rendered(text[:_READ_CHARS])))
    return words if len(words) <= HEAD_CHARS else f"{words[:HEAD_CHARS].rstrip()}…"


def _told(
    one: Notice,
    bulletins: dict[int, Bulletin],
    names: dict[tuple[str, int], tuple[str, str]],
    titles: dict[int, str],
    comments: dict[int, _Text],
    reviews: dict[int, _Text],
) -> Told:
    bare = Told(one.id, one.kind, one.happening, one.what, one.at, one.read_at is not None, is_there=False, path="/notifications")
    if one.bulletin_id is not None:
        bulletin = bulletins[one.bulletin_id]
        if bulletin.kind == "ratings":
            name, path = titles.get(bulletin.target_id, ""), f"/papers/{bulletin.target_id}/score"
            return replace(bare, is_there=bool(name), path=path, paper_id=bulletin.target_id, title=name, of_kind="ratings", n=bulletin.n)
        name, path = names.get((bulletin.kind, bulletin.target_id), ("", "/notifications/follows"))
        papers = tuple((i, titles[i]) for i in bulletin.paper_ids if i in titles)
        return replace(bare, is_there=bool(name), path=path, of_kind=bulletin.kind, of_name=name, n=bulletin.n, papers=papers)
    title = titles.get(one.paper_id or 0, "")
    text = comments.get(one.comment_id) if one.comment_id is not None else reviews.get(one.rating_id) if one.rating_id is not None else None
    about_text = one.comment_id is not None or one.rating_id is not None
    if text is not None and title:
        return replace(bare, is_there=True, path=text.path, paper_id=one.paper_id, title=title, who=text.who, is_masked=text.is_masked, head=text.head)
    path = f"/papers/{one.paper_id}" if title else "/notifications"
    if one.claim_id is not None:
        path = f"/people/claims/{one.claim_id}"
    elif one.kind == "verdict":
        path = f"/reports#{one.happening.replace(':', '-')}"
    return replace(bare, is_there=bool(title) and not about_text, path=path, paper_id=one.paper_id if title else None, title=title)


def _of_request(one: Notice, titles: dict[int, str], requests: dict[int, tuple[int, str]]) -> Told | None:
    """What a notice of a request says; None for any other."""
    if one.kind not in ("request", "answer"):
        return None
    paper_id, head = requests.get(one.request_id or 0, (0, ""))
    title = titles.get(paper_id, "")
    path = f"/papers/{paper_id}/requests/{one.request_id}" if title else "/notifications"
    return Told(one.id, one.kind, one.happening, one.what, one.at, one.read_at is not None, bool(title), path, paper_id if title else None, title, head=head)


def _requests(session: Session, ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The paper and the first words of requests that everybody can see."""
    if not ids:
        return {}
    query = sa.select(ResourceRequest.id, ResourceRequest.paper_id, ResourceRequest.text)
    rows = session.execute(query.where(ResourceRequest.id.in_(ids), ResourceRequest.visibility == "shown"))
    return {row.id: (row.paper_id, first_words(row.text)) for row in rows}


def _bulletins(session: Session, ids: Collection[int]) -> dict[int, Bulletin]:
    return {one.id: one for one in session.scalars(sa.select(Bulletin).where(Bulletin.id.in_(ids)))} if ids else {}


def _names(session: Session, account_id: int, bulletins: Collection[Bulletin]) -> dict[tuple[str, int], tuple[str, str]]:
    """What folded news is of: name and path by kind and id. A statement for each kind."""
    ids = {kind: {one.target_id for one in bulletins if one.kind == kind} for kind in ("journal", "keyword", "person", "search")}
    found: dict[tuple[str, int], tuple[str, str]] = {}
    if ids["journal"]:
        for journal_id, name in session.execute(sa.select(Journal.id, Journal.name).where(Journal.id.in_(ids["journal"]))):
            found["journal", journal_id] = name, f"/journals/{journal_id}?sort=added"
    if ids["keyword"]:
        for keyword_id, term, slug in session.execute(sa.select(Keyword.id, Keyword.term, Keyword.slug).where(Keyword.id.in_(ids["keyword"]))):
            found["keyword", keyword_id] = term, f"/keywords/{quote(slug)}?sort=added"
    if ids["person"]:
        for person_id, name in session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids["person"]))):
            found["person", person_id] = name, f"/people/{person_id}"
    if ids["search"]:
        for saved_id, name in searches.known().names(session, account_id, ids["search"]).items():
            found["search", saved_id] = name, f"/account/searches/{saved_id}"
    return found


def _comments(session: Session, ids: Collection[int]) -> dict[int, _Text]:
    if not ids:
        return {}
    query = sa.select(Comment.id, Comment.paper_id, Comment.text, Comment.pseudonym, Account.name).outerjoin(Account, Account.id == Comment.account_id)
    return {
        row.id: _Text(
            f"/papers/{row.paper_id}/comments/{row.id}#comment-{row.id}", row.pseudonym or row.name or "–", bool(row.pseudonym), first_words(row.text)
        )
        for row in session.execute(query.where(Comment.id.in_(ids), Comment.visibility == "shown"))
    }  # fmt: skip


def _reviews(session: Session, ids: Collection[int]) -> dict[int, _Text]:
    """Reviews that stand with a text, and are neither held back nor hidden."""
    if not ids:
        return {}
    query = (
        sa.select(Rating.id, Rating.paper_id, Rating.text, Account.name)
        .outerjoin(Account, Account.id == Rating.account_id)
        .outerjoin(HeldBurst, HeldBurst.id == Rating.held_by)
        .outerjoin(HiddenReview, HiddenReview.rating_id == Rating.id)
        .where(Rating.id.in_(ids), Rating.text != "", HiddenReview.rating_id.is_(None), sa.or_(HeldBurst.id.is_(None), HeldBurst.decision == "released"))
    )
    return {row.id: _Text(f"/papers/{row.paper_id}/reviews/{row.id}", row.name or "–", False, first_words(row.text)) for row in session.execute(query)}
