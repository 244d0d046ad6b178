"""What the page of a reader's papers needs, gathered once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from ...accounts.settings import account_of
from ...core import clock
from ...library import queries as library
from ...library.models import LibraryUpload
from ...papers.queries import Line, common_keywords, lines_of, n_papers_of_orcid, terms_of
from ...recommendations import queries
from ...recommendations.queries import Taste
from ...search.queries import find

# The worker makes a model a day: one older than this has missed a turn, and the page says so.
MODEL_IS_OLD = dt.timedelta(days=2)
# Fields and papers offered to whoever nothing is known of: enough to find oneself, few enough to look through.
FIELDS_OFFERED, PAPERS_OFFERED, PAPERS_FOUND = 24, 8, 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper of the list with why it is there."""

    line: Line
    reasons: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ForYou:
    """The page."""

    entries: list[Shown]
    first_ratings: list[Shown]
    basis: str
    is_known: bool
    made_at: dt.datetime
    model_made_at: dt.datetime | None
    is_old: bool
    fields: dict[str, str]  # slug -> term: what the list can be narrowed to
    upload: LibraryUpload | None


@dataclass(slots=True)
class Questions:
    """The three questions, with what was answered."""

    offered: list[tuple[str, str]]  # (slug, term)
    chosen: set[str]
    papers: list[Line]
    words: str  # what was searched for; empty: papers that many turn to
    orcid: str
    n_of_orcid: int  # papers here that print it
    upload: LibraryUpload | None
    taste: Taste
    typed: Mapping[str, str] = field(default_factory=dict)


def gather(session: Session, account_id: int, filters: Any) -> ForYou:
    """The list as of now, whatever state the model is in."""
    # Scipy takes half a second to load, and no other page needs it.
    from ...recommendations.feed import feed_for  # noqa: PLC0415

    made = feed_for(session, current_app.extensions["settings"].home, account_id, filters)
    lines = {line.id: line for line in lines_of(session, [one.paper_id for one in (*made.entries, *made.first_ratings)])}
    entries, unrated = ([Shown(lines[one.paper_id], one.reasons) for one in some if one.paper_id in lines] for some in (made.entries, made.first_ratings))
    fields = dict(terms_of(session, queries.taste_of(session, account_id).fields)) | {slug: term for slug, term, _ in common_keywords(session)}
    return ForYou(
        entries, unrated, made.basis, made.is_known, made.made_at, made.model_made_at,
        made.model_made_at is not None and clock.now() - made.model_made_at > MODEL_IS_OLD, fields, library.newest_upload(session, account_id),
    )  # fmt: skip


def questions(session: Session, account_id: int, *, words: str = "", typed: Mapping[str, str] | None = None) -> Questions:
    """What is asked of whoever nothing is known of, and of whoever wants to tell more."""
    taste = queries.taste_of(session, account_id)
    own = terms_of(session, taste.fields)
    offered = dict(own) | {slug: term for slug, term, _ in common_keywords(session, most=FIELDS_OFFERED)}
    kept = library.kept_by(session, account_id)
    if words:
        found = find(current_app.extensions["settings"], session, words, limit=PAPERS_FOUND).ids
    else:
        found = queries.popular(session, PAPERS_OFFERED, without=kept)
    orcid = account_of(session, account_id).orcid or ""
    return Questions(
        list(offered.items()), set(taste.fields), lines_of(session, [i for i in found if i not in set(kept)]), words,
        orcid, n_papers_of_orcid(session, orcid), library.newest_upload(session, account_id), taste, typed or {},
    )  # fmt: skip
