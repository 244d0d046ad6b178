"""Forms that are shown again when their token has grown too old, with what was typed, in place of a page that only says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app
from flask_wtf.csrf import CSRFError

from ...core.text import message

STALE = message("This form had grown too old, or your browser keeps no cookies. Please send it again.")


def check_themselves(blueprint: Blueprint, *views: Callable[..., Any]) -> None:
    """These views ask `is_fresh` for every form they are sent; the check before all views leaves them out."""

    def exempt(state: Any) -> None:
        for view in views:
            state.app.extensions["csrf"].exempt(view)

    blueprint.record_once(exempt)


def is_fresh() -> bool:
    """Whether the form carries a token of this browser that has not grown too old."""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return False
    return True
