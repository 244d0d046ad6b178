"""The door for people: pages in English and Chinese, and what browsers and search engines ask for."""

from __future__ import annotations

from flask import Blueprint

from . import (
    accounts,
    adding,
    badges,
    browsing,
    citing,
    health,
    home,
    moderation,
    my_ratings,
    orcid,
    preferences,
    ratings,
    records,
    reviews,
    scores,
    searching,
    settings,
    sitemap,
)
from .support import assets


def blueprints() -> list[Blueprint]:
    """Every page family."""
    families = (
        home, browsing, records, ratings, reviews, citing, adding, searching, preferences, accounts, settings, orcid, my_ratings, scores, moderation, badges,
        sitemap, health, assets,
    )  # fmt: skip
    return [family.blueprint for family in families]
