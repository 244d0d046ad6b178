"""Everything the site knows of an account, as one zip for its owner."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.errors import NotFound
from ..core.text import Message, message
from .belongings import Belongings, Exported
from .models import Account, AccountSession, AccountToken

_INTRODUCTION = message("Everything that %(site)s keeps about the account of %(name)s, as of %(at)s.")
_FORMATS = message("Files that end in .json are JSON in UTF-8, times are in UTC (ISO 8601). Files that end in .md are Markdown.")
_LEFT_OUT = message("Passwords and the secrets of mailed links are kept only as digests nobody can turn back; they are not in here.")


def archive(session: Session, account_id: int, *, site_url: str, belongings: Sequence[Belongings], worded: Callable[[Message], str]) -> bytes:
    """The zip: what accounts and every other domain keep, and a README in the words of `worded`. NotFound when there is no such account."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    files = [*_own(session, account), *(file for domain in belongings for file in domain.export(session, account_id))]
    now = clock.now()
    head = message(_INTRODUCTION.template, site=site_url, name=account.name, at=in_iso(now))
    lines = [worded(head), "", *(f"{file.path}: {worded(file.words)}" for file in files), "", worded(_FORMATS), worded(_LEFT_OUT), ""]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for file in (Exported("README.txt", "\n".join(lines).encode("utf-8", "replace"), head), *files):
            entry = zipfile.ZipInfo(file.path, now.timetuple()[:6])
            entry.external_attr = 0o600 << 16  # for its owner alone, also where it is unpacked
            made.writestr(entry, file.content if isinstance(file.content, bytes) else as_json(file.content), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def as_json(content: Any) -> bytes:
    """JSON for people to read: Han as it is, indented; lone surrogates, which UTF-8 cannot hold, as a question mark."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def in_iso(at: dt.datetime | None) -> str | None:
    """A time in ISO 8601, to the second, in UTC."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds") if at else None


def _own(session: Session, account: Account) -> list[Exported]:
    sessions = session.scalars(sa.select(AccountSession).where(AccountSession.account_id == account.id).order_by(AccountSession.id))
    links = session.scalars(sa.select(AccountToken).where(AccountToken.account_id == account.id).order_by(AccountToken.id))
    about = {
        "id": account.id, "name": account.name, "email": account.email, "has_password": bool(account.password_hash), "orcid": account.orcid,
        "institution": account.institution, "role": account.role, "language_of_mail": account.language, "rates_before_looking": account.hides_numbers,
        "is_suspended": account.is_suspended, "suspended_because": account.suspended_because, "joined_at": in_iso(account.joined_at),
        "joined_from": account.joined_from,
        "mailed_links": [
            {"purpose": t.purpose, "email": t.email, "made_at": in_iso(t.made_at), "expires_at": in_iso(t.expires_at), "used_at": in_iso(t.used_at)}
            for t in links
        ],
    }  # fmt: skip
    browsers = [
        {
            "browser": s.browser, "network": s.address, "started_at": in_iso(s.started_at), "seen_at": in_iso(s.seen_at), "expires_at": in_iso(s.expires_at),
            "is_remembered": s.is_remembered,
        }
        for s in sessions
    ]  # fmt: skip
    return [
        Exported(
            "account.json",
            about,
            message("your name, addresses and settings. joined_from is a scrambled form of the network you joined from; it cannot be turned back."),
        ),
        Exported("sessions.json", browsers, message("the browsers that are signed in.")),
    ]
