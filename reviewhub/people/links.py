"""Links mailed to the address that is printed for an author. The token is drawn when the mail is written; only its digest is kept."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.rules import email_key
from ..core import clock
from ..core.errors import RuleBroken
from ..core.jobs import emit
from ..core.text import message
from ..events import ClaimLinkWanted
from .ladder import LINK_LASTS, LINKS_PER_ADDRESS_A_DAY, LINKS_PER_HOUR
from .models import Claim, ClaimLink
from .queries import Printed


def ask_link(session: Session, found: Claim, printed: Printed) -> ClaimLink:
    """Has a link mailed to the printed address; earlier ones of this claim no longer work. Emits ClaimLinkWanted. RuleBroken("evidence"): too many."""
    now, key = clock.now(), email_key(printed.email)
    day = sa.select(sa.func.count()).where(ClaimLink.email_key == key, ClaimLink.made_at > now - dt.timedelta(days=1))
    own = (
        sa.select(sa.func.count())
        .select_from(ClaimLink)
        .join(Claim, Claim.id == ClaimLink.claim_id)
        .where(Claim.account_id == found.account_id, ClaimLink.made_at > now - dt.timedelta(hours=1))
    )
    if (session.scalar(day) or 0) >= LINKS_PER_ADDRESS_A_DAY or (session.scalar(own) or 0) >= LINKS_PER_HOUR:
        raise RuleBroken("evidence", message("Enough links were mailed for now. Please look into the mailbox, or try again tomorrow."))
    spend(session, found.id)
    link = ClaimLink(claim_id=found.id, email_key=key, email=printed.email, made_at=now, expires_at=now + LINK_LASTS)
    session.add(link)
    session.flush()
    emit(session, ClaimLinkWanted(link.id))
    return link


def spend(session: Session, claim_id: int) -> None:
    """Makes the open links of a claim useless."""
    open_ones = sa.update(ClaimLink).where(ClaimLink.claim_id == claim_id, ClaimLink.used_at.is_(None))
    session.execute(open_ones.values(used_at=clock.now()))
