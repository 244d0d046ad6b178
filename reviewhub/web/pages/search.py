"""What the page of results needs, gathered once: what was asked, what was found, and the addresses that change the one for the other."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for
from sqlalchemy.orm import Session

from ...core.text import message, plain, squeezed
from ...papers.queries import Line, lines_with_abstracts
from ...ratings.rules import Score
from ...search.marking import Marks, as_html, opening
from ...search.queries import SORTS, Facets, Filters, Found, Names, facet_names, find
from ..browsing import filters_asked
from ..support import labels
from ..support.language import current, gettext, ngettext, worded
from ..support.looking import scores_for

PAGE_SIZE = 20
# Nobody reads further; a deeper page helps only machines.
MOST_PAGES = 50
# A title or a sentence fits. What is longer is cut, and the page says so: a query stands in each of the page's many addresses.
MAX_QUERY_CHARS = 500
# What is longer than a whole abstract was pasted by mistake.
MAX_TYPED_CHARS = 20_000
# Values of a facet that are shown at once; the others open.
SHOWN_VALUES = 5
# Bars of the years: more would be too narrow for a finger.
MAX_BARS = 18
BAR_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
# So few papers from long ago are one bar, so that the others stay narrow.
LONG_AGO_SHARE = 0.02
# The height and width of one bar's place in the drawing's own units.
BAR_HEIGHT, BAR_WIDTH = 40, 10
# Any of these begins or ends a phrase.
_QUOTES = str.maketrans(dict.fromkeys('"“”„«»「」『』＂〝〞', " "))
_STARS = re.compile(r"[0-5](?:\.[0-9]{1,2})?")

# order -> (its name, what it ranks by)
ORDERS = {
    "relevance": (message("Best match"), message("Words in titles, keywords and names weigh more; retracted papers come later.")),
    "newest": (message("Newest first"), message("By the date of publication.")),
    "oldest": (message("Oldest first"), message("By the date of publication.")),
    "added": (message("Recently added"), message("By when the record came here.")),
    "top": (message("Top rated"), message("By the lower end of the score's 95 % interval; papers without enough ratings follow.")),
    "discussed": (message("Most discussed"), message("By the number of written reviews, then of ratings.")),
}


@dataclass(frozen=True)
class Asked:
    """What the address of a search asks for."""

    base: str = "/search"  # the address of the page, in the language of the reader
    words: str = ""
    filters: Filters = field(default_factory=Filters)
    sort: str = "relevance"
    is_exact: bool = False
    number: int = 1
    is_cut: bool = False  # more was typed than is looked for

    def fields(self) -> dict[str, Any]:
        """The fields of the address; those that say nothing are left out, as is the number of the page."""
        filters = self.filters
        known = {
            "q": self.words, "type": filters.type, "journal": filters.journal_id, "keyword": filters.keyword, "year_from": filters.year_from,
            "year_to": filters.year_to, "language": filters.language, "rated": None if filters.rated is None else f"{filters.rated:g}",
            "sort": "" if self.sort == "relevance" else self.sort, "exact": 1 if self.is_exact else None,
        }  # fmt: skip
        return {name: value for name, value in known.items() if value not in ("", None)}

    def address(self, **changes: Any) -> str:
        """The address of this search with these fields changed; None leaves one out.

        A page has fifty of them, so what does not change is encoded once; `url_for` takes twenty times as long.
        """
        parts = {**self._encoded, **{name: "" if value in ("", None) else urlencode({name: value}) for name, value in changes.items()}}
        query = "&".join(part for part in parts.values() if part)
        return f"{self.base}?{query}" if query else self.base

    @cached_property
    def _encoded(self) -> dict[str, str]:
        return {name: urlencode({name: value}) for name, value in self.fields().items()}

    @property
    def is_narrowed(self) -> bool:
        """Whether there is any filter."""
        return self.filters != Filters()


@dataclass(frozen=True, slots=True)
class Value:
    """A value that results have, with the number of papers and the address that takes it as a filter, or lets it go."""

    label: str
    n: int
    address: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """What results have in common in one respect. `values` are shown, `more` open."""

    key: str
    name: str
    values: list[Value]
    more: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bar:
    """Papers of some years: `height` and `x` in the units of the drawing."""

    label: str
    n: int
    address: str
    x: int
    height: float


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Some of a paper's text as safe HTML, with marks."""

    html: str
    language: str


@dataclass(slots=True)
class ResultsPage:
    """The page of results."""

    asked: Asked
    found: Found
    lines: list[Line]
    passages: dict[int, Passage]
    scores: dict[int, Score]
    facets: list[Facet]
    bars: list[Bar]
    chips: list[Chip]
    sort: str  # the order they stand in
    orders: list[tuple[str, str, str]]
    ranked_by: str
    n_pages: int
    previous_address: str
    next_address: str
    save_fields: dict[str, Any]
    wider: list[tuple[str, str]]  # (what to leave out, the address without it)

    @property
    def respelt(self) -> str:
        """What was searched for in place of what was typed."""
        words = self.asked.words
        for typed, instead in self.found.replaced:
            words = words.replace(typed, instead)
        return words

    @property
    def is_at_the_end(self) -> bool:
        """Whether more was found than is shown."""
        return self.asked.number == MOST_PAGES and self.found.total > MOST_PAGES * PAGE_SIZE


def asked(given: Mapping[str, str] | None = None) -> Asked:
    """What the address of this request asks for, or a form; values that are none are passed over."""
    given = request.args if given is None else given
    typed = squeezed(given.get("q", "")[:MAX_TYPED_CHARS])
    listed = filters_asked(given)
    stars = given.get("rated", "").strip().removeprefix(">=")
    filters = Filters(
        type=listed.type, year_from=listed.year_from, year_to=listed.year_to, journal_id=listed.journal_id, keyword=listed.keyword, language=listed.language,
        rated=min(float(stars), 5.0) if _STARS.fullmatch(stars) else None,
    )  # fmt: skip
    sort = given.get("sort", "")
    return Asked(
        base=url_for("searching.show"),
        words=typed[:MAX_QUERY_CHARS].strip(),
        filters=filters,
        sort=sort if sort in SORTS else "relevance",
        is_exact=given.get("exact") == "1",
        number=_page_number(given.get("page", "")),
        is_cut=len(typed) > MAX_QUERY_CHARS,
    )


def found_for(session: Session, wanted: Asked) -> Found:
    """What the search found."""
    filters = wanted.filters
    return find(
        current_app.extensions["settings"], session, wanted.words, type=filters.type, year_from=filters.year_from, year_to=filters.year_to,
        journal_id=filters.journal_id, keyword=filters.keyword, language=filters.language, rated=filters.rated, sort=wanted.sort,
        offset=(wanted.number - 1) * PAGE_SIZE, limit=PAGE_SIZE, facets=True, is_exact=wanted.is_exact, corrects=wanted.number == 1,
    )  # fmt: skip


def results_page(session: Session, wanted: Asked, found: Found) -> ResultsPage:
    """The page of what was found. Three statements: papers, scores, the names of journals and keywords."""
    texts = lines_with_abstracts(session, found.ids)
    names = names_for(session, [wanted.filters], found.facets)
    has_words = bool(found.query.wanted) or found.is_away
    sort = "newest" if wanted.sort == "relevance" and not has_words else wanted.sort  # without words nothing matches better than another
    n_pages = min(MOST_PAGES, math.ceil(found.total / PAGE_SIZE))
    return ResultsPage(
        asked=wanted, found=found, lines=[line for line, _ in texts],
        passages={line.id: passage for line, abstracts in texts if (passage := _passage(line, abstracts, found.marks))},
        scores=scores_for(found.ids), facets=_facets(wanted, found, names), bars=_bars(wanted, found), chips=chips(wanted, names),
        sort=sort, orders=_orders(wanted, has_words), ranked_by=worded(ORDERS[sort][1]), n_pages=n_pages,
        previous_address=wanted.address(page=wanted.number - 1) if wanted.number > 1 else "",
        next_address=wanted.address(page=wanted.number + 1) if wanted.number < n_pages else "",
        save_fields=wanted.fields(), wider=_wider(wanted),
    )  # fmt: skip


def _page_number(text: str) -> int:
    """The number of a page, 1 where the address says nothing sensible."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return min(max(int(text), 1), MOST_PAGES) if is_number else 1


def _orders(wanted: Asked, has_words: bool) -> list[tuple[str, str, str]]:
    """(order, its name, the address of the results in it)."""
    names = [name for name in ORDERS if has_words or name != "relevance"]
    return [(name, worded(ORDERS[name][0]), wanted.address(sort=None if name == names[0] else name)) for name in names]


def names_for(session: Session, filters: Iterable[Filters], facets: Facets | None = None) -> Names:
    """The names of the journals and keywords that filters and facets hold. One statement, none where they hold none."""
    filters = list(filters)
    journals = {one.journal_id for one in filters if one.journal_id is not None} | ({int(count.value) for count in facets.journals} if facets else set())
    keywords = {int(count.value) for count in facets.keywords} if facets else set()
    return facet_names(session, journals, keywords, {one.keyword for one in filters if one.keyword})


def _passage(line: Line, abstracts: dict[str, Any], marks: Marks) -> Passage | None:
    """What of its text stands under a paper: where it has the words searched for, else its beginning where there is no summary."""
    texts = {language: " ".join(plain(section.get("html", "")) for section in sections) for language, sections in abstracts.items()}
    preferred = sorted(texts, key=lambda language: language != current())
    pieces = marks.passage(texts[language] for language in preferred) if marks else []
    if pieces:
        whole = "".join(text for text, _ in pieces).removeprefix("… ").removesuffix(" …")
        return Passage(as_html(pieces), next((name for name in preferred if whole in texts[name]), "").replace("und", line.language))
    if current() in line.summaries or not preferred:
        return None
    return Passage(as_html(opening(texts[preferred[0]])), preferred[0].replace("und", line.language))


def _facets(wanted: Asked, found: Found, names: Names) -> list[Facet]:
    facets, chosen = found.facets, wanted.filters
    if facets is None:
        return []
    types = [_value(wanted, "type", count.value, labels.label_of("type", count.value), count.n, chosen.type) for count in facets.types]
    stars = "" if chosen.rated is None else f"{chosen.rated:g}"
    rated = [_value(wanted, "rated", f"{float(count.value):g}", _stars_words(float(count.value)), count.n, stars) for count in facets.rated]
    journals = [
        _value(wanted, "journal", count.value, names.journals[int(count.value)], count.n, str(chosen.journal_id or ""))
        for count in facets.journals
        if int(count.value) in names.journals
    ]
    keywords = [
        _value(wanted, "keyword", slug, term, count.n, chosen.keyword)
        for count in facets.keywords
        for slug, term in [names.keywords.get(int(count.value), ("", ""))]
        if slug
    ]
    languages = [
        _value(wanted, "language", count.value, labels.label_of("language", count.value), count.n, chosen.language)
        for count in facets.languages
        if count.value in labels.LANGUAGES
    ]
    known = (
        ("type", gettext("Type"), types),
        ("rated", gettext("Rated"), rated),
        ("keyword", gettext("Keyword"), keywords),
        ("journal", gettext("Journal"), journals),
        ("language", gettext("Language"), languages),
    )
    return [Facet(key, name, values[:SHOWN_VALUES], values[SHOWN_VALUES:]) for key, name, values in known if _tells_apart(values, found.total)]


def _tells_apart(values: list[Value], total: int) -> bool:
    """Whether a facet is worth its place: one value that all results have narrows nothing."""
    return any(value.is_chosen or value.n < total for value in values)


def _value(wanted: Asked, field_name: str, value: str, label: str, n: int, chosen: str) -> Value:
    is_chosen = value == chosen
    return Value(label, n, wanted.address(**{field_name: None if is_chosen else value}), is_chosen)


def _bars(wanted: Asked, found: Found) -> list[Bar]:
    """The years of what was found, as bars of so many years that they are few; what is from long ago is one bar."""
    years = found.facets.years if found.facets else ()
    if len(years) < 2:
        return []
    room, first = LONG_AGO_SHARE * sum(n for _, n in years), years[0][0]
    for year, n in years:
        room -= n
        if room < 0:
            first = year
            break
    last = years[-1][0]
    size = next(size for size in BAR_YEARS if last // size - first // size < MAX_BARS)
    counts: dict[tuple[int, int], int] = {}
    if years[0][0] < first // size * size:
        counts[years[0][0], first // size * size - 1] = 0
    for start in range(first // size * size, last + 1, size):
        counts[start, min(start + size - 1, last)] = 0
    for year, n in years:
        counts[next(between for between in counts if between[0] <= year <= between[1])] += n
    most = max(counts.values())
    return [
        Bar(
            f"{start}" if start == end else f"{start}–{end}", n, wanted.address(year_from=start, year_to=end), place * BAR_WIDTH,
            round(max(BAR_HEIGHT * n / most, 1.5 if n else 0), 1),
        )
        for place, ((start, end), n) in enumerate(counts.items())
    ]  # fmt: skip


def chips(wanted: Asked, names: Names) -> list[Chip]:
    """The filters that are on, in words."""
    filters = wanted.filters
    known = [
        (filters.type, "type", labels.label_of("type", filters.type) if filters.type else ""),
        (filters.rated is not None, "rated", _stars_words(filters.rated or 0)),
        (filters.keyword, "keyword", names.keyword(filters.keyword)),
        (filters.journal_id is not None, "journal", names.journals.get(filters.journal_id or 0, f"{filters.journal_id}")),
        (filters.language, "language", labels.label_of("language", filters.language) if filters.language else ""),
    ]
    made = [Chip(label, wanted.address(**{name: None})) for is_on, name, label in known if is_on]
    if filters.year_from is not None or filters.year_to is not None:
        made.append(Chip(_years_words(filters), wanted.address(year_from=None, year_to=None)))
    return made


def _years_words(filters: Filters) -> str:
    if filters.year_to is None:
        return gettext("from %(year)s", year=filters.year_from)
    if filters.year_from is None:
        return gettext("until %(year)s", year=filters.year_to)
    return f"{filters.year_from}" if filters.year_from == filters.year_to else f"{filters.year_from}–{filters.year_to}"


def _stars_words(stars: float) -> str:
    return gettext("%(stars)s stars or more", stars=f"{stars:g}") if stars else gettext("with enough ratings")


def _wider(wanted: Asked) -> list[tuple[str, str]]:
    """What somebody who found nothing may leave out."""
    ways = []
    if wanted.is_narrowed:
        n = len(chips(wanted, Names()))
        ways.append((ngettext("Search without the filter", "Search without the %(n)s filters", n), replace(wanted, filters=Filters()).address()))
    without_phrases = squeezed(wanted.words.translate(_QUOTES))
    if without_phrases != wanted.words and without_phrases:
        ways.append((gettext("Search for the words, not the phrase"), wanted.address(q=without_phrases)))
    if wanted.is_exact:
        ways.append((gettext("Search for similar words too"), wanted.address(exact=None)))
    return ways
