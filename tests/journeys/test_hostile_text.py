"""Scripts in every field of a comment stay inert in a real browser: nothing runs, nothing is fetched, nothing leads to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Dialog, Page, Request

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER
from reviewhub.discussion.counting import recount
from reviewhub.discussion.models import Comment, CommentState, CommentVersion
from reviewhub.papers.record import PaperRecord, Section
from reviewhub.papers.services import add_or_update
from tests.people import person, signed_in

from .conftest import Visit, serving
from .vectors import ADDRESSES, HANDLERS, VECTORS

Begin = Callable[..., Visit]
# Replies on one page of a thread.
ON_A_PAGE = 50
# What is left of a vector in the page that could ever run: elements, attributes, addresses as the browser itself reads them.
LEFT = """root => [...document.querySelectorAll(root)].flatMap(top => [top, ...top.querySelectorAll("*")]).flatMap(e => [
    ...(/^(script|style|iframe|object|embed|img|video|audio|svg|form|input|textarea|select|button|base|meta|link|template|dialog|foreignobject|annotation-xml|maction)$/i.test(e.localName) ? [e.outerHTML] : []),
    ...e.getAttributeNames().filter(n => /^(on|style$|src|action|formaction|xlink|id$|name$)/i.test(n)).map(n => `${e.localName} ${n}`),
    ...(e.localName === "a" && e.hasAttribute("href") && !/^(https?|mailto):$/.test(e.protocol) ? [`${e.localName} ${e.href}`] : []),
])"""


@dataclass
class Site:
    address: str
    paper_id: int
    head: int
    cookie: str
    n: int


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("hostile")
    with serving(home) as address:
        app = create_app(Settings.from_environment({"REVIEWHUB_HOME": str(home)}))
        database, now = app.extensions["database"], clock.now()
        name = '"><img src=x onerror=alert(1)>'
        with database.write() as session, session.begin():
            passage = "Of <img src=x onerror=alert(1)> and \"quotes'"
            paper_id = add_or_update(session, KEEPER, [PaperRecord("hand", title="What is said of it", abstracts={"en": [Section("Words.")]})])[0].paper_id
            who = person(session, name)
            common = {"paper_id": paper_id, "account_id": who.account_id, "written_at": now, "changed_at": now, "text_language": "en", "passage": passage}
            head = Comment(**common, kind="question", text="The head", state="open", version=2, n_replies=len(VECTORS))
            session.add(head)
            session.flush()
            session.add_all([Comment(**common, kind="remark", text=text, parent_id=head.id, number=n) for n, text in enumerate(VECTORS, 1)])
            session.add_all([Comment(**common, kind="remark", text="\n\n".join(VECTORS[n :: len(VECTORS) // 8]), number=0) for n in range(8)])
            session.add(CommentVersion(comment_id=head.id, version=1, kind="question", text="\n\n".join(ADDRESSES[:40]), at=now))
            session.add(CommentState(comment_id=head.id, state="answered", role="asker", account_id=who.account_id, note=name, at=now))
            recount(session, paper_id)
            assert paper_id
            head_id = head.id
        cookie = signed_in(app, who).get_cookie("reviewhub")
        assert cookie is not None
        yield Site(address, paper_id, head_id, cookie.value, len(VECTORS))
        database.dispose()


class Watch:
    """Everything a page does that a text must not make it do."""

    def __init__(self, began: Visit) -> None:
        self.seen: list[str] = []
        self.site = began.site
        began.page.on("dialog", self._dialog)
        began.page.on("request", self._request)
        began.context.on("page", lambda page: self.seen.append(f"opened {page.url}"))

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:image/")):
            self.seen.append(f"fetched {request.url}")


def opened(visit: Begin, here: Site) -> tuple[Visit, Watch]:
    began = visit()
    began.site = here.address
    began.context.add_cookies([{"name": "reviewhub", "value": here.cookie, "url": here.address}])
    return began, Watch(began)


def stir(page: Page) -> None:
    """What a reader does that could set something off: points at, focuses and opens everything within the texts."""
    page.evaluate(
        """() => { for (const e of document.querySelectorAll(".prose *, .comment *")) for (const kind of ["mouseover", "pointerenter", "focus", "toggle", "error", "load"])
            e.dispatchEvent(new Event(kind, {bubbles: true})); }"""
    )


def test_the_corpus_is_as_large_as_asked() -> None:
    assert len(set(VECTORS)) == len(VECTORS) >= 200
    assert len(HANDLERS) >= 200


def test_on_every_page_that_shows_them(visit: Begin, here: Site) -> None:
    began, watch = opened(visit, here)
    base = f"/papers/{here.paper_id}"
    threads = [f"{base}/comments/{here.head}?after={start}" for start in range(0, here.n, ON_A_PAGE)]
    for path in (base, f"/zh{base}", f"{base}/comments", f"{base}/comments/{here.head}/history", f"{base}/comments/new?parent={here.head}", *threads):
        page = began.go(path)
        stir(page)
        assert page.evaluate(LEFT, ".prose, .passage, .comment-name, .history") == [], path
    assert watch.seen == []


@pytest.mark.parametrize("first", range(0, len(VECTORS), 100))
def test_in_the_preview_which_a_script_puts_into_the_page(visit: Begin, here: Site, first: int) -> None:
    began, watch = opened(visit, here)
    page = began.go(f"/papers/{here.paper_id}/comments/new")
    page.evaluate(
        """async texts => { const form = document.querySelector("#say");
            for (const text of texts) { const body = new FormData(form); body.set("text", text);
                const answer = await fetch(form.dataset.preview, {method: "POST", body});
                if (!answer.ok) throw new Error(`${answer.status} for ${text}`);
                const into = document.createElement("div"); into.className = "prose planted"; into.innerHTML = await answer.text(); form.after(into); } }""",
        VECTORS[first : first + 100],
    )
    stir(page)
    assert page.locator(".planted").count() == len(VECTORS[first : first + 100])
    assert page.evaluate(LEFT, ".planted") == []
    assert watch.seen == []


def test_an_address_cannot_fill_the_box_with_more_than_text(visit: Begin, here: Site) -> None:
    began, watch = opened(visit, here)
    for text in ("</textarea><img src=x onerror=alert(1)>", '"><script>alert(1)</script>'):
        page = began.go(f"/papers/{here.paper_id}/comments/new")
        page.evaluate("text => location.assign(`${location.pathname}?kind=${encodeURIComponent(text)}&passage=${encodeURIComponent(text)}`)", text)
        page.wait_for_url("**passage=**")
        assert page.locator("#say-passage").input_value() == text
        assert page.locator("main script, main img").count() == 0
    assert watch.seen == []


def test_the_watch_can_see(visit: Begin, here: Site) -> None:
    began = visit()
    watch = Watch(began)
    began.page.set_content('<div class="prose"><img src="data:," onerror="alert(1)"><a href="javascript:alert(1)">x</a></div>')
    began.page.wait_for_function("document.images[0].complete")
    assert len(began.page.evaluate(LEFT, ".prose")) >= 3
    assert watch.seen == ["dialog 1"]
