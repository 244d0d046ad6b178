"""Parsed JSON of unknown shape, asked for what it should be: a wrong shape reads as empty, never as an error."""

from __future__ import annotations

from typing import Any

from ..core.text import squeezed


def text_of(value: Any) -> str:
    """A string or a number as text, the first of a list of them; "" for anything else."""
    if isinstance(value, str):
        # Nearly every text is clean already, and asking is far cheaper than cleaning.
        return value if value.isprintable() and "  " not in value and value[:1] != " " and value[-1:] != " " else squeezed(value)
    if value is None:
        return ""
    if isinstance(value, list):
        return next((found for item in value if not isinstance(item, list) and (found := text_of(item))), "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.15g}" if isinstance(value, float) else _digits(value)
    return ""


def texts_of(value: Any) -> list[str]:
    """A list of strings or numbers as texts, empty ones left out; a single one as a list of one."""
    if value is None:
        return []
    if not isinstance(value, list):
        value = [value]
    return [found for item in value if not isinstance(item, list) and (found := text_of(item))]


def objects_of(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; a single one as a list of one."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def object_of(value: Any) -> dict[str, Any]:
    """An object, or the first of a list of them, or an empty one."""
    return next(iter(objects_of(value)), {})


def date_parts(value: Any) -> list[str]:
    """Year, month and day as far as given, of {"date-parts": [[2020, 1, 31]]}; a second date (the end of a range) is not looked at."""
    parts = value.get("date-parts") if isinstance(value, dict) else None
    first = parts[0] if isinstance(parts, list) and parts else None
    if isinstance(first, int | str):  # written flat at times: [2020, 1]
        first = parts
    found = [text_of(part) for part in first[:3]] if isinstance(first, list) else []
    while found and not found[-1]:
        found.pop()
    return found


def _digits(number: int) -> str:
    return str(number) if abs(number) < 10**18 else ""  # Python refuses to write out numbers of thousands of digits; no field holds them
