"""What the record page needs, gathered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from ...core.actor import ANYONE, Actor
from ...core.text import Message, is_han
from ...discussion.queries import ReviewsInOrder, best_reviews, sides_of, standings_of
from ...discussion.rules import LEAST_ON_A_SIDE
from ...library.queries import ListLine, lists_with
from ...papers.queries import Line, RecordPage, RelationLink, lines_of, record_page
from ...papers.record import NOTICE_KINDS, Author, PaperRecord, Section, Summary
from ...people.adding import Word, words_of
from ...people.ladder import RUNG_WORDS
from ...people.models import WORD_KINDS
from ...people.queries import Mark, marks_of
from ...ratings.queries import score_of
from ...ratings.reviews import Review, review
from ...ratings.rules import Score
from ...recommendations.queries import RelatedShown, popular, related_to
from ...resources.queries import Brief, briefs_of
from ..support.looking import HIDDEN

# Names shown before "and 2,988 more".
SHOWN_AUTHORS = 12
SHOWN_REFERENCES = 20
# Where nothing is near the paper: so many of those that many turn to.
SHOWN_MEANWHILE = 4
_VERSION_KINDS = ("is-preprint-of", "is-version-of", "is-translation-of", "republishes", "updates")


@dataclass(frozen=True, slots=True)
class PrintedAuthor:
    """An author as the page prints it. `position` counts from 1 over everybody the record names."""

    position: int
    author: Author
    name_key: str
    numbers: list[int]
    mark: Mark | None = None

    @property
    def proof(self) -> Message | None:
        """What proved the claim of a confirmed author."""
        return RUNG_WORDS.get(self.mark.proof) if self.mark else None


@dataclass(frozen=True, slots=True)
class Text:
    """A title, summary or abstract in one language ("" when unknown)."""

    language: str
    title: str = ""
    summary: Summary | None = None
    sections: list[Section] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """The record page."""

    paper: RecordPage
    score: Score
    authors: list[PrintedAuthor]
    editors: list[PrintedAuthor]
    title_language: str
    other_titles: list[Text]
    summaries: list[Text]
    abstracts: list[Text]
    banners: list[RelationLink]  # notices about this paper
    notice_of: list[RelationLink]  # what this paper is a notice of
    versions: list[RelationLink]
    related: list[RelationLink]
    written: ReviewsInOrder  # the most helpful
    sides: list[Review]  # where readers disagree: the best for and the best against, which do not stand in `written` again
    words: dict[str, list[Word]]  # what authors added, by kind; the reader's language first
    lists: list[ListLine]  # public ones that hold the paper
    recommended: RelatedShown
    requests: list[Brief]  # what is asked for beside the paper
    meanwhile: list[Line]  # something to read where nothing is recommended

    @property
    def record(self) -> PaperRecord:
        return self.paper.record


def gather(session: Session, paper_id: int, language: str, *, actor: Actor = ANYONE, is_hidden: bool = False) -> Page | None:
    """Everything the page shows, or None when there is no such paper. Texts in the reader's language come first.

    Ten statements; one more with reviews, one with a confirmed author, two where nothing is recommended.

    `is_hidden`: the reader wants to rate before looking, so neither numbers nor reviews are read.
    """
    paper = record_page(session, paper_id)
    if paper is None:
        return None
    record = paper.record
    marks = marks_of(session, paper_id) if record.authors else {}
    people = [
        PrintedAuthor(n, author, key, numbers, marks.get(n))
        for n, (author, key, numbers) in enumerate(zip(record.authors, paper.name_keys, paper.affiliation_numbers, strict=True), 1)
    ]
    has_author = any(mark.person_id for mark in marks.values())
    words = sorted(words_of(session, paper_id), key=lambda word: word.language != language) if has_author else []
    title_language = record.language or ("zh" if is_han(record.title) else "")
    others = [Text(code, title=title) for code, title in _in_order(record.titles, language) if title != record.title]
    about = [r for r in paper.relations if r.kind in NOTICE_KINDS]
    score = HIDDEN if is_hidden else score_of(session, paper_id)
    recommended = related_to(session, paper_id)
    meanwhile = [] if recommended.papers else lines_of(session, popular(session, SHOWN_MEANWHILE, without={paper_id}))
    written = best_reviews(session, paper_id, actor) if score.n_reviews else ReviewsInOrder([], {})
    sides = _sides(session, paper_id, actor, score, written)
    return Page(
        paper, score,
        [p for p in people if p.author.role == "author"], [p for p in people if p.author.role != "author"],
        title_language, others,
        [Text(code, summary=summary) for code, summary in _in_order(record.summaries, language)],
        [Text("" if code == "und" else code, sections=sections) for code, sections in _in_order(record.abstracts, language)],
        banners=[r for r in about if not r.is_from], notice_of=[r for r in about if r.is_from],
        versions=[r for r in paper.relations if r.kind in _VERSION_KINDS],
        related=[r for r in paper.relations if r.kind not in (*NOTICE_KINDS, *_VERSION_KINDS)],
        written=written, sides=sides,
        words={kind: [word for word in words if word.kind == kind] for kind in WORD_KINDS},
        lists=lists_with(session, paper_id), requests=briefs_of(session, paper_id),
        recommended=recommended, meanwhile=meanwhile,
    )  # fmt: skip


def _sides(session: Session, paper_id: int, actor: Actor, score: Score, written: ReviewsInOrder) -> list[Review]:
    """The best review of each side, taken out of the others; none where readers agree. At most five statements, none where few have rated."""
    if score.n < 2 * LEAST_ON_A_SIDE or score.n_reviews < 2:
        return []
    found = sides_of(session, paper_id)
    if found is None:
        return []
    ids = [found.favourable, found.unfavourable]
    known = {one.id: one for one in written.reviews}
    sides = [one for number in ids if (one := known.get(number) or review(session, number))]
    written.reviews[:] = [one for one in written.reviews if one.id not in ids]
    missing = [number for number in ids if number not in written.standings]
    written.standings.update(standings_of(session, missing, actor) if missing else {})
    return sides


def _in_order(by_language: dict[str, Any], first: str) -> list[tuple[str, Any]]:
    """The reader's language, then English, then the rest by code."""
    return sorted(by_language.items(), key=lambda pair: (pair[0] != first, pair[0] != "en", pair[0]))
