"""The door for keepers: the `flask …` commands."""

from __future__ import annotations

from flask import Flask

from .accounts import accounts
from .moderation import moderation
from .papers import papers
from .ratings import ratings
from .recommendations import recommendations
from .running import serve, setup, worker
from .search import search


def register(app: Flask) -> None:
    """Gives the application its commands."""
    for command in (setup, serve, worker, papers, search, accounts, ratings, moderation, recommendations):
        app.cli.add_command(command)
