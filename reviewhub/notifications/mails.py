"""What readers are mailed of notices, in their language; every mail can be ended by one click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..config import Settings
from ..core.i18n import worded_in
from ..core.mail import Link, Mail, letter
from ..core.text import Message, message, plain
from .rules import ALL, unsubscribe_token

_TAGS = {"en": "en", "zh": "zh-Hans"}
_TITLES = {
    "mention": message("Somebody speaks to you"),
    "reply": message("A reply to you"),
    "comment": message("News in a discussion you follow"),
    "state": message("News of a question or suspected error"),
    "verdict": message("What became of your report"),
}
# Of a text, enough to tell whether it is worth opening.
_HEAD_CHARS = 200


@dataclass(frozen=True, slots=True)
class News:
    """One notice, as mail tells it. `who` and `text` are empty where there is nothing to quote."""

    kind: str
    title: str
    path: str
    who: str = ""
    text: str = ""


def at_once(settings: Settings, to: str, language: str, account_id: int, news: News) -> Mail:
    """One mail for one notice."""
    return _letter(settings, to, language, account_id, news.kind, _TITLES[news.kind], [news])


def digest(settings: Settings, to: str, language: str, account_id: int, news: Sequence[News], *, n_more: int) -> Mail:
    """What was gathered, by paper; `n_more` stand on the page only."""
    title = message("%(n)s news from what you follow", n=len(news) + n_more)
    return _letter(settings, to, language, account_id, ALL, title, news, n_more=n_more)


def _letter(settings: Settings, to: str, language: str, account_id: int, kind: str, title: Message, news: Sequence[News], *, n_more: int = 0) -> Mail:
    parts: list[str | Link] = []
    for paper in dict.fromkeys(one.title for one in news):
        if paper:
            parts.append(plain(paper))
        parts.extend(Link(_address(settings, language, one.path), _line(language, one)) for one in news if one.title == paper)
    if n_more:
        parts.append(Link(_address(settings, language, "/notifications"), worded_in(language, message("%(n)s more on the page:", n=n_more))))
    end = f"{settings.site_url}/notifications/unsubscribe/{unsubscribe_token(settings.secret_key, account_id, kind)}"
    parts.append(Link(end, worded_in(language, message("To get no more mail like this, open:"))))
    return replace(letter(to, f"{worded_in(language, title)} · reviewhub", parts, tag=_TAGS[language]), unsubscribe=end)


def _line(language: str, news: News) -> str:
    head = news.text if len(news.text) <= _HEAD_CHARS else f"{news.text[:_HEAD_CHARS]}…"
    quoted = worded_in(language, message("%(who)s: “%(head)s”", who=news.who, head=head)) if news.who else head
    return f"{worded_in(language, _TITLES[news.kind])}{' · ' if quoted else ''}{quoted}"


def _address(settings: Settings, language: str, path: str) -> str:
    return f"{settings.site_url}{'/zh' if language == 'zh' else ''}{path}"
