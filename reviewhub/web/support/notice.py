"""A sentence for the next page that this browser sees, once: what came of the form that was just sent."""

from __future__ import annotations

from flask import request, session

from ...core.text import Message
from .language import worded

_KEY = "said"


def leave(words: Message) -> None:
    """Keeps a sentence for the next page; a newer one takes its place. Its facts are words and numbers."""
    session[_KEY] = [words.template, words.facts]


def take() -> str:
    """The sentence in the language of the page, or "". Does not look into the session of a browser that has none, so that pages for everybody stay so."""
    if "reviewhub" not in request.cookies or _KEY not in session:
        return ""
    return worded(Message(*session.pop(_KEY)))
