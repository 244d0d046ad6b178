"""The weekly mail: who is due, three to five papers that are worth it and were not mailed before, and their words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..accounts.rules import email_on_the_wire
from ..config import Settings
from ..core import clock
from ..core.i18n import worded_in
from ..core.jobs import emit
from ..core.mail import Link, Mail, letter
from ..core.text import Message, message, plain
from ..core.unsubscribing import token_for
from ..events import WeeklyMailDue
from ..papers.queries import Line, lines_of
from .feed import Entry, feed_for
from .models import MailedPaper, ReaderTaste
from .rules import FEED_SHOWN, FEWEST_MAILED, MAIL_EVERY, MOST_MAILED, WEEKLY

_TAGS = {"en": "en", "zh": "zh-Hans"}


def begin_due(session: Session, most: int) -> int:
    """Emits WeeklyMailDue for readers whose mail is due, each once, and sets when the next one is; how many they are."""
    now = clock.now()
    due = sa.select(ReaderTaste).where(ReaderTaste.mail_due_at <= now).order_by(ReaderTaste.mail_due_at).limit(most)
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    for taste in found:
        assert taste.mail_due_at is not None  # the query asks for it
        emit(session, WeeklyMailDue(taste.account_id, taste.mail_due_at.isoformat()))
        n_weeks = (now - taste.mail_due_at) // MAIL_EVERY + 1  # whoever was without a worker for a month gets one mail, not four
        taste.mail_due_at += n_weeks * MAIL_EVERY
    session.flush()
    return len(found)


def choose(session: Session, settings: Settings, account_id: int, due_at: dt.datetime) -> None:
    """Fixes what is in a mail, once: papers for this reader that no earlier mail held. None where nothing is known of the reader, or too little is good."""
    if session.scalar(sa.select(sa.func.count()).where(MailedPaper.account_id == account_id, MailedPaper.due_at == due_at)):
        return
    made = feed_for(session, settings.home, account_id, most=FEED_SHOWN)
    if made.basis == "popular":
        return
    before = set(session.scalars(sa.select(MailedPaper.paper_id).where(MailedPaper.account_id == account_id)))
    fresh = [one for one in made.entries if one.paper_id not in before][:MOST_MAILED]
    if len(fresh) >= FEWEST_MAILED:
        session.add_all(
            MailedPaper(account_id=account_id, paper_id=one.paper_id, due_at=due_at, position=n, reasons=[[why.template, why.facts] for why in one.reasons])
            for n, one in enumerate(fresh, 1)
        )
        session.flush()


def mail_of(session: Session, settings: Settings, account_id: int, due_at: dt.datetime) -> Mail | None:
    """The mail as it was fixed; None where there is none, or it is no longer wanted."""
    account, taste = session.get(Account, account_id), session.get(ReaderTaste, account_id)
    if account is None or account.email is None or taste is None or taste.mail_due_at is None:
        return None
    fixed = sa.select(MailedPaper).where(MailedPaper.account_id == account_id, MailedPaper.due_at == due_at).order_by(MailedPaper.position)
    rows = session.scalars(fixed).all()
    lines = {line.id: line for line in lines_of(session, [row.paper_id for row in rows]) if not line.is_retracted}
    entries = [Entry(row.paper_id, tuple(Message(template, facts) for template, facts in row.reasons)) for row in rows if row.paper_id in lines]
    return _worded(settings, account, entries, lines) if entries else None


def _worded(settings: Settings, account: Account, entries: Sequence[Entry], lines: dict[int, Line]) -> Mail:
    language = account.language
    root = f"{settings.site_url}{'/zh' if language == 'zh' else ''}"

    def words(template: Message) -> str:
        return worded_in(language, template)

    parts: list[str | Link] = [words(message("Chosen from what you rate, save and follow:"))]
    for one in entries:
        line = lines[one.paper_id]
        facts = ", ".join(fact for fact in (line.journal, str(line.year or "")) if fact)
        title = plain(line.other_title(language) or line.title)
        parts.append(f"{title}{f' ({facts})' if facts else ''}")
        parts.append(Link(f"{root}/papers/{line.id}", words(message("; ")).join(words(why) for why in one.reasons)))
    parts.append(Link(f"{root}/for-you", words(message("All that is for you, and where to say what is not:"))))
    end = f"{settings.site_url}/for-you/unsubscribe/{token_for(settings.secret_key, account.id, WEEKLY)}"
    parts.append(Link(end, words(message("To get no more mail like this, open:"))))
    title = words(message("%(n)s papers for you this week", n=len(entries)))
    return replace(letter(email_on_the_wire(account.email or ""), f"{title} · reviewhub", parts, tag=_TAGS[language]), unsubscribe=end)
