"""What follows from claims a moment later: mails, a look at ORCID, claims that follow their names. Each of these may run twice."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa

from ..accounts.models import Account
from ..accounts.services import digest_of
from ..config import Settings
from ..core import clock, fetch
from ..core.db import Database
from ..core.jobs import Handler, emit
from ..core.mail import deliver
from ..core.text import plain
from ..events import AccountChanged, ClaimChanged, ClaimLinkWanted, ClaimNews, Event, PapersChanged, PapersMerged, TimeCame, WorksWanted
from ..papers.models import Paper, PaperIdentifier
from . import mails, proving, queries, rehanging
from .ladder import LIVE, PENDING
from .models import Claim, ClaimLink
from .works import found_in

# Used and old links are kept for a while, so that whoever opens one is told what is wrong with it.
_KEPT = dt.timedelta(days=30)


def mail_link(database: Database, settings: Settings, event: ClaimLinkWanted) -> None:
    """Mails the link that proves a claim. Run twice, it mails twice, and the newer link works."""
    token = secrets.token_urlsafe(32)
    with database.write() as session, session.begin():
        link = session.get(ClaimLink, event.link_id)
        if link is None or link.used_at is not None or link.expires_at <= clock.now():
            return
        claim = session.get_one(Claim, link.claim_id)
        account = session.get(Account, claim.account_id) if claim.account_id is not None else None
        title = session.scalar(sa.select(Paper.title).where(Paper.id == claim.paper_id))
        if account is None or claim.state != PENDING or title is None:
            return
        link.digest = digest_of(token)
        mail = mails.claim_link(settings, claim, link, token, title=plain(title), language=account.language)
    deliver(settings, mail)


def mail_news(database: Database, settings: Settings, event: ClaimNews) -> None:
    """Tells a claimant what others did to the claim. Without an address there is no one to tell by mail."""
    with database.read() as session:
        claim = session.get(Claim, event.claim_id)
        account = session.get(Account, claim.account_id) if claim is not None and claim.account_id is not None else None
        if claim is None or account is None or account.email is None:
            return
        title = session.scalar(sa.select(Paper.title).where(Paper.id == claim.paper_id)) or ""
        mail = mails.news(settings, account, claim, event.what, title=plain(title))
    deliver(settings, mail)


def look_at_works(database: Database, settings: Settings, event: WorksWanted) -> None:
    """Reads the public works of a claimant's ORCID record. When ORCID is away the job is tried again later; no lock is held while it is asked."""
    with database.read() as session:
        claim = session.get(Claim, event.claim_id)
        if claim is None or claim.state != PENDING:
            return
        orcids = queries.orcids_of(session, claim.person_id)
        known = sa.select(PaperIdentifier.kind, PaperIdentifier.value).where(PaperIdentifier.paper_id == claim.paper_id)
        identifiers = set(session.execute(known.where(PaperIdentifier.kind.in_(("doi", "pmid")))))
    for orcid in orcids:
        try:
            works = fetch.json_of(settings, f"{settings.orcid_api_url}/{orcid}/works")
        except fetch.Refused:
            works = None
        found = found_in(works, identifiers, orcid)
        with database.write() as session, session.begin():
            proving.note_works(session, event.claim_id, found, orcid)


def papers_changed(database: Database, _settings: Settings, event: PapersChanged) -> None:
    """Claims follow their names."""
    _follow(database, event.paper_ids)


def papers_merged(database: Database, _settings: Settings, event: PapersMerged) -> None:
    """Claims that moved to the kept record find their names there."""
    _follow(database, (event.kept_id,))


def account_changed(database: Database, _settings: Settings, event: AccountChanged) -> None:
    """An author's institution, address or iD is another one: what follows from their claims is looked at again."""
    with database.write() as session, session.begin():
        person = queries.person_of(session, event.account_id)
        claimed = sa.select(Claim).where(Claim.person_id == person.id, Claim.state.in_(LIVE)).order_by(Claim.id) if person is not None else None
        for claim in session.scalars(claimed).all() if claimed is not None else ():
            emit(session, ClaimChanged(claim.id, claim.paper_id, event.account_id))


def _follow(database: Database, paper_ids: tuple[int, ...]) -> None:
    with database.read() as session:
        claimed = set(session.scalars(sa.select(Claim.paper_id).where(Claim.paper_id.in_(paper_ids)).distinct()))
    if claimed:
        with database.write() as session, session.begin():
            rehanging.follow(session, claimed)


def tidy(database: Database, _settings: Settings, _event: TimeCame) -> None:
    """Puts away mailed links that ran out long ago."""
    with database.write() as session, session.begin():
        session.execute(sa.delete(ClaimLink).where(ClaimLink.expires_at < clock.now() - _KEPT))


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {
    ClaimLinkWanted: [mail_link],
    ClaimNews: [mail_news],
    WorksWanted: [look_at_works],
    AccountChanged: [account_changed],
    PapersChanged: [papers_changed],
    PapersMerged: [papers_merged],
}
SCHEDULE: dict[Handler, float] = {tidy: 86_400.0}
