"""Who is told of requests for resources: authors once a month, of all at once; who asks, of every answer; who answered, of whether it works."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..accounts.rules import email_on_the_wire
from ..config import Settings
from ..core import clock
from ..core.db import Database
from ..core.jobs import Handler, emit
from ..core.mail import deliver
from ..events import Event, LinkDied, RequestDeclined, RequestsToMail, ResourceAnswered, ResourceJudged, TimeCame
from ..people.ladder import APPROVED
from ..people.models import Claim, Person, PersonAccount
from ..resources.models import ResourceAnswer, ResourceAsker, ResourceRequest, ResourceVerdict
from ..resources.rules import TELL_AUTHORS_EVERY, UNANSWERED
from ..resources.services import note_told
from . import mails, queries, services
from .models import Notice
from .rules import MOST_IN_DIGEST
from .services import Happening
from .telling import told_of

# How often is looked for authors who are to be told.
LOOK_EVERY_S = 3_600.0


def answered(database: Database, _settings: Settings, event: ResourceAnswered) -> None:
    """Tells everybody who asks of an answer."""
    with database.write() as session, session.begin():
        given = session.get(ResourceAnswer, event.answer_id)
        if given is not None and given.visibility == "shown":
            _tell_askers(session, given.request_id, f"answer:{given.id}", "answered", but=given.account_id)


def declined(database: Database, _settings: Settings, event: RequestDeclined) -> None:
    """Tells everybody who asks that an author declined, and why stands on the page."""
    with database.write() as session, session.begin():
        request = session.get(ResourceRequest, event.request_id)
        if request is not None and request.declined_at is not None:
            _tell_askers(session, request.id, f"declined:{request.id}:{request.declined_at:%Y%m%dT%H%M%S}", "declined", but=None)


def link_died(database: Database, _settings: Settings, event: LinkDied) -> None:
    """Tells who answered, and who asks, that the link is dead."""
    with database.write() as session, session.begin():
        given = session.get(ResourceAnswer, event.answer_id)
        if given is None or not given.is_dead or given.visibility != "shown" or given.checked_at is None:
            return
        key = f"link:{given.id}:{given.checked_at:%Y%m%d}"
        if given.account_id is not None:
            _tell(session, [given.account_id], given.request_id, key, "own-link-dead")
        _tell_askers(session, given.request_id, key, "link-dead", but=given.account_id)


def judged(database: Database, _settings: Settings, event: ResourceJudged) -> None:
    """Tells who answered whether it works for somebody."""
    with database.write() as session, session.begin():
        given, verdict = session.get(ResourceAnswer, event.answer_id), session.get(ResourceVerdict, (event.answer_id, event.account_id))
        if given is not None and verdict is not None and given.account_id is not None and given.visibility == "shown":
            what = "works" if verdict.works else "fails"
            _tell(session, [given.account_id], given.request_id, f"verdict:{given.id}:{event.account_id}:{what}", what)


def tell_authors(database: Database, _settings: Settings, _event: TimeCame) -> None:
    """Tells each author whose papers something new is asked beside, at most once in `TELL_AUTHORS_EVERY`; a job of its own mails it."""
    with database.read() as session:
        account_ids = session.scalars(_asked_of().with_only_columns(PersonAccount.account_id).distinct().order_by(PersonAccount.account_id)).all()
    for account_id in account_ids:
        with database.write() as session, session.begin():
            now = clock.now()
            last = session.scalar(sa.select(sa.func.max(Notice.at)).where(Notice.account_id == account_id, Notice.kind == "request"))
            if last is not None and now - last < TELL_AUTHORS_EVERY:
                continue
            known = sa.select(Notice.id).where(
                Notice.account_id == account_id, Notice.happening == sa.literal("request:") + sa.cast(ResourceRequest.id, sa.String)
            )
            new = session.execute(_asked_of(account_id).where(sa.not_(known.exists())).order_by(ResourceRequest.id)).all()
            for request_id, paper_id in new:
                services.tell(session, [account_id], "request", Happening(f"request:{request_id}", now, paper_id, request_id=request_id), is_mailed=False)
                note_told(session, request_id)
            if new:
                emit(session, RequestsToMail(account_id, now.isoformat()))


def mail_authors(database: Database, settings: Settings, event: RequestsToMail) -> None:
    """Mails an author all that is asked beside their papers and still open, the newest first, unless they want no such mail."""
    with database.read() as session:
        account = session.get(Account, event.account_id)
        if account is None or account.email is None or queries.way_of_each(session, [account.id], "request")[account.id] == "off":
            return
        at = dt.datetime.fromisoformat(event.told_at)
        is_open = sa.select(sa.literal(1)).where(ResourceRequest.id == Notice.request_id, ResourceRequest.state.in_(UNANSWERED)).exists()
        told = sa.select(Notice).where(Notice.account_id == account.id, Notice.kind == "request", Notice.at <= at, is_open).order_by(Notice.id.desc())
        news = [one for one in told_of(session, account.id, session.scalars(told).all()) if one.is_there]
        if not news:
            return
        first, n_more = news[:MOST_IN_DIGEST], max(0, len(news) - MOST_IN_DIGEST)
        mail = mails.of_requests(settings, email_on_the_wire(account.email), account.language, account.id, first, n_more=n_more)
    deliver(settings, mail)


def _asked_of(account_id: int | None = None) -> sa.Select[int, int]:
    """Open requests that others made beside papers of authors with an approved claim who wish to be told: of one account, or of all."""
    query = (
        sa.select(ResourceRequest.id, ResourceRequest.paper_id)
        .join(Claim, sa.and_(Claim.paper_id == ResourceRequest.paper_id, Claim.state == APPROVED, Claim.position > 0))
        .join(Person, sa.and_(Person.id == Claim.person_id, Person.is_told.is_(True)))
        .join(PersonAccount, PersonAccount.person_id == Person.id)
        .where(ResourceRequest.visibility == "shown", ResourceRequest.state.in_(UNANSWERED))
        .where(sa.or_(ResourceRequest.account_id.is_(None), ResourceRequest.account_id != PersonAccount.account_id))
    )
    return query if account_id is None else query.where(PersonAccount.account_id == account_id)


def _tell_askers(session: Session, request_id: int, key: str, what: str, *, but: int | None) -> None:
    asks = session.scalars(sa.select(ResourceAsker.account_id).where(ResourceAsker.request_id == request_id)).all()
    _tell(session, [one for one in asks if one != but], request_id, key, what)


def _tell(session: Session, account_ids: list[int], request_id: int, key: str, what: str) -> None:
    request = session.get(ResourceRequest, request_id)
    if request is not None and request.visibility == "shown":
        services.tell(session, account_ids, "answer", Happening(key, clock.now(), request.paper_id, request_id=request_id, what=what))


SUBSCRIPTIONS: dict[type[Event], list[Handler]] = {
    ResourceAnswered: [answered],
    RequestDeclined: [declined],
    LinkDied: [link_died],
    ResourceJudged: [judged],
    RequestsToMail: [mail_authors],
}
SCHEDULE: dict[Handler, float] = {tell_authors: LOOK_EVERY_S}
