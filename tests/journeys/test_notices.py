"""Following from one end to the other, in both languages: follow, be told, read the digest from the outbox, end it from there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core import clock, jobs
from reviewhub.core.actor import KEEPER
from reviewhub.events import TimeCame
from reviewhub.notifications import handlers, queries
from reviewhub.notifications.models import Notice
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from tests.discussion.talk import say
from tests.people import person, signed_in

from .conftest import Visit, serving
from .test_every_page import _overflow, _violations

WORDS = {
    "en": {"follow": "Follow", "following": "Following: let go", "end": "End this mail", "done": "No notice is mailed", "read": "Mark as read"},
    "zh": {"follow": "关注", "following": "已关注：取消", "end": "停止这类邮件", "done": "不再向您发送任何通知邮件", "read": "标为已读"},
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_follow_be_told_read_the_digest_and_end_it(visit: Callable[..., Visit], tmp_path_factory: pytest.TempPathFactory, language: str) -> None:
    home: Path = tmp_path_factory.mktemp("notices")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        database, words, prefix = app.extensions["database"], WORDS[language], "/zh" if language == "zh" else ""
        with database.write() as session, session.begin():
            (outcome,) = add_or_update(session, KEEPER, [PaperRecord("hand", title="Dreams of mice")])
            reader, writer = person(session, "Mei Lin", language=language), person(session, "Wei Zhang")
        began = visit(width=390, locale="zh-CN" if language == "zh" else "en-GB")
        began.site = address
        cookie = signed_in(app, reader).get_cookie("reviewhub")
        assert cookie is not None
        began.context.add_cookies([{"name": "reviewhub", "value": cookie.value, "url": address}])
        page = began.go(f"{prefix}/papers/{outcome.paper_id}")
        main = page.locator("main")
        main.get_by_role("button", name=words["follow"], exact=True).click()
        expect(main.get_by_role("button", name=words["following"])).to_be_visible()
        with database.write() as session, session.begin():
            say(session, writer, outcome.paper_id or 0, "How many mice took part?", "question")
        jobs.run_due(database, app.extensions["settings"])
        for path in ("/notifications", "/notifications/ways", "/notifications/follows"):
            began.go(f"{prefix}{path}")
            assert [*_violations(page), *_overflow(page)] == []
        began.go(f"{prefix}/notifications")
        expect(main.get_by_text("How many mice took part?")).to_be_visible()
        expect(main.get_by_role("button", name=words["read"]).last).to_be_visible()
        with database.write() as session, session.begin():  # a day later
            session.execute(sa.update(Notice).values(at=clock.now() - dt.timedelta(days=1, hours=1)))
        handlers.gather(database, app.extensions["settings"], TimeCame())
        jobs.run_due(database, app.extensions["settings"])
        (file,) = (home / "outbox").glob("*.eml")
        mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        body = mail.get_body(("plain",))
        assert body is not None
        assert "How many mice took part?" in body.get_content()
        (end,) = re.findall(r"https?://\S+/notifications/unsubscribe/\S+", body.get_content())
        signed_out = visit(width=390)
        signed_out.site = address
        page = signed_out.go(urlsplit(end).path)
        page.locator("main").get_by_role("button", name=words["end"]).click()
        expect(page.locator("main").get_by_role("status")).to_contain_text(words["done"])
        assert _violations(page) == []
        with database.read() as session:
            assert set(queries.ways_of(session, reader.account_id or 0).values()) == {"off"}
        app.extensions["database"].dispose()
