"""What readers are mailed of notices, in their language; every mail can be ended by one click."""

from __future__ import annotations

import html as markup
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..config import Settings
from ..core.i18n import worded_in
from ..core.mail import Mail
from ..core.text import Message, message, plain
from .rules import ALL, unsubscribe_token
from .telling import Told
from .words import TITLES, line_of, title_of

_TAGS = {"en": "en", "zh": "zh-Hans"}
# A subject is cut by most programs that show mail after some sixty characters.
_SUBJECT_CHARS = 60
_MORE = message("%(n)s more on the page:")
_WHY = message("You get this mail because of what you follow, wrote or rated on reviewhub.")
_CHOOSE = message("Choose what is mailed to you:")
_END = message("To get no more mail like this, open:")
_END_ALL = message("To get no more notices by mail, open:")
# Programs that show mail know no style sheets of ours. Those that know a style element are told colours of links; others have their own.
_LINKS = "a{color:#0b5f63}@media (prefers-color-scheme:dark){a{color:#7accc9}}"
_STYLE = {
    "page": "margin:0;padding:24px 16px;font-size:16px;line-height:1.55;"
    "font-family:-apple-system,'Segoe UI',Roboto,Arial,'PingFang SC','Microsoft YaHei',sans-serif",
    "inner": "max-width:36em;margin:0 auto",
    "brand": "margin:0 0 20px;font-weight:700",
    "group": "margin:0 0 22px;padding:0 0 0 14px;border-left:3px solid #2a8f8b",
    "title": "margin:0 0 6px;font-size:17px;line-height:1.35;font-family:Georgia,'Songti SC','Noto Serif CJK SC',serif;font-weight:600",
    "item": "margin:0 0 8px",
    "quote": "margin:2px 0 0;opacity:.8",
    "list": "margin:4px 0 8px;padding:0 0 0 20px",
    "foot": "margin:28px 0 0;padding:14px 0 0;border-top:1px solid #8b958f;font-size:13px;opacity:.85",
}


@dataclass(slots=True)
class _Group:
    """What is told under one heading: a paper, or what folded news is of."""

    heading: str  # plain
    path: str
    items: list[Told] = field(default_factory=list)


def at_once(settings: Settings, to: str, language: str, account_id: int, told: Told) -> Mail:
    """One mail for one notice."""
    about = plain(told.title)
    subject = _in(language, title_of(told))
    return _mail(settings, to, language, account_id, told.kind, f"{subject}{_in(language, message(': '))}{_cut(about)}" if about else subject, [told])


def digest(settings: Settings, to: str, language: str, account_id: int, news: Sequence[Told], *, n_more: int) -> Mail:
    """What was gathered, by paper; `n_more` stand on the page only."""
    groups = _grouped(language, news)
    n_others = len(groups) - 1
    first = _cut(groups[0].heading)
    what = message("New: %(first)s and %(n)s more", first=first, n=n_others) if n_others else message("New: %(first)s", first=first)
    return _mail(settings, to, language, account_id, ALL, _in(language, what), news, n_more=n_more)


def of_requests(settings: Settings, to: str, language: str, account_id: int, news: Sequence[Told], *, n_more: int) -> Mail:
    """Everything that readers ask an author for, in one mail."""
    return _mail(settings, to, language, account_id, "request", _in(language, TITLES["request"]), news, n_more=n_more)


def _mail(settings: Settings, to: str, language: str, account_id: int, kind: str, subject: str, news: Sequence[Told], *, n_more: int = 0) -> Mail:
    groups = _grouped(language, news)
    end = f"{settings.site_url}{_prefix(language)}/notifications/unsubscribe/{unsubscribe_token(settings.secret_key, account_id, kind)}"
    feet = [
        *([(_in(language, message(_MORE.template, n=n_more)), _address(settings, language, "/notifications"))] if n_more else []),
        (_in(language, _CHOOSE), _address(settings, language, "/notifications/ways")),
        (_in(language, _END_ALL if kind == ALL else _END), end),
    ]
    told_titles: set[int] = set()
    quoted_paths: set[str] = set()
    text, blocks = [], []
    for group in groups:
        lines = [_item(settings, language, one, told_titles, quoted_paths, has_own_heading=bool(one.title)) for one in group.items]
        text.append("\n".join([group.heading, *(f"\n{plain_lines}" for plain_lines, _ in lines)]))
        heading = f'<a href="{_quoted(_address(settings, language, group.path))}">{markup.escape(group.heading)}</a>'
        blocks.append(f'<div style="{_STYLE["group"]}"><h2 style="{_STYLE["title"]}">{heading}</h2>{"".join(block for _, block in lines)}</div>')
    foot = "".join(_foot(words, to_) for words, to_ in feet)
    page = (
        f'<!doctype html>\n<html lang="{_TAGS[language]}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><title>{markup.escape(subject)}</title><style>{_LINKS}</style></head>\n'
        f'<body style="{_STYLE["page"]}"><div style="{_STYLE["inner"]}">\n<p style="{_STYLE["brand"]}">reviewhub</p>\n{chr(10).join(blocks)}\n'
        f'<div style="{_STYLE["foot"]}"><p style="margin:0 0 6px">{markup.escape(_in(language, _WHY))}</p>{foot}</div>\n</div></body></html>\n'
    )
    ending = "\n".join([_in(language, _WHY), *(f"{words}\n{to_}" for words, to_ in feet)])
    body = "\n\n\n".join(text) + f"\n\n--\n{ending}\n"
    return Mail(to, f"{subject} · reviewhub", body, page, end)


def _grouped(language: str, news: Sequence[Told]) -> list[_Group]:
    """By paper, and by what folded news is of, in the order in which each was first heard of."""
    groups: dict[tuple[str, object], _Group] = {}
    for one in news:
        if one.title:
            key: tuple[str, object] = ("paper", one.paper_id)
            found = groups.setdefault(key, _Group(plain(one.title), f"/papers/{one.paper_id}"))
        else:
            heading = _in(language, line_of(one))
            found = groups.setdefault(("news", one.happening), _Group(heading, one.path))
        found.items.append(one)
    return list(groups.values())


def _item(settings: Settings, language: str, one: Told, told_titles: set[int], quoted_paths: set[str], *, has_own_heading: bool) -> tuple[str, str]:
    """A notice as plain text and as HTML. What several notices tell of is named, and quoted, once."""
    address = _address(settings, language, one.path)
    papers = [(i, plain(title)) for i, title in one.papers if i not in told_titles]
    told_titles.update(i for i, _ in papers)
    text, block = [], []
    if has_own_heading:
        line = _in(language, line_of(one))
        text.append(line)
        block.append(f'<p style="{_STYLE["item"]}"><a href="{_quoted(address)}">{markup.escape(line)}</a></p>')
    if one.head and one.path not in quoted_paths:
        quoted_paths.add(one.path)
        quoted = _in(language, message("“%(words)s”", words=one.head))
        text.append(quoted)
        block.append(f'<p style="{_STYLE["item"]};{_STYLE["quote"]}">{markup.escape(quoted)}</p>')
    if papers:
        links = [(title, _address(settings, language, f"/papers/{i}")) for i, title in papers]
        text += [f"- {title}\n  {to}" for title, to in links]
        rows = "".join(f'<li><a href="{_quoted(to)}">{markup.escape(title)}</a></li>' for title, to in links)
        block.append(f'<ul style="{_STYLE["list"]}">{rows}</ul>')
    text.append(address)
    return "\n".join(text), "".join(block)


def _foot(words: str, address: str) -> str:
    return f'<p style="margin:0 0 6px">{markup.escape(words)} <a href="{_quoted(address)}">{markup.escape(_short(address))}</a></p>'


def _cut(text: str) -> str:
    return text if len(text) <= _SUBJECT_CHARS else f"{text[: _SUBJECT_CHARS - 1].rstrip()}…"


def _short(address: str) -> str:
    """An address as it is shown: what nobody reads of it is left out."""
    bare = address.partition("//")[2]
    return bare if len(bare) <= _SUBJECT_CHARS else f"{bare[: _SUBJECT_CHARS - 1]}…"


def _quoted(address: str) -> str:
    return markup.escape(address, quote=True)


def _in(language: str, sentence: Message | str) -> str:
    return worded_in(language, sentence)


def _prefix(language: str) -> str:
    return "/zh" if language == "zh" else ""


def _address(settings: Settings, language: str, path: str) -> str:
    return f"{settings.site_url}{_prefix(language)}{path}"
