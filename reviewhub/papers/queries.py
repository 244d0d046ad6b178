"""What pages read of the scholarly record: rows, not objects, and a fixed number of statements whatever a paper holds."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.prepared import Prepared, PreparedList
from .models import (
    Authorship,
    Funder,
    Journal,
    JournalIssn,
    Keyword,
    Paper,
    PaperFunding,
    PaperIdentifier,
    PaperKeyword,
    PaperRedirect,
    PaperReference,
    PaperRelation,
    Publisher,
)  # fmt: skip
from .record import Affiliation, Author, Funding, PaperRecord, Reference, Section, Summary
from .record import Journal as JournalSaid
from .record import Keyword as KeywordSaid

# How many papers one page of a list shows.
PAGE_SIZE = 25
# Papers here that cite a paper, shown on its page.
MAX_CITED_BY = 20
SORTS = ("newest", "added", "title")


@dataclass(frozen=True, slots=True)
class Line:
    """A paper as lists show it."""

    id: int
    type: str
    title: str  # markup
    language: str
    titles: dict[str, str]
    year: int | None
    published: str
    published_label: str
    journal_id: int | None
    journal: str
    volume: str
    issue: str
    pages: str
    doi: str | None
    n_authors: int
    authors_line: str
    is_retracted: bool
    has_concern: bool
    is_corrected: bool
    full_text_url: str
    summaries: dict[str, Any]

    def other_title(self, language: str) -> str:
        """The title in the reader's language where it is not the main one."""
        found = self.titles.get(language, "")
        return "" if found == self.title else found


_LINE = (
    Paper.id, Paper.type, Paper.title, Paper.language, Paper.titles, Paper.year, Paper.published, Paper.published_label, Paper.journal_id,
    sa.func.coalesce(Journal.name, ""), Paper.volume, Paper.issue, Paper.pages, Paper.doi, Paper.n_authors, Paper.authors_line, Paper.is_retracted,
    Paper.has_concern, Paper.is_corrected, Paper.full_text_url, Paper.summaries,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty fields narrow nothing. The last three are what a browse page is about."""

    type: str = ""
    language: str = ""
    year_from: int | None = None
    year_to: int | None = None
    keyword: str = ""  # slug
    journal_id: int | None = None
    keyword_id: int | None = None
    funder_id: int | None = None
    name_key: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, with the cursors of its neighbours ("" where there is none)."""

    lines: list[Line]
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """How a list is ordered, and what it is narrowed to by that. The last of `columns` is the id of the paper, so that no two papers share a place."""

    name: str
    columns: tuple[Any, ...]
    is_descending: bool
    joined: Any = None  # a table that is joined to the papers, and how
    on: Any = None
    only: tuple[sa.ColumnElement[bool], ...] = ()
    # Types, languages and dates are looked at on the way along the order's own index. Without statistics SQLite takes them for rare, finds all papers of
    # a language and sorts them: a quarter of a second at 200,000 papers instead of a millisecond.
    is_walked: bool = False

    @property
    def shapes(self) -> list[type]:
        """The types of a cursor's parts: the name of the order, then a value for each column."""
        return [str, *(column.type.python_type for column in self.columns)]


ORDERS = {
    order.name: order
    for order in (
        Order("newest", (Paper.published, Paper.id), True), Order("added", (Paper.id,), True), Order("title", (Paper.title_key, Paper.id), False),
    )
}  # fmt: skip


def list_papers(session: Session, filters: Filters, *, sort: str = "newest", after: str = "", before: str = "", size: int = PAGE_SIZE) -> ListPage:
    """One page of papers in one of `SORTS` (another name: the first). What `page_in` says."""
    return page_in(session, ORDERS.get(sort, ORDERS[SORTS[0]]), filters, after=after, before=before, size=size)


def page_in(session: Session, order: Order, filters: Filters, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> ListPage:
    """One page of papers, found by where the last one ended: page 10,000 costs as much as the first. One statement.

    `after` and `before` are cursors of another `ListPage` with the same order; one that is none gives the first page.
    """
    is_backwards = bool(before) and not after
    place = _read_cursor(before if is_backwards else after, order)
    is_backwards = is_backwards and place is not None
    downwards = order.is_descending != is_backwards
    conditions = _values_of(filters)
    statement = _list_statement(order, tuple(conditions), downwards, place is not None)
    places = {f"place_{n}": value for n, value in enumerate(place or ())}
    rows = statement.rows(session, n_rows=size + 1, **conditions, **places)
    has_more = len(rows) > size
    rows = rows[:size]
    if is_backwards:
        rows.reverse()
    n = len(_LINE)
    lines = [Line(*row[:n]) for row in rows]
    if not rows:
        return ListPage([])
    first, last = (_write_cursor(order, row[n:]) for row in (rows[0], rows[-1]))
    has_next, has_previous = (True, has_more) if is_backwards else (has_more, place is not None)
    return ListPage(lines, last if has_next else "", first if has_previous else "")


def _write_cursor(order: Order, place: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([order.name, *place], ensure_ascii=False).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: Order) -> list[Any] | None:
    """The place a cursor names, or None when somebody made it up."""
    if not cursor or len(cursor) > 2_000:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(found, list) or [type(v) for v in found] != order.shapes or found[0] != order.name:
        return None
    if any(isinstance(v, int) and not 0 <= v < 2**31 for v in found):
        return None
    return None if any(isinstance(v, str) and ("\x00" in v or not v.isprintable()) for v in found) else found[1:]


@lru_cache(maxsize=1_000)
def _list_statement(order: Order, conditions: tuple[str, ...], downwards: bool, has_place: bool) -> Prepared:
    """The statement for lists of one shape."""
    columns = order.columns
    query = sa.select(*_LINE, *columns).select_from(Paper).outerjoin(Journal, Journal.id == Paper.journal_id)
    if order.joined is not None:
        query = query.join(order.joined, order.on)
    query = query.where(*order.only, *((_WALKED if order.is_walked else _CONDITIONS)[name] for name in conditions))
    if has_place:
        here = sa.tuple_(*columns)
        there = sa.tuple_(*[sa.bindparam(f"place_{n}", type_=c.type) for n, c in enumerate(columns)])
        query = query.where(here < there if downwards else here > there)
    return Prepared(query.order_by(*(c.desc() if downwards else c.asc() for c in columns)).limit(sa.bindparam("n_rows", type_=sa.Integer)))


def _place(name: str, kind: type[sa.types.TypeEngine[Any]] = sa.String) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=kind)


_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "type": Paper.type == _place("type"),
    "language": Paper.language == _place("language"),
    "published_from": Paper.published >= _place("published_from"),
    "published_before": sa.and_(Paper.published < _place("published_before"), Paper.published != ""),
    "journal_id": Paper.journal_id == _place("journal_id", sa.Integer),
    "keyword": Paper.id.in_(sa.select(PaperKeyword.paper_id).join(Keyword, Keyword.id == PaperKeyword.keyword_id).where(Keyword.slug == _place("keyword"))),
    "keyword_id": Paper.id.in_(sa.select(PaperKeyword.paper_id).where(PaperKeyword.keyword_id == _place("keyword_id", sa.Integer))),
    "funder_id": Paper.id.in_(sa.select(PaperFunding.paper_id).where(PaperFunding.funder_id == _place("funder_id", sa.Integer))),
    "name_key": Paper.id.in_(sa.select(Authorship.paper_id).where(Authorship.name_key == _place("name_key"))),
}
# The same without an index: to put nothing behind a text hides it from those that look for one.
_WALKED: dict[str, sa.ColumnElement[bool]] = {
    **_CONDITIONS,
    "type": Paper.type.concat("") == _place("type"),
    "language": Paper.language.concat("") == _place("language"),
    "published_from": Paper.published.concat("") >= _place("published_from"),
    "published_before": sa.and_(Paper.published.concat("") < _place("published_before"), Paper.published != ""),
}


def _values_of(filters: Filters) -> dict[str, Any]:
    """The conditions that these filters set, with their values."""
    wanted: dict[str, Any] = {
        "type": filters.type or None, "language": filters.language or None, "keyword": filters.keyword or None, "name_key": filters.name_key or None,
        "journal_id": filters.journal_id, "keyword_id": filters.keyword_id, "funder_id": filters.funder_id,
        "published_from": None if filters.year_from is None else f"{filters.year_from:04d}",
        "published_before": None if filters.year_to is None else f"{filters.year_to + 1:04d}",
    }  # fmt: skip
    return {name: value for name, value in wanted.items() if value is not None}


def lines_of(session: Session, paper_ids: Sequence[int]) -> list[Line]:
    """The papers of these ids, in this order; ids without a paper are passed over. One statement."""
    found = {row[0]: Line(*row) for row in _of_papers(session, _LINES, paper_ids)}
    return [found[i] for i in paper_ids if i in found]


def lines_with_abstracts(session: Session, paper_ids: Sequence[int]) -> list[tuple[Line, dict[str, Any]]]:
    """As `lines_of`, each with its abstracts by language. One statement."""
    found = {row[0]: (Line(*row[:-1]), row[-1]) for row in _of_papers(session, _LINES_WITH_ABSTRACTS, paper_ids)}
    return [found[i] for i in paper_ids if i in found]


_LINES = sa.select(*_LINE).select_from(Paper).outerjoin(Journal, Journal.id == Paper.journal_id)
_LINES_WITH_ABSTRACTS = _LINES.add_columns(Paper.abstracts)


def _of_papers(session: Session, statement: sa.Select[Any], paper_ids: Sequence[int]) -> Iterable[Sequence[Any]]:
    if not paper_ids:
        return []
    if len(paper_ids) <= PAGE_SIZE:
        return _prepared_lines(statement).rows(session, paper_ids)
    return session.execute(statement.where(Paper.id.in_(paper_ids))).all()


@lru_cache(maxsize=4)
def _prepared_lines(statement: sa.Select[Any]) -> PreparedList:
    return PreparedList(statement, Paper.id, PAGE_SIZE)


def added_at_of(session: Session, paper_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """When these papers came here. One statement."""
    return dict(session.execute(sa.select(Paper.id, Paper.added_at).where(Paper.id.in_(paper_ids))).all()) if paper_ids else {}


@dataclass(frozen=True, slots=True)
class KeywordLink:
    term: str
    slug: str
    kind: str
    qualifier: str
    is_major: bool


@dataclass(frozen=True, slots=True)
class FundingLink:
    name: str
    funder_id: int
    doi: str
    awards: list[str]


@dataclass(frozen=True, slots=True)
class ReferenceLink:
    """A cited work; `paper_id` where it is here."""

    text: str
    doi: str
    pmid: str
    paper_id: int | None


@dataclass(frozen=True, slots=True)
class RelationLink:
    """Another work this paper is tied to, seen from this paper: "this paper <kind> the other" when `is_from`."""

    kind: str
    is_from: bool
    key: str  # "doi:…"; empty when the other is here
    on: str
    note: str
    paper_id: int | None
    title: str  # of the other, when it is here
    type: str


@dataclass(slots=True)
class RecordPage:
    """Everything a record page shows of the paper itself."""

    id: int
    version: int
    record: PaperRecord
    is_retracted: bool
    has_concern: bool
    is_corrected: bool
    journal_id: int | None
    publisher_id: int | None
    field_sources: dict[str, str]
    affiliations: list[dict[str, str]]
    affiliation_numbers: list[list[int]]  # for each author
    name_keys: list[str]  # for each author
    keywords: list[KeywordLink] = field(default_factory=list)
    funding: list[FundingLink] = field(default_factory=list)
    references: list[ReferenceLink] = field(default_factory=list)
    relations: list[RelationLink] = field(default_factory=list)
    cited_by: list[tuple[int, str]] = field(default_factory=list)  # id, title as markup


_PAPER_ID = sa.bindparam("paper_id", type_=sa.Integer)
_RECORD = Prepared(
    sa.select(
        Paper.id, Paper.version, Paper.type, Paper.language, Paper.title, Paper.titles, Paper.summaries, Paper.abstracts, Paper.affiliations, Paper.published,
        Paper.published_label, Paper.volume, Paper.issue, Paper.pages, Paper.licence, Paper.full_text_url, Paper.funding_text, Paper.field_sources,
        Paper.is_retracted, Paper.has_concern, Paper.is_corrected, Paper.journal_id, Paper.publisher_id, Journal.name.label("journal"), Journal.abbreviation,
        Publisher.name.label("publisher"),
    )
    .select_from(Paper)
    .outerjoin(Journal, Journal.id == Paper.journal_id)
    .outerjoin(Publisher, Publisher.id == Paper.publisher_id)
    .where(Paper.id == _PAPER_ID)
)  # fmt: skip


def record_page(session: Session, paper_id: int) -> RecordPage | None:
    """The page of a paper, or None when there is none of this id. Five statements."""
    found = _RECORD.rows(session, paper_id=paper_id)
    if not found:
        return None
    row = SimpleNamespace(**dict(zip(_RECORD.names, found[0], strict=True)))
    record = PaperRecord(
        "reviewhub", title=row.title, type=row.type, language=row.language, titles=row.titles, volume=row.volume, issue=row.issue, pages=row.pages,
        licence=row.licence, published=row.published, published_label=row.published_label, full_text_url=row.full_text_url, funding_text=row.funding_text,
        publisher=row.publisher or "",
        summaries={language: Summary(**found) for language, found in row.summaries.items()},
        abstracts={language: [Section(**found) for found in sections] for language, sections in row.abstracts.items()},
        journal=JournalSaid(row.journal or "", row.abbreviation or ""),
    )  # fmt: skip
    page = RecordPage(
        row.id, row.version, record, row.is_retracted, row.has_concern, row.is_corrected, row.journal_id, row.publisher_id, row.field_sources, row.affiliations,
        affiliation_numbers=[], name_keys=[],
    )  # fmt: skip
    _put_authors(session, page)
    _put_pieces(session, page)
    _put_references(session, page)
    _put_relations(session, page)
    return page


_AUTHORS = Prepared(
    sa.select(
        Authorship.name, Authorship.family, Authorship.given, Authorship.suffix, Authorship.other_name, Authorship.orcid, Authorship.role, Authorship.is_group,
        Authorship.is_corresponding, Authorship.is_equal, Authorship.affiliation_numbers, Authorship.name_key,
    )
    .where(Authorship.paper_id == _PAPER_ID)
    .order_by(Authorship.position)
)  # fmt: skip


def _put_authors(session: Session, page: RecordPage) -> None:
    places = [Affiliation(found["name"], found["ror"]) for found in page.affiliations]
    for name, family, given, suffix, other, orcid, role, is_group, is_corresponding, is_equal, numbers, key in _AUTHORS.rows(session, paper_id=page.id):
        affiliations = [places[n - 1] for n in numbers if n <= len(places)]
        author = Author(name, family, given, suffix, other, orcid or "", "", role, is_group, is_corresponding, is_equal, affiliations)
        page.record.authors.append(author)
        page.affiliation_numbers.append(numbers)
        page.name_keys.append(key)


def _pieces() -> Prepared:
    """Identifiers, ISSNs, keywords and funding: short lists of one shape, read in one statement."""
    none = sa.literal("")

    def piece(kind: str, position: Any, a: Any, b: Any, c: Any, d: Any, n: Any) -> sa.Select[Any]:
        texts = [sa.cast(value, sa.String).label(name) for name, value in zip("abcd", (a, b, c, d), strict=True)]
        numbers = [sa.cast(value, sa.Integer).label(name) for name, value in (("position", position), ("n", n))]
        columns: list[sa.ColumnElement[Any]] = [sa.literal(kind).label("kind"), *texts, *numbers]
        return sa.select(*columns)

    i, k, f = PaperIdentifier, PaperKeyword, PaperFunding
    identifiers = piece("identifier", i.position, i.kind, i.value, none, none, 0).where(i.paper_id == _PAPER_ID)
    issns = piece("issn", 0, JournalIssn.issn, none, none, none, 0).where(JournalIssn.journal_id == sa.bindparam("journal_id", type_=sa.Integer))
    is_major = sa.case((k.is_major, 1), else_=0)
    keywords = (
        piece("keyword", k.position, k.term, Keyword.slug, k.kind, k.qualifier, is_major)
        .join(Keyword, Keyword.id == k.keyword_id)
        .where(k.paper_id == _PAPER_ID)
    )
    funder_doi = sa.func.coalesce(Funder.doi, "")
    funding = (
        piece("funding", f.position, f.name, funder_doi, f.awards, Funder.ror, Funder.id).join(Funder, Funder.id == f.funder_id).where(f.paper_id == _PAPER_ID)
    )
    return Prepared(sa.union_all(identifiers, issns, keywords, funding).order_by("kind", "position", "a"))


_PIECES = _pieces()


def _put_pieces(session: Session, page: RecordPage) -> None:
    for kind, a, b, c, d, _, n in _PIECES.rows(session, paper_id=page.id, journal_id=page.journal_id):
        match kind:
            case "identifier":
                page.record.identifiers.setdefault(a, []).append(b)
            case "issn":
                page.record.journal.issns.append(a)
            case "keyword":
                page.keywords.append(KeywordLink(a, b, c, d, bool(n)))
                page.record.keywords.append(KeywordSaid(a, c, d, bool(n)))
            case _:
                awards = json.loads(c)
                page.funding.append(FundingLink(a, n, b, awards))
                page.record.funding.append(Funding(a, b, d, awards))


_REFERENCES = Prepared(
    sa.select(PaperReference.text, PaperReference.doi, PaperReference.pmid, PaperIdentifier.paper_id)
    .outerjoin(PaperIdentifier, sa.and_(PaperIdentifier.kind == "doi", PaperIdentifier.value == PaperReference.doi))
    .where(PaperReference.paper_id == _PAPER_ID)
    .order_by(PaperReference.position)
)


def _put_references(session: Session, page: RecordPage) -> None:
    for text, doi, pmid, paper_id in _REFERENCES.rows(session, paper_id=page.id):
        page.references.append(ReferenceLink(text, doi or "", pmid or "", paper_id))
        page.record.references.append(Reference(text, doi or "", pmid or ""))


def _relations() -> Prepared:
    """What a paper's record tells of others, what theirs tell of it, and who here cites it: one statement."""
    r, other = PaperRelation, sa.orm.aliased(Paper)
    told = (r.kind, sa.case((r.is_from, 1), else_=0).label("is_from"), r.other_key, r.on, r.note, other.id, other.title, other.type)
    mine = sa.select(sa.literal("mine").label("side"), *told).outerjoin(other, other.id == r.other_id).where(r.told_by_id == _PAPER_ID)
    theirs = sa.select(sa.literal("theirs").label("side"), *told).join(other, other.id == r.told_by_id).where(r.other_id == _PAPER_ID)
    selects = [mine, theirs]
    for kind, column in (("doi", PaperReference.doi), ("pmid", PaperReference.pmid)):
        nothing = [sa.literal(value).label(name) for name, value in (("kind", ""), ("is_from", 0), ("other_key", ""), ("on", ""), ("note", ""))]
        own = sa.and_(PaperIdentifier.value == column, PaperIdentifier.kind == kind, PaperIdentifier.paper_id == _PAPER_ID)
        cited = (
            sa.select(sa.literal("cited").label("side"), *nothing, other.id, other.title, other.type)
            .join(PaperReference, PaperReference.paper_id == other.id)
            .join(PaperIdentifier, own)
            .where(other.id != _PAPER_ID)
            .limit(MAX_CITED_BY)
        )
        selects.append(sa.select(*cited.subquery().c))
    return Prepared(sa.union_all(*selects))


_RELATIONS = _relations()


def _put_relations(session: Session, page: RecordPage) -> None:
    seen: set[Any] = set()
    for side, kind, is_from, key, on, note, other_id, title, kind_of in _RELATIONS.rows(session, paper_id=page.id):
        if side == "cited":
            if (other_id, title) not in page.cited_by and len(page.cited_by) < MAX_CITED_BY:
                page.cited_by.append((other_id, title))
            continue
        from_here = bool(is_from) == (side == "mine")
        once = (kind, from_here, other_id or key)
        if once not in seen:  # both records may tell of the same link
            seen.add(once)
            shown = "" if key.startswith("note:") else key
            page.relations.append(RelationLink(kind, from_here, shown, on, note, other_id, title or "", kind_of or ""))


def id_of(session: Session, kind: str, value: str) -> int | None:
    """The paper with this normalised identifier."""
    return session.scalar(sa.select(PaperIdentifier.paper_id).where(PaperIdentifier.kind == kind, PaperIdentifier.value == value))


_HERE = Prepared(sa.select(Paper.id).where(Paper.id == _PAPER_ID))


def is_here(session: Session, paper_id: int) -> bool:
    """Whether there is a paper of this id."""
    return bool(_HERE.rows(session, paper_id=paper_id))


def redirect_of(session: Session, old_id: int) -> int | None:
    """Where a paper that was found to be another went."""
    return session.scalar(sa.select(PaperRedirect.paper_id).where(PaperRedirect.old_id == old_id))


def identifier_of(session: Session, paper_id: int, kind: str) -> str:
    """The first identifier of this kind that a paper has, or ""."""
    wanted = sa.select(PaperIdentifier.value).where(PaperIdentifier.paper_id == paper_id, PaperIdentifier.kind == kind).order_by(PaperIdentifier.position)
    return session.scalar(wanted.limit(1)) or ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a browse page is about: a journal, keyword, funder or printed name."""

    id: int
    name: str
    n_papers: int
    facts: dict[str, Any] = field(default_factory=dict)


def journal(session: Session, journal_id: int) -> Subject | None:
    """A journal with its ISSNs, publisher and years."""
    n, first, last = (
        sa.select(f).where(Paper.journal_id == Journal.id).scalar_subquery()
        for f in (sa.func.count(Paper.id), sa.func.min(Paper.year), sa.func.max(Paper.year))
    )
    query = sa.select(Journal.name, Journal.abbreviation, Publisher.name, n, first, last, JournalIssn.issn).select_from(Journal)
    joined = query.outerjoin(Publisher, Publisher.id == Journal.publisher_id).outerjoin(JournalIssn, JournalIssn.journal_id == Journal.id)
    rows = session.execute(joined.where(Journal.id == journal_id).order_by(JournalIssn.issn)).all()
    if not rows:
        return None
    name, abbreviation, publisher, count, first_year, last_year, _ = rows[0]
    facts = {
        "abbreviation": abbreviation,
        "publisher": publisher or "",
        "issns": [r[-1] for r in rows if r[-1]],
        "first_year": first_year,
        "last_year": last_year,
    }
    return Subject(journal_id, name, count, facts)


def keyword(session: Session, slug: str) -> Subject | None:
    """A keyword; its facts tell how many papers have it as each kind."""
    row = session.execute(sa.select(Keyword.id, Keyword.term).where(Keyword.slug == slug)).first()
    if row is None:
        return None
    kinds = sa.select(PaperKeyword.kind, sa.func.count(sa.distinct(PaperKeyword.paper_id))).where(PaperKeyword.keyword_id == row.id).group_by(PaperKeyword.kind)
    n = session.scalar(sa.select(sa.func.count(sa.distinct(PaperKeyword.paper_id))).where(PaperKeyword.keyword_id == row.id)) or 0
    return Subject(row.id, row.term, n, {"kinds": dict(session.execute(kinds).all())})


def funder(session: Session, funder_id: int) -> Subject | None:
    """A funder with its number in the Funder Registry."""
    n = sa.select(sa.func.count(sa.distinct(PaperFunding.paper_id))).where(PaperFunding.funder_id == Funder.id).scalar_subquery()
    row = session.execute(sa.select(Funder.name, Funder.doi, Funder.ror, n).where(Funder.id == funder_id)).first()
    return Subject(funder_id, row[0], row[3], {"doi": row[1] or "", "ror": row[2]}) if row else None


def printed_name(session: Session, key: str) -> Subject | None:
    """A name as papers print it: its commonest form, the others, and the ORCID iDs that stand beside it."""
    forms = (
        sa.select(Authorship.name, sa.func.count())
        .where(Authorship.name_key == key)
        .group_by(Authorship.name)
        .order_by(sa.func.count().desc(), Authorship.name)
        .limit(10)
    )
    found = session.execute(forms).all()
    if not found:
        return None
    n = session.scalar(sa.select(sa.func.count(sa.distinct(Authorship.paper_id))).where(Authorship.name_key == key)) or 0
    orcids = sa.select(Authorship.orcid).where(Authorship.name_key == key, Authorship.orcid.is_not(None)).distinct().order_by(Authorship.orcid).limit(20)
    others = (
        sa.select(Authorship.other_name).where(Authorship.name_key == key, Authorship.other_name != "").distinct().order_by(Authorship.other_name).limit(10)
    )
    facts = {"forms": [name for name, _ in found], "orcids": list(session.scalars(orcids)), "other_names": list(session.scalars(others))}
    return Subject(0, found[0][0], n, facts)


def n_papers(session: Session) -> int:
    """How many papers are here. Counts the key: some 20 ms at a million."""
    return session.scalar(sa.select(sa.func.count()).select_from(Paper)) or 0


def common_keywords(session: Session, *, most: int = 24, of_newest: int = 300) -> list[tuple[str, str, int]]:
    """(slug, term, papers) of the keywords that are commonest among the papers added last; cheap however many papers there are.

    Of MeSH terms only major topics: the others ("Humans", "Female") stand on most records and lead nowhere.
    """
    newest = sa.select(Paper.id).order_by(Paper.id.desc()).limit(of_newest).subquery()
    n = sa.func.count(sa.distinct(PaperKeyword.paper_id))
    query = (
        sa.select(Keyword.slug, Keyword.term, n)
        .join(PaperKeyword, PaperKeyword.keyword_id == Keyword.id)
        .where(PaperKeyword.paper_id.in_(sa.select(newest.c.id)), sa.or_(PaperKeyword.kind != "mesh", PaperKeyword.is_major))
        .group_by(Keyword.id, Keyword.slug, Keyword.term)
        .order_by(n.desc(), Keyword.slug)
        .limit(most)
    )
    return [(slug, term, count) for slug, term, count in session.execute(query)]


def terms_of(session: Session, slugs: Collection[str]) -> list[tuple[str, str]]:
    """(slug, term) of those of these keywords that are here, by term. One statement, none for no slug."""
    query = sa.select(Keyword.slug, Keyword.term).where(Keyword.slug.in_(slugs)).order_by(Keyword.term)
    return [(slug, term) for slug, term in session.execute(query)] if slugs else []


def n_papers_of_orcid(session: Session, orcid: str) -> int:
    """How many papers print an ORCID iD. One statement, none for no iD."""
    query = sa.select(sa.func.count(sa.distinct(Authorship.paper_id))).where(Authorship.orcid == orcid)
    return (session.scalar(query) or 0) if orcid else 0
