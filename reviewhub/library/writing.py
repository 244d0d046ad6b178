"""Libraries and lists as files for reference managers: what comes out reads back in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from ..core.db import in_batches
from ..papers.citation import FORMATS
from ..papers.citation.csl_json import csl_item
from ..papers.merging import merged
from ..papers.record import PaperRecord
from ..papers.services import said_of_papers

# Records in memory at one time.
_AT_ONCE = 200


def written(session: Session, paper_ids: Sequence[int], format_name: str, *, site_url: str) -> Iterator[str]:
    """The papers as one file of a format of `papers.citation.FORMATS`, in this order, a piece at a time; papers that are gone are left out."""
    if format_name == "csl-json":
        yield from _as_array(session, paper_ids, site_url)
        return
    write = FORMATS[format_name].write
    for n, (paper_id, record) in enumerate(_records(session, paper_ids)):
        yield ("\n" if n else "") + write(record, str(paper_id), f"{site_url}/papers/{paper_id}")


def _as_array(session: Session, paper_ids: Sequence[int], site_url: str) -> Iterator[str]:
    yield "["
    for n, (paper_id, record) in enumerate(_records(session, paper_ids)):
        item = csl_item(record, str(paper_id), f"{site_url}/papers/{paper_id}")
        yield (",\n" if n else "\n") + json.dumps(item, ensure_ascii=False, indent=2)
    yield "\n]\n"


def _records(session: Session, paper_ids: Sequence[int]) -> Iterator[tuple[int, PaperRecord]]:
    for some in in_batches(list(paper_ids), _AT_ONCE):
        for paper_id, said in zip(some, said_of_papers(session, some), strict=True):
            if said:
                yield paper_id, merged(said).record
