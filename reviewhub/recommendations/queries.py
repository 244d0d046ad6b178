"""What pages and the worker read of recommendations: rows, no arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.prepared import Prepared
from ..core.text import Message
from ..papers.models import Keyword, Paper, PaperKeyword
from ..papers.queries import Order
from ..ratings.models import PaperScore
from .models import PaperTrend, ReaderChoice, ReaderTaste, RecommendationModel, RelatedList, RelatedPaper
from .rules import worded

# Who keeps or has rated more than so many papers may be left with a shorter list of what many turn to.
MOST_PASSED_OVER = 2_000

# Papers that are turned to most these days come first; a list of papers like others (`papers.queries.page_in`).
TRENDING = Order("trending", (PaperTrend.trend, PaperTrend.paper_id), True, PaperTrend, PaperTrend.paper_id == Paper.id, (Paper.is_retracted.is_(False),))


@dataclass(frozen=True, slots=True)
class Related:
    """A paper of the list, with why it is there: sentences in the order of their strength."""

    paper_id: int
    title: str  # markup
    language: str
    year: int | None
    authors_line: str
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Taste:
    """What a reader wants of recommendations."""

    is_left_out: bool = False
    fields: tuple[str, ...] = ()  # slugs of keywords
    wants_mail: bool = False  # some papers a week


@dataclass(frozen=True, slots=True)
class RelatedShown:
    """What the page of a paper shows of those related to it. `made_at` is None while the worker has not come to it."""

    papers: tuple[Related, ...] = ()
    made_at: dt.datetime | None = None


# Retracted papers drop out at once, not with the next list; so the list is told of even where nothing of it is left.
_RELATED = Prepared(
    sa.select(RelatedList.made_at, RelatedPaper.other_id, Paper.title, Paper.language, Paper.year, Paper.authors_line, RelatedPaper.reasons)
    .select_from(RelatedList)
    .outerjoin(RelatedPaper, RelatedPaper.paper_id == RelatedList.paper_id)
    .outerjoin(Paper, sa.and_(Paper.id == RelatedPaper.other_id, Paper.is_retracted.is_(False)))
    .where(RelatedList.paper_id == sa.bindparam("paper_id", type_=sa.Integer))
    .order_by(RelatedPaper.position)
)


def related_to(session: Session, paper_id: int) -> RelatedShown:
    """The papers related to one, the nearest first, with when the list was made. One statement."""
    rows = _RELATED.rows(session, paper_id=paper_id)
    papers = tuple(
        Related(other_id, title, language, year, authors, tuple(worded(reason["kind"], reason) for reason in reasons))
        for _, other_id, title, language, year, authors, reasons in rows
        if title is not None
    )
    return RelatedShown(papers, rows[0][0] if rows else None)


def popular(session: Session, most: int, *, without: Collection[int] = ()) -> list[int]:
    """What many turn to, then what is rated best, then what came last: something to read for whoever nothing is known of. One statement."""
    sources = (
        (sa.select(PaperTrend.paper_id.label("id"), PaperTrend.trend.label("height")), PaperTrend.trend, PaperTrend.paper_id),
        (
            sa.select(PaperScore.paper_id.label("id"), PaperScore.lower.label("height")).where(PaperScore.is_established.is_(True)),
            PaperScore.lower, PaperScore.paper_id,
        ),
        (sa.select(Paper.id.label("id"), Paper.id.label("height")), Paper.id, Paper.id),
    )  # fmt: skip
    n_asked = most + min(len(without), MOST_PASSED_OVER)
    parts = [query.order_by(height.desc(), key).limit(n_asked).subquery() for query, height, key in sources]
    both = sa.union_all(*(sa.select(sa.literal(n).label("source"), part.c.id, part.c.height) for n, part in enumerate(parts))).subquery()
    query = (
        sa.select(both.c.id).join(Paper, Paper.id == both.c.id).where(Paper.is_retracted.is_(False)).order_by(both.c.source, both.c.height.desc(), both.c.id)
    )
    left_out = set(without)
    return list(dict.fromkeys(i for i in session.scalars(query) if i not in left_out))[:most]


def newest_model(session: Session) -> RecommendationModel | None:
    """The model that is in place."""
    return session.scalar(sa.select(RecommendationModel).order_by(RecommendationModel.id.desc()).limit(1))


def models(session: Session, *, most: int = 10) -> list[RecommendationModel]:
    """The models made last, with their figures: for the admin's page."""
    return list(session.scalars(sa.select(RecommendationModel).order_by(RecommendationModel.id.desc()).limit(most)))


def lists_of_older_models(session: Session, model_id: int, most: int) -> list[int]:
    """Papers whose list of related ones was made before this model."""
    return list(session.scalars(sa.select(RelatedList.paper_id).where(RelatedList.model_id < model_id).order_by(RelatedList.model_id).limit(most)))


def papers_without_list(session: Session, most: int) -> list[int]:
    """Papers that were never given a list."""
    has_list = sa.select(RelatedList.paper_id).where(RelatedList.paper_id == Paper.id).exists()
    return list(session.scalars(sa.select(Paper.id).where(~has_list).order_by(Paper.id).limit(most)))


def taste_of(session: Session, account_id: int) -> Taste:
    """What a reader wants of recommendations; the defaults where nothing was said."""
    said = sa.select(ReaderTaste.is_left_out, ReaderTaste.fields, ReaderTaste.mail_due_at).where(ReaderTaste.account_id == account_id)
    row = session.execute(said).first()
    return Taste(row.is_left_out, tuple(row.fields), row.mail_due_at is not None) if row else Taste()


def choices_of(session: Session, account_id: int) -> dict[int, str]:
    """What a reader said of recommendations, by paper."""
    return dict(session.execute(sa.select(ReaderChoice.paper_id, ReaderChoice.choice).where(ReaderChoice.account_id == account_id)).all())


def trends_made_at(session: Session) -> dt.datetime | None:
    """When the trends were made; None where nobody has turned to anything."""
    return session.scalar(sa.select(PaperTrend.made_at).limit(1))


def new_in_fields(session: Session, slugs: Sequence[str], most: int) -> list[int]:
    """The papers of these fields that came here last. One statement, none for no field."""
    if not slugs:
        return []
    of_fields = sa.select(PaperKeyword.paper_id).join(Keyword, Keyword.id == PaperKeyword.keyword_id).where(Keyword.slug.in_(slugs))
    query = sa.select(Paper.id).where(Paper.id.in_(of_fields), Paper.is_retracted.is_(False)).order_by(Paper.id.desc()).limit(most)
    return list(session.scalars(query))


def trends_of(session: Session, paper_ids: Sequence[int]) -> dict[int, tuple[float, int]]:
    """(trend, readers within the window) of those of these papers that anybody turned to: what a list shows beside them."""
    query = sa.select(PaperTrend.paper_id, PaperTrend.trend, PaperTrend.n_readers).where(PaperTrend.paper_id.in_(paper_ids))
    return {row.paper_id: (row.trend / 1000, row.n_readers) for row in session.execute(query)}
