"""The door for people: pages in English and Chinese, and what browsers and search engines ask for."""

from __future__ import annotations

from flask import Blueprint

from . import (
    accounts,
    adding,
    additions,
    badges,
    browsing,
    citing,
    claim_queue,
    claims,
    for_you,
    health,
    home,
    keeping,
    library_files,
    models,
    moderation,
    my_ratings,
    orcid,
    people,
    preferences,
    profiles,
    ratings,
    reading_lists,
    records,
    reviews,
    saved_searches,
    scores,
    searching,
    settings,
    shelf,
    shelves,
    sitemap,
    suggesting,
    trends,
)
from .support import assets


def blueprints() -> list[Blueprint]:
    """Every page family."""
    families = (
        home,
        browsing,
        shelves,
        trends,
        records,
        ratings,
        reviews,
        citing,
        for_you,
        adding,
        searching,
        suggesting,
        saved_searches,
        preferences,
        accounts,
        settings,
        orcid,
        my_ratings,
        keeping,
        shelf,
        library_files,
        reading_lists,
        scores,
        moderation,
        badges,
        claims,
        additions,
        people,
        profiles,
        claim_queue,
        models,
        sitemap,
        health,
        assets,
    )
    return [family.blueprint for family in families]
