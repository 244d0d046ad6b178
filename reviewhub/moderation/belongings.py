"""Reports as what an account has: they go with it in name, and are in what its owner downloads."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.text import message
from .models import Report


def items(_session: Session, _account_id: int) -> list[Item]:
    """Nothing of it is shown to others under a name."""
    return []


def erase(session: Session, account_id: int, _keys: Collection[str]) -> None:
    """Takes the words of its reports away; what was decided stands."""
    session.execute(sa.update(Report).where(Report.account_id == account_id).values(note="", account_id=None))


def release(_session: Session, _account_id: int, _keys: Collection[str]) -> None:
    """There is nothing to leave behind."""


def export(session: Session, account_id: int) -> list[Exported]:
    """What the account reported, and the verdicts."""
    rows = session.scalars(sa.select(Report).where(Report.account_id == account_id).order_by(Report.id))
    told = [
        {
            "thing": f"{row.target_kind}:{row.target_id}", "reason": row.reason, "note": row.note, "reported_at": in_iso(row.reported_at),
            "verdict": row.verdict, "verdict_reason": row.verdict_reason,
        }
        for row in rows
    ]  # fmt: skip
    return [Exported("reports.json", told, message("what you reported, and what was decided."))]
