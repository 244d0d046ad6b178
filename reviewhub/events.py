"""Everything that can happen here. Events hold ids only; the job runner gives each subscribed handler its own job."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """The root of all events."""


@dataclass(frozen=True, slots=True)
class PapersChanged(Event):
    """These papers were added or changed: title, authors, text, notices or anything else a page or the index shows."""

    paper_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PapersMerged(Event):
    """`gone_id` was found to be the same work as `kept_id`; everything that hung on it has moved."""

    kept_id: int
    gone_id: int
