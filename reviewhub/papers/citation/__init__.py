"""How a paper is cited: files for reference managers (BibTeX, RIS, CSL-JSON) and written-out references in the usual styles.

Pure functions of a `PaperRecord`. What a file says reads back through this site's own importer. E-mail addresses never leave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..record import PaperRecord
from .bibtex import bibtex, citation_key
from .csl_json import csl_json
from .ris import ris
from .styles import STYLES, Style

__all__ = ["FORMATS", "STYLES", "Format", "Style", "bibtex", "citation_key", "csl_json", "ris"]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. `write` takes the record, a key that is unique on this site, and the paper's address here."""

    name: str  # what people call it
    content_type: str
    extension: str
    write: Callable[[PaperRecord, str, str], str]


FORMATS = {
    "bibtex": Format("BibTeX", "application/x-bibtex; charset=utf-8", "bib", bibtex),
    "ris": Format("RIS", "application/x-research-info-systems; charset=utf-8", "ris", ris),
    "csl-json": Format("CSL-JSON", "application/vnd.citationstyles.csl+json; charset=utf-8", "json", csl_json),
}
