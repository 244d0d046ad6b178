"""Mail lies as a readable file in the outbox, or goes out by SMTP; nothing somebody typed becomes a header."""

from __future__ import annotations

import email.policy
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.accounts.rules import email_fault, email_on_the_wire
from reviewhub.config import Settings
from reviewhub.core.mail import Link, Mail, deliver, letter

CHINESE = "请打开下面的链接，确认这是您的邮箱地址。" * 60  # longer than a line of mail may be


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"REVIEWHUB_HOME": str(tmp_path), "REVIEWHUB_SITE_URL": "https://reviewhub.test"})


def outbox(settings: Settings) -> list[Path]:
    return sorted((settings.home / "outbox").iterdir())


def read(path: Path) -> EmailMessage:
    return BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_mail_is_a_file_that_a_text_viewer_shows(settings: Settings) -> None:
    deliver(settings, letter("jane@university.example", "确认您的邮箱地址", [CHINESE, Link("https://reviewhub.test/a?b=1&c=2", "请打开：")], tag="zh-Hans"))
    (path,) = outbox(settings)
    assert path.suffix == ".eml"
    raw = path.read_text(encoding="utf-8")
    assert "Subject: 确认您的邮箱地址\n" in raw
    assert CHINESE in raw
    assert "\nhttps://reviewhub.test/a?b=1&c=2\n" in raw
    assert "base64" not in raw
    mail = read(path)
    assert (mail["To"], mail["Subject"], mail["From"]) == ("jane@university.example", "确认您的邮箱地址", "reviewhub <no-reply@reviewhub.test>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert str(mail["Message-ID"]).endswith("@reviewhub.test>")
    assert part(mail, "plain").startswith(CHINESE)
    assert '<a href="https://reviewhub.test/a?b=1&amp;c=2">' in part(mail, "html")
    assert '<html lang="zh-Hans">' in part(mail, "html")


def test_files_sort_by_time_and_are_for_the_keeper_alone(settings: Settings) -> None:
    for n in range(5):
        deliver(settings, Mail("jane@university.example", f"Mail {n}", "Text.\n"))
    assert [read(path)["Subject"] for path in outbox(settings)] == [f"Mail {n}" for n in range(5)]
    assert len({read(path)["Message-ID"] for path in outbox(settings)}) == 5
    assert {path.stat().st_mode & 0o777 for path in outbox(settings)} == {0o600}
    assert (settings.home / "outbox").stat().st_mode & 0o777 == 0o700


def test_markup_in_words_stays_words(settings: Settings) -> None:
    made = letter("jane@university.example", "S", ["<b>&", Link('https://x.example/"><script>', "Open:")], tag="en")
    assert "&lt;b&gt;&amp;" in made.html
    assert "<script>" not in made.html


@pytest.mark.parametrize("wild", ["x\r\nBcc: all@university.example", "x\nBcc: all@university.example", "x\rBcc: y", "x\u2028Bcc: y", "x\x00\x1b"])
def test_no_header_is_made_of_what_somebody_typed(settings: Settings, wild: str) -> None:
    deliver(settings, Mail("jane@university.example", wild, wild))
    (path,) = outbox(settings)
    mail = read(path)
    assert sorted(set(mail.keys())) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
    )


@given(st.from_regex(r"[^\s@]{1,20}@([a-zé例]{1,8}\.){1,3}[a-z]{2,4}", fullmatch=True))
def test_every_address_that_is_taken_can_be_written_to(tmp_path_factory: pytest.TempPathFactory, address: str) -> None:
    if email_fault(address):
        return
    home = tmp_path_factory.mktemp("home")
    settings = Settings.from_environment({"REVIEWHUB_HOME": str(home)})
    deliver(settings, Mail(email_on_the_wire(address), "Subject", "Text.\n"))
    (path,) = outbox(settings)
    (to,) = read(path)["To"].addresses
    # Python's reader leaves letters beyond ASCII in this header as bytes.
    assert to.addr_spec.encode("utf-8", "surrogateescape").decode() == email_on_the_wire(address)


class Box:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the name aiosmtpd calls
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def box() -> Box:
    return Box()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def server(box: Box) -> Iterator[Controller]:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"site", b"p@ss:word"), handled=False)

    # aiosmtpd calls itself to see whether it runs, and so wants to know its port beforehand.
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), authenticator=check, auth_require_tls=False)
    controller.start()
    yield controller
    controller.stop()


def test_mail_goes_by_smtp_in_letters_every_server_takes(settings: Settings, server: Controller, box: Box) -> None:
    by_smtp = replace(settings, mail_url=f"smtp://127.0.0.1:{server.port}")
    deliver(by_smtp, letter(email_on_the_wire("jane@bücher.example"), "确认", [CHINESE], tag="zh-Hans"))
    (envelope,) = box.got
    assert envelope.rcpt_tos == ["jane@xn--bcher-kva.example"]
    assert envelope.mail_from == "no-reply@reviewhub.test"
    assert envelope.content.isascii()
    assert max(map(len, envelope.content.splitlines())) < 998
    mail = BytesParser(policy=email.policy.default).parsebytes(envelope.content)
    assert mail["Subject"] == "确认"
    assert part(mail, "plain").strip() == CHINESE
    assert not (settings.home / "outbox").exists()


def test_the_name_and_password_of_the_setting_are_used(settings: Settings, server: Controller, box: Box) -> None:
    deliver(replace(settings, mail_url=f"smtp://site:p%40ss%3Aword@127.0.0.1:{server.port}"), Mail("jane@university.example", "S", "T\n"))
    assert len(box.got) == 1
    with pytest.raises(smtplib.SMTPAuthenticationError):
        deliver(replace(settings, mail_url=f"smtp://site:wrong@127.0.0.1:{server.port}"), Mail("jane@university.example", "S", "T\n"))
    assert len(box.got) == 1


def test_a_server_that_is_away_is_an_error_for_the_job_to_try_again(settings: Settings) -> None:
    with pytest.raises(OSError, match="refused"):
        deliver(replace(settings, mail_url=f"smtp://127.0.0.1:{free_port()}"), Mail("jane@university.example", "S", "T\n"))


def test_an_unknown_way_is_said(settings: Settings) -> None:
    with pytest.raises(ValueError, match="carrier"):
        deliver(replace(settings, mail_url="carrier:pigeon"), Mail("jane@university.example", "S", "T\n"))
