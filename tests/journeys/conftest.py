"""A real browser and the site as `./run` serves it: its own process, its own home, the starter shelf, the search index and the worker."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Response, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSERS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
# Setting up takes some ten seconds on a slow machine under load.
START_WAIT_S = 120.0


# How a page is looked at: of language, width and theme every pair stands together once. All eight would take twice as long.
looks = pytest.mark.parametrize(("language", "width", "theme"), [("en", 390, "dark"), ("en", 1280, "light"), ("zh", 390, "light"), ("zh", 1280, "dark")])


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """An installed Chromium or Chrome; where there is none, the one Playwright fetches."""
    installed = next((found for name in BROWSERS if (found := shutil.which(name))), None) or next((name for name in MAC_BROWSERS if Path(name).exists()), None)
    args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    if installed is None and not Path(playwright.chromium.executable_path).exists():
        fetched = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, text=True)
        if fetched.returncode:
            _do_without(f"no Chromium or Chrome here, and none to be fetched: {(fetched.stderr or fetched.stdout).strip()[-300:]}")
    try:
        launched = playwright.chromium.launch(executable_path=installed, args=args)
    except PlaywrightError as error:
        _do_without(f"the browser does not start: {str(error)[:300]}")
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running site that holds the starter shelf."""
    home = tmp_path_factory.mktemp("site")
    with serving(home) as address:
        yield address


@contextmanager
def serving(home: Path, *, port: int = 0, **settings: str) -> Iterator[str]:
    """`flask setup` and `flask serve` on a free port, or on this one, with all state in `home`; ends with SIGTERM and expects a clean end."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("REVIEWHUB_")}
    env = others | {"REVIEWHUB_HOME": str(home), "PYTHONUNBUFFERED": "1"} | settings
    flask = [sys.executable, "-m", "flask"]
    made = subprocess.run([*flask, "setup"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert made.returncode == 0, f"flask setup: {made.stdout}{made.stderr}"
    process = subprocess.Popen([*flask, "serve", "--port", str(port)], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: queue.Queue[str] = queue.Queue()
    said: list[str] = []

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            lines.put(line)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield _address_of(lines, process, said)
    finally:
        process.terminate()
        code = process.wait(timeout=60)
        listener.join(timeout=10)
        if process.stdout is not None:
            process.stdout.close()
    assert code == 0, f"the server ended with {code}: {''.join(said)[-2000:]}"
    assert "Traceback" not in "".join(said), "".join(said)[-4000:]


def _address_of(lines: queue.Queue[str], process: subprocess.Popen[str], said: list[str]) -> str:
    until = time.monotonic() + START_WAIT_S
    while time.monotonic() < until:
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            assert process.poll() is None, f"the server ended: {''.join(said)}"
            continue
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found.group()
    raise AssertionError(f"the server does not say where it is: {''.join(said)}")


@dataclass
class Visit:
    """One reader's browser on the site, and everything the browser complained about."""

    site: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    # An address asked for on purpose to see the page of a refusal.
    expected: set[str] = field(default_factory=set)

    def go(self, path: str, status: int = 200) -> Page:
        """Opens a page of the site and expects this status."""
        address = f"{self.site}{path}"
        if status >= 400:
            self.expected.add(address)
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and said.location.get("url") not in self.expected:
            self.complaints.append(f"{self.page.url}: console {said.type}: {said.text}")

    def see(self, answer: Response) -> None:
        if answer.status >= 400 and answer.url not in self.expected:
            self.complaints.append(f"{self.page.url}: {answer.status} for {answer.url}")


@pytest.fixture
def visit(site: str, browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens the site as a reader would: `visit(width=390, theme="dark", scripts=False)`. At the end no console may hold an error."""
    opened: list[Visit] = []

    def begin(*, width: int = 1280, theme: str = "light", scripts: bool = True, locale: str = "en-GB") -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=scripts, locale=locale, reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        made = Visit(site, context, page)
        page.on("console", made.hear)
        page.on("pageerror", lambda error: made.complaints.append(f"{page.url}: {error}"))
        page.on("response", made.see)
        opened.append(made)
        return made

    yield begin
    for one in opened:
        one.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []
