"""What readers said of recommendations as what an account has: erased with it, handed out to its owner."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.text import message, plain
from ..papers.models import Paper
from . import queries
from .models import MailedPaper, ReaderChoice, ReaderTaste


def items(session: Session, account_id: int) -> list[Item]:  # noqa: ARG001 - the signature of a domain's share
    """Nothing: none of it is for others to see."""
    return []


def erase(session: Session, account_id: int, keys: Collection[str]) -> None:  # noqa: ARG001
    """Erases what the reader said. The model in place forgets them with the next training, within a day."""
    for model in (ReaderChoice, ReaderTaste, MailedPaper):
        session.execute(sa.delete(model).where(model.account_id == account_id))


def release(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Nothing stays without its owner."""


def export(session: Session, account_id: int) -> list[Exported]:
    """Fields, choices, and whether the reader is left out of training."""
    rows = session.execute(
        sa.select(ReaderChoice.paper_id, Paper.title, Paper.doi, ReaderChoice.choice, ReaderChoice.chosen_at)
        .join(Paper, Paper.id == ReaderChoice.paper_id)
        .where(ReaderChoice.account_id == account_id)
        .order_by(ReaderChoice.chosen_at)
    )
    taste = queries.taste_of(session, account_id)
    content = {
        "fields": list(taste.fields),
        "is_left_out_of_training": taste.is_left_out,
        "choices": [
            {"paper": paper_id, "title": plain(title), "doi": doi, "choice": choice, "at": in_iso(at)} for paper_id, title, doi, choice, at in rows
        ],
    }  # fmt: skip
    return [Exported("recommendations.json", content, message("your fields, and what you said of recommendations."))]
