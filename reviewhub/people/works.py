"""The public works list of an ORCID record: does it hold a paper, and who told it? Pure, as the API 3.0 answers it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..papers.identifiers import normalised_doi, normalised_pmid
from .proving import ABSENT, LISTED, TYPED_IN


def found_in(works: Any, identifiers: Collection[tuple[str, str]], orcid: str) -> str:
    """Whether a works list holds one of these identifiers ("doi", "pmid"): told by somebody else ("listed"), only by its owner ("typed-in"), or not ("absent").

    Anything that is not as documented is passed over: what comes from another machine proves nothing by being odd.
    """
    best = ABSENT
    for group in _list(_get(works, "group")):
        for work in _list(_get(group, "work-summary")):
            if not _identifiers(work) & set(identifiers):
                continue
            teller = _get(work, "source", "source-orcid", "path")
            client = _get(work, "source", "source-client-id", "path") or _get(work, "source", "source-client-id", "uri")
            # "Search and link" wizards name the client that helped, and the owner on whose word it was added.
            on_behalf_of = _get(work, "source", "assertion-origin-orcid", "path")
            if client and teller != orcid and on_behalf_of != orcid:
                return LISTED
            best = TYPED_IN
    return best


def _identifiers(work: Any) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for one in _list(_get(work, "external-ids", "external-id")):
        value = _get(one, "external-id-value")
        if not isinstance(value, str) or _get(one, "external-id-relationship") not in ("self", None):
            continue
        kind = _get(one, "external-id-type")
        if kind == "doi" and (doi := normalised_doi(value)):
            found.add(("doi", doi))
        if kind == "pmid" and (pmid := normalised_pmid(value)):
            found.add(("pmid", pmid))
    return found


def _get(found: Any, *names: str) -> Any:
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
