"""How well asking works: per journal, per keyword and altogether, how much was asked, how much answered, and within how many days. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..papers.models import Journal, Keyword, Paper, PaperKeyword
from .models import ResourceRequest
from .rules import ANSWERED, VERIFIED, median_days

# Lines of each table.
MOST_LINES = 30
# Of fewer answers a median says nothing: it is left out, and so is told.
LEAST_FOR_MEDIAN = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """What was asked, what of it stands answered, and the median of the days to the first answer; None from fewer than `LEAST_FOR_MEDIAN`."""

    n_asked: int = 0
    n_answered: int = 0
    days: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one journal or keyword. `key`: the journal's id or the keyword's slug."""

    key: int | str
    name: str
    figures: Figures


_IS_ANSWERED = ResourceRequest.state.in_((ANSWERED, VERIFIED))
_IS_SHOWN = ResourceRequest.visibility == "shown"


def figures_of(session: Session, *, journal_id: int | None = None, keyword_id: int | None = None) -> Figures:
    """The figures of a journal, of a keyword, or of the whole site. Two statements: counts, and the waits of what was answered."""
    within = []
    if journal_id is not None:
        within.append(ResourceRequest.paper_id.in_(sa.select(Paper.id).where(Paper.journal_id == journal_id)))
    if keyword_id is not None:
        within.append(ResourceRequest.paper_id.in_(sa.select(PaperKeyword.paper_id).where(PaperKeyword.keyword_id == keyword_id)))
    n_asked, n_answered = session.execute(_counted().where(*within)).one()
    return Figures(n_asked, n_answered, _median(session.execute(_waits().where(*within)).all() if n_answered >= LEAST_FOR_MEDIAN else ()))


def by_journal(session: Session, *, most: int = MOST_LINES) -> list[Line]:
    """The journals of which most is asked. Two statements."""
    joined = _counted().join(Paper, Paper.id == ResourceRequest.paper_id).join(Journal, Journal.id == Paper.journal_id)
    counted = joined.add_columns(Journal.id, Journal.name).group_by(Journal.id, Journal.name).order_by(sa.func.count().desc(), Journal.id).limit(most)
    rows = session.execute(counted).all()
    waits = _waits().add_columns(Paper.journal_id).join(Paper, Paper.id == ResourceRequest.paper_id).where(Paper.journal_id.in_([row.id for row in rows]))
    return _lines([(row[0], row[1], row.id, row.id, row.name) for row in rows], session.execute(waits).all() if rows else ())


def by_keyword(session: Session, *, most: int = MOST_LINES) -> list[Line]:
    """The keywords of which most is asked. Two statements."""
    bears = sa.select(PaperKeyword.paper_id, PaperKeyword.keyword_id).distinct().subquery()  # a term may be printed twice, as MeSH with another qualifier
    joined = _counted().join(bears, bears.c.paper_id == ResourceRequest.paper_id).join(Keyword, Keyword.id == bears.c.keyword_id)
    counted = joined.add_columns(Keyword.id, Keyword.slug, Keyword.term).group_by(Keyword.id, Keyword.slug, Keyword.term)
    rows = session.execute(counted.order_by(sa.func.count().desc(), Keyword.id).limit(most)).all()
    waits = _waits().add_columns(bears.c.keyword_id).join(bears, bears.c.paper_id == ResourceRequest.paper_id)
    waits = waits.where(bears.c.keyword_id.in_([row.id for row in rows]))
    return _lines([(row[0], row[1], row.id, row.slug, row.term) for row in rows], session.execute(waits).all() if rows else ())


def _counted() -> sa.Select[int, int]:
    return sa.select(sa.func.count(), sa.func.count().filter(_IS_ANSWERED)).select_from(ResourceRequest).where(_IS_SHOWN)


def _waits() -> sa.Select[dt.datetime, dt.datetime | None]:
    return sa.select(ResourceRequest.asked_at, ResourceRequest.answered_at).where(_IS_SHOWN, _IS_ANSWERED)


def _median(times: Iterable[tuple[dt.datetime, dt.datetime | None]]) -> float | None:
    waits = [answered - asked for asked, answered in times if answered is not None]
    return median_days(waits) if len(waits) >= LEAST_FOR_MEDIAN else None


def _lines(counts: list[tuple[int, int, int, int | str, str]], waits: Iterable[tuple[dt.datetime, dt.datetime | None, int]]) -> list[Line]:
    by_id: dict[int, list[tuple[dt.datetime, dt.datetime | None]]] = {}
    for asked, answered, one in waits:
        by_id.setdefault(one, []).append((asked, answered))
    return [Line(key, name, Figures(n_asked, n_answered, _median(by_id.get(one, ())))) for n_asked, n_answered, one, key, name in counts]
