"""Mail: a letter in one language, and its way out: a file in the outbox, or SMTP."""

from __future__ import annotations

import datetime as dt
import html as markup
import os
import re
import secrets
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, default
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..config import Settings
from . import clock
from .text import squeezed

# How long another machine may take to answer. The job is tried again later.
SMTP_WAIT_S = 20

# As a person reads it in a text viewer: letters as they are, long lines left long.
_IN_FILES = default.clone(utf8=True, max_line_length=None, linesep="\n")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OUTBOX_MODE, _FILE_MODE = 0o700, 0o600  # the links in there open accounts


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person. `to` is a bare address."""

    to: str
    subject: str
    text: str
    html: str = ""
    unsubscribe: str = ""  # an address that ends mail like this by one POST (RFC 8058)


@dataclass(frozen=True, slots=True)
class Link:
    """A paragraph of a letter that is an address to open."""

    address: str
    words: str


def letter(to: str, subject: str, paragraphs: Sequence[str | Link], *, tag: str) -> Mail:
    """A mail of paragraphs already worded, as plain text and as simple HTML. `tag` is that of the language."""
    lines = [f"{part.words}\n{part.address}" if isinstance(part, Link) else part for part in paragraphs]
    blocks = [_block(part) for part in paragraphs]
    return Mail(to, subject, "\n\n".join(lines) + "\n", f'<!doctype html>\n<html lang="{tag}"><body>\n{chr(10).join(blocks)}\n</body></html>\n')


def _block(part: str | Link) -> str:
    if isinstance(part, str):
        return f"<p>{markup.escape(part)}</p>"
    address = markup.escape(part.address)
    return f'<p>{markup.escape(part.words)}<br><a href="{address}">{address}</a></p>'


def deliver(settings: Settings, mail: Mail) -> None:
    """Sends a mail the way the settings say. Raises OSError or smtplib.SMTPException when that way is closed for now."""
    way = urlsplit(settings.mail_url)
    if way.scheme == "file":
        _keep(settings.home / "outbox", mail, settings)
    elif way.scheme in ("smtp", "smtps"):
        _send(settings, mail)
    else:
        raise ValueError(f"mail cannot go by {way.scheme or 'no scheme'}:, only by file:, smtp: or smtps:")


def message_of(settings: Settings, mail: Mail, policy: EmailPolicy[EmailMessage], cte: str) -> EmailMessage:
    """The mail with its headers, which hold no line end whatever the mail was made of."""
    made = EmailMessage(policy)
    made["From"] = Address("reviewhub", addr_spec=_sender(settings))
    local, _, domain = _one_line(mail.to).rpartition("@")
    made["To"] = Address(username=local, domain=domain)
    made["Subject"] = _one_line(mail.subject)
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{secrets.token_hex(16)}@{_host(settings)}>"
    # RFC 3834: nobody's holiday notice answers it.
    made["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        made["List-Unsubscribe"] = f"<{_one_line(mail.unsubscribe)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.text, cte=_encoding(mail.text, cte))
    if mail.html:
        made.add_alternative(mail.html, subtype="html", cte=_encoding(mail.html, cte))
        for part in made.iter_parts():
            del part["MIME-Version"]  # it stands once, for the whole (RFC 2045, 4)
    return made


def _encoding(text: str, cte: str) -> str:
    is_plain = text.isascii() and max(map(len, text.splitlines()), default=0) < 998  # RFC 5322, 2.1.1
    return "7bit" if is_plain else cte


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n]", " ", squeezed(text))


def _sender(settings: Settings) -> str:
    return settings.contact_email or f"no-reply@{_host(settings)}"


def _host(settings: Settings) -> str:
    """The name of the site's machine; a number is none that could stand in an address."""
    host = urlsplit(settings.site_url).hostname or ""
    return "localhost" if ":" in host or not host.strip(".0123456789") else host


def _keep(outbox: Path, mail: Mail, settings: Settings) -> None:
    """One file a mail. The name begins with the time, so that a listing is in order; the file is whole as soon as it has that name."""
    outbox.mkdir(mode=_OUTBOX_MODE, parents=True, exist_ok=True)
    name = f"{clock.now().astimezone(dt.UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
    beside = outbox / f".{name}.part"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as file:
        file.write(message_of(settings, mail, _IN_FILES, "8bit").as_bytes())
    beside.replace(outbox / name)


def _send(settings: Settings, mail: Mail) -> None:
    way = urlsplit(settings.mail_url)
    made = message_of(settings, mail, SMTP, "quoted-printable")  # which every server between here and there lets through
    host = way.hostname or "localhost"
    secured = ssl.create_default_context()
    if host in _LOOPBACK:  # what does not leave the machine cannot be listened to; its own server seldom has a certificate others would believe
        secured.check_hostname, secured.verify_mode = False, ssl.CERT_NONE
    if way.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, way.port or 465, timeout=SMTP_WAIT_S, context=secured)
    else:
        server = smtplib.SMTP(host, way.port or 25, timeout=SMTP_WAIT_S)
    with server:
        server.ehlo()
        if way.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=secured)
            server.ehlo()
        if way.username:
            server.login(unquote(way.username), unquote(way.password or ""))
        server.send_message(made)
