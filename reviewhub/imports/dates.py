"""Dates as sources write them: parts or free text in, partial ISO dates ("2023", "2023-04", "2023-04-05") out."""

from __future__ import annotations

import calendar
import re
import unicodedata

from ..core import clock
from ..core.text import squeezed

# Printing is younger; what is older is a date of another kind (an event, a misprint), not of publication.
EARLIEST_YEAR = 1400
# A label is a few words; more is a field that holds something else.
MAX_LABEL_CHARS = 100

_MONTH_WORDS = {
    1: "jan january januar janvier enero janeiro gennaio januari",
    2: "feb february februar fevrier febrero fevereiro febbraio februari",
    3: "mar march maerz marz mars marzo marco maart mrz",
    4: "apr april avril abril aprile",
    5: "may mai mayo maio maggio mei",
    6: "jun june juni juin junio junho giugno",
    7: "jul july juli juillet julio julho luglio",
    8: "aug august aout agosto augustus",
    9: "sep sept september septembre septiembre setembro settembre",
    10: "oct october oktober octobre octubre outubro ottobre okt",
    11: "nov november novembre noviembre novembro",
    12: "dec december dezember decembre diciembre dezembro dicembre dez",
}
_MONTHS = {word: number for number, words in _MONTH_WORDS.items() for word in words.split()}
_SEASONS = ("spring", "summer", "autumn", "winter")
# Han numerals as they stand in a year ("二〇一〇年").
_HAN_DIGITS = {ord(han): str(n % 10) for n, han in enumerate("〇一二三四五六七八九零")}

_ISO = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SLASHES = re.compile(r"([0-9]{4})/([0-9]{0,2})/([0-9]{0,2})(?:/(.*))?")  # RIS: year/month/day/other
_HAN = re.compile(r"([0-9]{4})年(?:([0-9]{1,2})月(?:([0-9]{1,2})[日号])?)?")
_HAN_YEAR = re.compile("[〇零一二三四五六七八九]{4}年")
_DAY_FIRST = re.compile(r"(?:([0-9]{1,2})(?:st|nd|rd|th|\.)?\s+(?:de\s+)?)?([^\W\d_]+)\.?,?\s+(?:de\s+)?([0-9]{4})")
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[\s,/-]+([^\W\d_]+)\.?(?:[\s,/-]+([0-9]{1,2}))?")
_AMBIGUOUS = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})")
_YEAR_ANYWHERE = re.compile(r"(?<![0-9])([12][0-9]{3})(?![0-9])")
_MONTH_ANYWHERE = re.compile(r"[^\W\d_]+")
_NOTHING = re.compile(r"[0\s/.-]*")


def year_number(text: str | int | None) -> int | None:
    """The year as a number when it can be a year of publication (1400 to the year after next), or None."""
    number = _number(text)
    return number if number is not None and EARLIEST_YEAR <= number <= clock.now().year + 2 else None


def month_number(text: str | int | None) -> int | None:
    """1 to 12 from a number or a month's name in a western language, or None."""
    number = _number(text)
    if number is None and isinstance(text, str):
        return _MONTHS.get(_bare(text.strip().rstrip(".")))
    return number if number is not None and 1 <= number <= 12 else None


def partial_date(year: str | int | None, month: str | int | None = None, day: str | int | None = None) -> str:
    """A partial ISO date of the parts that are there and can be: no year, no date; no month, no day; 31 February is February."""
    found_year = year_number(year)
    if found_year is None:
        return ""
    found_month = month_number(month)
    if found_month is None:
        return f"{found_year:04d}"
    found_day = _number(day)
    if found_day is None or not 1 <= found_day <= calendar.monthrange(found_year, found_month)[1]:
        return f"{found_year:04d}-{found_month:02d}"
    return f"{found_year:04d}-{found_month:02d}-{found_day:02d}"


def read_date(text: str) -> tuple[str, str]:
    """A partial ISO date (or "") and the label to keep beside it: the text itself when it says more or could not be read whole.

    "2023 Apr 5" gives ("2023-04-05", ""), "2023 Winter" ("2023", "2023 Winter"), "1998 Dec-1999 Jan" ("1998-12", "1998 Dec-1999 Jan"),
    "in press" ("", "in press"), "0000-00-00" ("", ""). Of a range the beginning counts. Where day and month could be either, neither is taken.
    """
    found = squeezed(unicodedata.normalize("NFKC", text[:1000]))
    label = found[:MAX_LABEL_CHARS]
    if _NOTHING.fullmatch(found):
        return "", ""
    if _HAN_YEAR.match(found):
        found = found[:4].translate(_HAN_DIGITS) + found[4:]
    whole = _read_whole(found)
    if whole:
        return whole, ""
    if (match := _SLASHES.fullmatch(found)) and match[4]:
        label = squeezed(label.replace("/", " "))
    return _read_loosely(found), label


def _read_whole(text: str) -> str:
    """The date when the text is one date and nothing else."""
    if match := _COMPACT.fullmatch(text):
        return _complete(*match.groups())
    if match := _ISO.fullmatch(text):
        return _complete(*match.groups())
    if match := _HAN.fullmatch(text):
        return _complete(*match.groups())
    if (match := _SLASHES.fullmatch(text)) and not match[4]:
        return _complete(match[1], match[2], match[3])
    if match := _YEAR_FIRST.fullmatch(text):
        return _complete(*match.groups())
    if match := _DAY_FIRST.fullmatch(text):
        return _complete(match[3], match[2], match[1])
    if match := _MONTH_FIRST.fullmatch(text):
        return _complete(match[3], match[1], match[2])
    if match := _MONTH_YEAR.fullmatch(text):
        return _complete(match[2], match[1], None)
    if match := _AMBIGUOUS.fullmatch(text):
        first, second, year = match.groups()
        if int(first) > 12 or first == second:
            return _complete(year, second, first)
        if int(second) > 12:
            return _complete(year, first, second)
    return ""


def _complete(year: str, month: str | None, day: str | None) -> str:
    """The date when every part that is given could be taken; a zero part counts as not given."""
    found = partial_date(year, month, day)
    wanted = 1 + bool(month and month.strip("0")) + bool(month and month.strip("0") and day and day.strip("0"))
    return found if found and found.count("-") + 1 == wanted else ""


def _read_loosely(text: str) -> str:
    """The beginning of what the text is about: its first year, with a month and day when they plainly belong to it."""
    if match := _SLASHES.fullmatch(text):
        return partial_date(match[1], match[2], match[3])
    year = next((match for match in _YEAR_ANYWHERE.finditer(text) if year_number(match[1])), None)
    if year is None:
        return ""
    if match := re.match(r"[-/.]([0-9]{1,2})(?![0-9])(?:[-/.]([0-9]{1,2})(?![0-9]))?", text[year.end() :]):
        return partial_date(year[1], match[1], match[2])
    if match := re.match(r"[\s,]+([^\W\d_]+)\.?(?:\s+([0-9]{1,2})(?![0-9]))?", text[year.end() :]):
        return partial_date(year[1], match[1], match[2])
    before = [number for word in _MONTH_ANYWHERE.findall(text[: year.start()]) if (number := month_number(word))]
    return partial_date(year[1], before[0] if before else None)


def season_name(text: str | int) -> str:
    """The English word for a season given as 1 to 4 (CSL), 21 to 24 (EDTF) or as a word; else the text itself."""
    number = _number(text)
    if number is not None and (1 <= number <= 4 or 21 <= number <= 24):
        return _SEASONS[number % 20 - 1].capitalize()
    return squeezed(str(text))[:MAX_LABEL_CHARS]


def _number(text: str | int | None) -> int | None:
    if isinstance(text, int):
        return text
    if text and len(text) <= 8:
        stripped = text.strip()
        if stripped.isascii() and stripped.isdigit():
            return int(stripped)
    return None


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
