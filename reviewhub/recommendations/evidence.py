"""What ties papers to each other, as the database knows it: the ground of every reason that is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ..core.db import in_batches
from ..core.text import plain
from ..library.models import LibraryItem
from ..papers.models import Authorship, Keyword, Paper, PaperIdentifier, PaperKeyword, PaperReference, PaperRelation
from ..ratings.models import Rating
from .models import ReaderTaste
from .rules import CHECK_TAGS, FEWEST_READERS_TOLD, HALF_FROM
from .sparse import Floats
from .terms import place, terms

# Kinds of relations between versions of one work.
SAME_WORK = ("is-preprint-of", "is-version-of", "is-translation-of", "republishes")
# A notice is no reading of its own.
NOTICES = ("retraction", "correction", "expression-of-concern")
# Names and words in one reason.
MOST_NAMED = 3
# A word is told of from a third of the rarity on that a word can have at all (of 8,000 papers: in 500 of them), and when it is no "via" or "uma".
TELLING_SHARE, TELLING_LETTERS = 0.33, 4
# Thousands of records are called "Editorial"; more twins than this need not be known.
MOST_TWINS = 5_000
# Authors of a paper that are compared; a thousand authors of a collaboration say less than the first ones.
MOST_AUTHORS = 50


@dataclass(slots=True)
class Facts:
    """What is known of one paper."""

    title: str = ""  # plain
    title_key: str = ""
    type: str = ""
    is_retracted: bool = False
    own_keys: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    authors: dict[str, str] = field(default_factory=dict)  # key -> printed name
    keywords: dict[str, str] = field(default_factory=dict)  # slug -> printed term
    subjects: dict[str, str] = field(default_factory=dict)  # the same of a journal's categories: too wide to tie two papers
    versions: set[int] = field(default_factory=set)  # other records of the same work
    readers: set[int] = field(default_factory=set)  # who saved it or liked it


@dataclass(frozen=True, slots=True)
class Shared:
    """What two papers have in common, counted."""

    n_references: int
    cites: bool  # the other cites this one
    is_cited: bool
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    subjects: tuple[str, ...]
    n_readers: int

    @property
    def is_something(self) -> bool:
        return bool(self.n_references or self.cites or self.is_cited or self.authors or self.keywords)


def facts_of(session: Session, paper_ids: Collection[int]) -> dict[int, Facts]:
    """The facts of those of these papers that are here. Seven statements for 900 papers."""
    found: dict[int, Facts] = {}
    for some in in_batches(sorted(set(paper_ids))):
        _read(session, some, found)
    return found


def _read(session: Session, some: Sequence[int], found: dict[int, Facts]) -> None:
    papers = sa.select(Paper.id, Paper.title, Paper.title_key, Paper.type, Paper.is_retracted).where(Paper.id.in_(some))
    for row in session.execute(papers):
        found[row.id] = Facts(plain(row.title), row.title_key, row.type, row.is_retracted)
    identifiers = sa.select(PaperIdentifier.paper_id, PaperIdentifier.kind, PaperIdentifier.value)
    for i, kind, value in session.execute(identifiers.where(PaperIdentifier.paper_id.in_(some), PaperIdentifier.kind.in_(("doi", "pmid")))):
        found[i].own_keys.add(f"{kind}:{value}")
    references = sa.select(PaperReference.paper_id, PaperReference.doi, PaperReference.pmid).where(PaperReference.paper_id.in_(some))
    for i, doi, pmid in session.execute(references.where(sa.or_(PaperReference.doi.is_not(None), PaperReference.pmid.is_not(None)))):
        found[i].references.add(f"doi:{doi}" if doi else f"pmid:{pmid}")
    authors = sa.select(Authorship.paper_id, Authorship.name, Authorship.name_key, Authorship.orcid).where(Authorship.paper_id.in_(some))
    for i, name, key, orcid in session.execute(authors.where(Authorship.is_group.is_(False), Authorship.position <= MOST_AUTHORS)):
        found[i].authors[orcid or key] = name
    keywords = sa.select(PaperKeyword.paper_id, Keyword.slug, PaperKeyword.term, PaperKeyword.kind).join(Keyword, Keyword.id == PaperKeyword.keyword_id)
    for i, slug, term, kind in session.execute(keywords.where(PaperKeyword.paper_id.in_(some)).order_by(PaperKeyword.paper_id, PaperKeyword.position)):
        if kind != "mesh" or slug not in CHECK_TAGS:
            (found[i].subjects if kind == "subject" else found[i].keywords).setdefault(slug, term)
    relations = sa.select(PaperRelation.told_by_id, PaperRelation.other_id).where(PaperRelation.kind.in_(SAME_WORK), PaperRelation.other_id.is_not(None))
    for teller, told in session.execute(relations.where(sa.or_(PaperRelation.told_by_id.in_(some), PaperRelation.other_id.in_(some)))):
        for one, twin in ((teller, told), (told, teller)):
            if one in found and twin is not None:
                found[one].versions.add(twin)
    out = sa.select(ReaderTaste.account_id).where(ReaderTaste.is_left_out.is_(True))
    saved = sa.select(LibraryItem.paper_id, LibraryItem.account_id).where(LibraryItem.paper_id.in_(some), LibraryItem.account_id.not_in(out))
    liked = sa.select(Rating.paper_id, Rating.account_id).where(
        Rating.paper_id.in_(some), Rating.account_id.not_in(out), Rating.exclusion == "", Rating.overall >= HALF_FROM
    )
    for i, account in session.execute(saved.union(liked)):
        found[i].readers.add(account)


def works_of(session: Session, paper_ids: Sequence[int]) -> dict[int, str]:
    """A name for the work that each paper is a version of: two papers with one name are versions of one another, or bear the same title. Two statements."""
    found = {row.id: row.title_key or f"#{row.id}" for row in session.execute(sa.select(Paper.id, Paper.title_key).where(Paper.id.in_(paper_ids)))}
    told = sa.select(PaperRelation.told_by_id, PaperRelation.other_id).where(PaperRelation.kind.in_(SAME_WORK), PaperRelation.told_by_id.in_(paper_ids))
    for one, other in session.execute(told):
        if other in found and one in found:
            renamed = found[other]
            found.update({i: found[one] for i, name in found.items() if name == renamed})
    return found


def twins_of(session: Session, paper_ids: Sequence[int]) -> dict[int, set[int]]:
    """Other records of the same works as these papers: versions told of, and records of the same title. Two statements."""
    found: dict[int, set[int]] = {}
    other = aliased(Paper)
    alike = sa.select(Paper.id, other.id).join(other, sa.and_(other.title_key == Paper.title_key, other.id != Paper.id))
    for i, twin in session.execute(alike.where(Paper.id.in_(paper_ids), Paper.title_key != "").limit(MOST_TWINS)):
        found.setdefault(i, set()).add(twin)
    told = sa.select(PaperRelation.told_by_id, PaperRelation.other_id).where(PaperRelation.kind.in_(SAME_WORK), PaperRelation.other_id.is_not(None))
    for one, two in session.execute(told.where(sa.or_(PaperRelation.told_by_id.in_(paper_ids), PaperRelation.other_id.in_(paper_ids)))):
        assert two is not None  # the query asks for it
        found.setdefault(one, set()).add(two)
        found.setdefault(two, set()).add(one)
    return found


def shared(one: Facts, other: Facts) -> Shared:
    """What `other` has in common with `one`."""
    return Shared(
        len(one.references & other.references), bool(other.references & one.own_keys), bool(one.references & other.own_keys),
        tuple(other.authors[key] for key in other.authors if key in one.authors),
        tuple(term for slug, term in other.keywords.items() if slug in one.keywords),
        tuple(term for slug, term in other.subjects.items() if slug in one.subjects),
        len(one.readers & other.readers),
    )  # fmt: skip


def is_same_work(one: Facts, other_id: int, other: Facts) -> bool:
    """Whether two records are versions of one work: told so, or of the same title."""
    return other_id in one.versions or (one.title_key == other.title_key != "")


def can_be_listed(facts: Facts) -> bool:
    """Neither retracted nor a notice about another paper."""
    return not facts.is_retracted and facts.type not in NOTICES


def reasons(one: Facts, other: Facts, rarity: Floats, *, most: int = 2) -> list[dict[str, Any]]:
    """Why `other` stands beside `one`, the strongest first: facts for `rules.worded`. `rarity` of terms picks the telling words."""
    both = shared(one, other)
    found: list[dict[str, Any]] = []
    if both.cites:
        found.append({"kind": "cites"})
    if both.is_cited:
        found.append({"kind": "cited"})
    if both.n_references >= (1 if both.cites or both.is_cited else 2) or (both.n_references and not both.keywords):
        found.append({"kind": "references", "n": both.n_references})
    if both.n_readers >= FEWEST_READERS_TOLD:
        found.append({"kind": "readers", "n": both.n_readers})
    if both.authors:
        found.append({"kind": "authors", "n": len(both.authors), "names": ", ".join(both.authors[:MOST_NAMED])})
    if both.keywords:
        found.append({"kind": "keywords", "words": ", ".join(both.keywords[:MOST_NAMED])})
    if not found and (words := common_words(one.title, other.title, rarity)):
        found.append({"kind": "words", "words": ", ".join(words)})
    if not found and both.subjects:
        found.append({"kind": "subjects", "words": ", ".join(both.subjects[:MOST_NAMED])})
    return found[:most] or [{"kind": "text"}]


def common_words(one: str, other: str, rarity: Floats) -> list[str]:
    """The most telling terms that two titles share, as they stand in the second."""
    known = set(terms(one))
    found: dict[str, str] = {}
    for word in other.split():
        stripped = word.strip(".,;:()[]?!'\"“”‘’")
        made = list(terms(stripped))
        if len(made) == 1 and made[0] in known:
            found.setdefault(made[0], stripped)
        else:  # Han has no blanks: its pairs of characters are the words
            found.update({term: term for term in made if term in known and not term.isascii()})
    least = TELLING_SHARE * float(rarity.max()) if len(rarity) else 0.0
    telling = [term for term in found if rarity[place(term)] >= least and (len(found[term]) >= TELLING_LETTERS or not term.isascii())]
    return [found[term] for term in sorted(telling, key=lambda term: -float(rarity[place(term)]))][:MOST_NAMED]
