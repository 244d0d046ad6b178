"""Tables of ratings: what people gave, what they gave before, and one row of sums a paper for pages to read.

Overall ratings are kept in half stars (1 to 10), means of them in hundredths of a half star (4.5 stars are 900); criteria in levels (1 to 5), their means in
hundredths of a level. Whole numbers add up alike on every database.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..core.changes import shown_with
from ..core.db import Base, Json, UtcTime, one_of
from .rules import CONFLICTS, CRITERIA, DECISIONS, EXCLUSIONS, MAX_FAMILIARITY, MAX_HALF_STARS, MAX_LEVEL


def _given_checks() -> list[sa.CheckConstraint]:
    """What no rating may break, now or in its history."""
    levels = [sa.CheckConstraint(f"{name} BETWEEN 1 AND {MAX_LEVEL}", name=name) for name in CRITERIA]
    familiarity = sa.CheckConstraint(f"familiarity BETWEEN 1 AND {MAX_FAMILIARITY}", name="familiarity")
    return [sa.CheckConstraint(f"overall BETWEEN 1 AND {MAX_HALF_STARS}", name="overall"), *levels, familiarity]


class _Given:
    """What a person gives: shared by a rating and its history."""

    overall: Mapped[int]  # half stars
    novelty: Mapped[int | None]  # levels; None: cannot judge
    importance: Mapped[int | None]
    rigor: Mapped[int | None]
    text: Mapped[str] = mapped_column(default="")  # Markdown
    text_language: Mapped[str] = mapped_column(default="")
    familiarity: Mapped[int | None]  # rules.FAMILIARITY; None: not said
    has_conflict: Mapped[bool] = mapped_column(default=False)  # declared
    conflict_note: Mapped[str] = mapped_column(default="")  # the declaration in their words, public
    is_blind: Mapped[bool] = mapped_column(default=False)  # given before the rater saw numbers or reviews


@shown_with()
class Rating(_Given, Base):
    """One person's rating of one paper as it stands."""

    __tablename__ = "ratings"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))  # None: of a former reader
    given_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(default=1)  # grows with each change, so that a form of yesterday is noticed
    conflict: Mapped[str] = mapped_column(default="")  # found from the record: own-paper, co-author, same-institution
    held_by: Mapped[int | None] = mapped_column(sa.ForeignKey("held_bursts.id", ondelete="SET NULL"), index=True)
    # Derived by `services.recompute`, kept so that pages need no arithmetic.
    exclusion: Mapped[str] = mapped_column(default="")  # why it does not count; empty: it does
    group_no: Mapped[int] = mapped_column(default=0)  # raters linked with each other share a number; 0: linked with nobody

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805 - SQLAlchemy calls it with the class
        return (
            *_given_checks(),
            sa.CheckConstraint(one_of("exclusion", ("", *EXCLUSIONS)), name="exclusion"),
            sa.CheckConstraint(one_of("conflict", ("", *CONFLICTS)), name="conflict"),
            sa.UniqueConstraint("paper_id", "account_id"),
            sa.Index("ix_ratings_account", "account_id", "given_at"),
        )


class RatingVersion(_Given, Base):
    """A rating as it was given, changed or withdrawn: one row for each time."""

    __tablename__ = "rating_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    rating_id: Mapped[int] = mapped_column(index=True)  # the rating may be gone
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    held_by: Mapped[int | None] = mapped_column(sa.ForeignKey("held_bursts.id", ondelete="SET NULL"), index=True)  # then
    action: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    is_hidden: Mapped[bool] = mapped_column(default=False, sort_order=1)  # then, by a moderator; came last, and stands last

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        return (*_given_checks(), sa.CheckConstraint(one_of("action", ("given", "changed", "withdrawn")), name="action"))


@shown_with("(SELECT paper_id FROM ratings WHERE id = {row}.rating_id)")
class HiddenReview(Base):
    """The text of a rating that a moderator has hidden: the rating itself stands and counts. Absent: the text can be read."""

    __tablename__ = "hidden_reviews"
    rating_id: Mapped[int] = mapped_column(sa.ForeignKey("ratings.id", ondelete="CASCADE"), primary_key=True)
    hidden_at: Mapped[dt.datetime] = mapped_column(UtcTime)


class RatingDraft(Base):
    """A form that was begun: of an account, or of a browser that is not signed in (by the digest of a token in its cookie)."""

    __tablename__ = "rating_drafts"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    digest: Mapped[bytes | None]
    fields: Mapped[dict[str, Any]] = mapped_column(Json)  # as typed
    saved_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)

    __table_args__ = (
        sa.CheckConstraint("(account_id IS NULL) <> (digest IS NULL)", name="owner"),
        sa.UniqueConstraint("account_id", "paper_id"),
        sa.UniqueConstraint("digest", "paper_id"),
    )


class Reveal(Base):
    """A reader who rates before looking chose to see the numbers of this paper."""

    __tablename__ = "reveals"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)


class HeldBurst(Base):
    """A run of ratings of one paper that came too fast: they stay visible and do not count until a moderator has decided."""

    __tablename__ = "held_bursts"
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    noticed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    why: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # facts for the moderator: how many, within how long, how young
    decision: Mapped[str] = mapped_column(default="")  # empty: waiting
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))

    __table_args__ = (sa.CheckConstraint(one_of("decision", ("", *DECISIONS)), name="decision"),)


class RatingModel(Base):
    """What the whole site's ratings say about ratings, computed now and then: the prior that small numbers are weighed against, and how lenient raters are."""

    __tablename__ = "rating_models"
    id: Mapped[int] = mapped_column(primary_key=True)
    computed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    formula: Mapped[str]  # rules.FORMULA_VERSION it was made with
    facts: Mapped[dict[str, Any]] = mapped_column(Json)  # rules.Prior as JSON, and what it was computed from


class RaterLeniency(Base):
    """How far above (or below) others a rater rates the same papers, in hundredths of a half star. Private to the rater."""

    __tablename__ = "rater_leniencies"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    effect: Mapped[int]
    n_ratings: Mapped[int]
    computed_at: Mapped[dt.datetime] = mapped_column(UtcTime)


class RaterLink(Base):
    """Two raters who rated several papers within minutes of each other (`linking.SAME_SETS`): one opinion wherever both rate. The smaller id stands first."""

    __tablename__ = "rater_links"
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True)

    __table_args__ = (sa.CheckConstraint("account_id < other_id", name="order"),)


@shown_with()
class PaperScore(Base):
    """The sums of a paper's ratings (`rules.compute`): absent where nobody has rated."""

    __tablename__ = "paper_scores"
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)
    n_given: Mapped[int] = mapped_column(default=0)  # with those that do not count
    n_counted: Mapped[int] = mapped_column(default=0)
    n_groups: Mapped[int] = mapped_column(default=0)  # independent groups of raters among those counted
    n_held: Mapped[int] = mapped_column(default=0)
    n_reviews: Mapped[int] = mapped_column(default=0)  # with a text
    overall: Mapped[int | None]  # weighted mean
    estimate: Mapped[int | None]  # shrunk towards the prior
    lower: Mapped[int | None]  # ends of the 95 % interval
    upper: Mapped[int | None]
    spread: Mapped[int | None]  # weighted standard deviation
    novelty: Mapped[int | None]
    importance: Mapped[int | None]
    rigor: Mapped[int | None]
    n_novelty: Mapped[int] = mapped_column(default=0)
    n_importance: Mapped[int] = mapped_column(default=0)
    n_rigor: Mapped[int] = mapped_column(default=0)
    blind_mean: Mapped[int | None]
    n_blind: Mapped[int] = mapped_column(default=0)
    open_mean: Mapped[int | None]
    n_open: Mapped[int] = mapped_column(default=0)
    adjusted: Mapped[int | None]  # mean with the raters' leniency taken off
    histogram: Mapped[list[Any]] = mapped_column(Json, default=list)  # counted ratings of 1, 2 … 10 half stars
    is_established: Mapped[bool] = mapped_column(default=False)  # the state, for lists
    computed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    model_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rating_models.id", ondelete="SET NULL"), index=True)  # whose prior; None: the default

    __table_args__ = (
        sa.CheckConstraint("overall BETWEEN 100 AND 1000", name="overall"),
        sa.CheckConstraint("n_groups <= n_counted AND n_counted <= n_given AND n_groups >= 0", name="counts"),
        sa.CheckConstraint("(n_counted = 0) = (overall IS NULL)", name="mean_of_something"),
        sa.Index("ix_paper_scores_top", "is_established", "lower", "paper_id"),
        sa.Index("ix_paper_scores_spread", "is_established", "spread", "paper_id"),
        sa.Index("ix_paper_scores_reviews", "n_reviews", "n_given", "paper_id"),
    )
