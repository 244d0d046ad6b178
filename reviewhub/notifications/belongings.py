"""What an account follows and was told: it goes with it, and is in what its owner downloads."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.text import message
from .models import Follow, Notice, NoticeSetting
from .queries import ways_of


def items(_session: Session, _account_id: int) -> list[Item]:
    """Nothing of it could stay without its owner."""
    return []


def erase(session: Session, account_id: int, _keys: Collection[str]) -> None:
    """Erases what the account follows, its settings and its notices."""
    for model in (Follow, NoticeSetting, Notice):
        session.execute(sa.delete(model).where(model.account_id == account_id))


def release(_session: Session, _account_id: int, _keys: Collection[str]) -> None:
    """There is nothing to leave behind."""


def export(session: Session, account_id: int) -> list[Exported]:
    """What the account follows, how it hears of what, and what it was told."""
    followed = session.scalars(sa.select(Follow).where(Follow.account_id == account_id).order_by(Follow.at))
    told = session.scalars(sa.select(Notice).where(Notice.account_id == account_id).order_by(Notice.id))
    content = {
        "follows": [{"kind": one.kind, "id": one.target_id, "since": in_iso(one.at)} for one in followed],
        "by_mail": ways_of(session, account_id),
        "notices": [{"kind": one.kind, "of": one.happening, "paper": one.paper_id, "at": in_iso(one.at)} for one in told],
    }
    return [Exported("notices.json", content, message("what you follow, and what you were told of it."))]
