"""Ratings as what an account has: listed, erased, left without a name, handed out to their owner."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.db import in_batches
from ..core.jobs import emit
from ..core.text import message, plain
from ..events import PaperRated
from ..papers.models import Paper
from .models import RaterLeniency, Rating, RatingDraft, RatingVersion, Reveal
from .rules import CRITERIA
from .services import GIVEN_FIELDS, lock, recompute

_PREFIX = "rating:"


def items(session: Session, account_id: int) -> list[Item]:
    """The ratings of an account, newest first. One statement."""
    rows = session.execute(
        sa.select(Rating.id, Rating.overall, Rating.given_at, sa.func.length(Rating.text), Paper.title)
        .join(Paper, Paper.id == Rating.paper_id)
        .where(Rating.account_id == account_id)
        .order_by(Rating.given_at.desc(), Rating.id.desc())
    )
    return [
        Item(
            f"{_PREFIX}{rating_id}",
            message("Rating with a review") if n_chars else message("Rating"),
            title,
            message("%(stars)s stars, given on %(day)s, with a review of %(n)s characters", stars=overall / 2, day=given_at.date().isoformat(), n=n_chars)
            if n_chars
            else message("%(stars)s stars, given on %(day)s", stars=overall / 2, day=given_at.date().isoformat()),
        )
        for rating_id, overall, given_at, n_chars, title in rows
    ]


def erase(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Erases these ratings with their history, the history of withdrawn ones, and drafts; the scores are right when this returns. Emits PaperRated."""
    ratings = _chosen(session, account_id, keys)
    for some in in_batches([r.id for r in ratings]):
        session.execute(sa.delete(RatingVersion).where(RatingVersion.rating_id.in_(some)))
        session.execute(sa.delete(Rating).where(Rating.id.in_(some)))
    standing = sa.select(Rating.id).where(Rating.account_id == account_id)
    session.execute(sa.delete(RatingVersion).where(RatingVersion.account_id == account_id, RatingVersion.rating_id.not_in(standing)))
    for model in (RatingDraft, Reveal, RaterLeniency):
        session.execute(sa.delete(model).where(model.account_id == account_id))
    _settle(session, account_id, ratings)


def release(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Leaves these ratings as of a former reader: they stay to be read and no longer count. Emits PaperRated."""
    ratings = _chosen(session, account_id, keys)
    for some in in_batches([r.id for r in ratings]):
        session.execute(sa.update(RatingVersion).where(RatingVersion.rating_id.in_(some)).values(account_id=None))
        session.execute(sa.update(Rating).where(Rating.id.in_(some)).values(account_id=None))
    _settle(session, account_id, ratings)


def export(session: Session, account_id: int) -> list[Exported]:
    """Ratings with their history, reviews as Markdown, drafts, and what follows from the ratings."""
    history: dict[int, list[dict[str, Any]]] = {}
    versions = session.execute(
        sa.select(RatingVersion, Paper.title, Paper.doi)
        .join(Paper, Paper.id == RatingVersion.paper_id)
        .where(RatingVersion.account_id == account_id)
        .order_by(RatingVersion.id)
    ).all()
    for version, _, _ in versions:
        history.setdefault(version.rating_id, []).append({"action": version.action, "at": in_iso(version.at), **_given(version)})
    rows = session.execute(
        sa.select(Rating, Paper.title, Paper.doi).join(Paper, Paper.id == Rating.paper_id).where(Rating.account_id == account_id).order_by(Rating.id)
    ).all()
    ratings = [
        {
            **_paper(rating.paper_id, title, doi), "given_at": in_iso(rating.given_at), "changed_at": in_iso(rating.changed_at), **_given(rating),
            "found_conflict": rating.conflict, "does_not_count_because": rating.exclusion, "history": history.pop(rating.id, []),
        }
        for rating, title, doi in rows
    ]  # fmt: skip
    of_withdrawn = {version.rating_id: _paper(version.paper_id, title, doi) for version, title, doi in versions if version.rating_id in history}
    withdrawn = [{**paper, "history": history[rating_id]} for rating_id, paper in of_withdrawn.items()]
    reviews = [
        Exported(f"reviews/paper-{rating.paper_id}.md", _as_markdown(rating, title, doi), message("your review of “%(title)s”.", title=plain(title)))
        for rating, title, doi in rows
        if rating.text
    ]
    return [
        Exported(
            "ratings.json",
            {"ratings": ratings, "withdrawn": withdrawn},
            message("your ratings as they stand, each with its history, and the history of those you withdrew."),
        ),
        Exported("drafts.json", _drafts(session, account_id), message("forms you began and did not send.")),
        Exported(
            "reading.json", _reading(session, account_id), message("papers whose numbers you chose to see before rating, and how lenient your ratings are.")
        ),
        *reviews,
    ]


def _chosen(session: Session, account_id: int, keys: Collection[str]) -> list[Rating]:
    """The account's ratings with these keys, their papers locked in one order, so that two of these never wait for each other."""
    ids = [int(key.removeprefix(_PREFIX)) for key in keys if key.startswith(_PREFIX)]
    own = sa.select(Rating).where(Rating.account_id == account_id).order_by(Rating.paper_id)
    found = [rating for some in in_batches(ids) for rating in session.scalars(own.where(Rating.id.in_(some)))]
    for rating in sorted(found, key=lambda r: r.paper_id):
        lock(session, rating.paper_id)
    return found


def _settle(session: Session, account_id: int, ratings: Collection[Rating]) -> None:
    """Forgets what the session remembers of rows that were changed beneath it, and makes the scores anew."""
    paper_ids = sorted(rating.paper_id for rating in ratings)
    for rating in ratings:
        session.expunge(rating)
    for paper_id in paper_ids:
        recompute(session, paper_id)
        emit(session, PaperRated(paper_id, account_id))


def _given(row: Rating | RatingVersion) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in GIVEN_FIELDS if name != "overall"}
    return {"stars": row.overall / 2, **facts, "is_blind": row.is_blind}


def _paper(paper_id: int, title: str, doi: str | None) -> dict[str, Any]:
    return {"paper": paper_id, "title": plain(title), "doi": doi}


def _drafts(session: Session, account_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(RatingDraft, Paper.title, Paper.doi)
        .join(Paper, Paper.id == RatingDraft.paper_id)
        .where(RatingDraft.account_id == account_id)
        .order_by(RatingDraft.id)
    )
    return [{**_paper(draft.paper_id, title, doi), "saved_at": in_iso(draft.saved_at), "fields": draft.fields} for draft, title, doi in rows]


def _reading(session: Session, account_id: int) -> dict[str, Any]:
    looked = session.execute(sa.select(Reveal.paper_id, Reveal.at).where(Reveal.account_id == account_id).order_by(Reveal.at))
    leniency = session.get(RaterLeniency, account_id)
    return {
        "chose_to_look": [{"paper": paper_id, "at": in_iso(at)} for paper_id, at in looked],
        "leniency": {"stars": leniency.effect / 200, "n_ratings": leniency.n_ratings, "computed_at": in_iso(leniency.computed_at)} if leniency else None,
    }


def _as_markdown(rating: Rating, title: str, doi: str | None) -> bytes:
    """A review as a file of its own: what it is about and what was given, then the text as written."""
    facts = [f"- Paper: {plain(title)}", *([f"- DOI: {doi}"] if doi else []), f"- Stars: {rating.overall / 2}"]
    facts += [f"- {name.capitalize()}: {level} / 5" for name in CRITERIA if (level := getattr(rating, name)) is not None]
    facts.append(f"- Given: {in_iso(rating.given_at)}, changed: {in_iso(rating.changed_at)}")
    return ("\n".join(facts) + f"\n\n---\n\n{rating.text}\n").encode("utf-8", "replace")
