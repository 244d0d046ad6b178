"""What a document becomes in the index: its terms, with place and weight."""

from __future__ import annotations

import functools
import hashlib

from whoosh import fields, formats

from ...papers.record import TYPES
from .. import analysis
from ..documents import Document, Name
from ..names import NAME_PLACES, beginnings, name_forms
from .segments import COLUMNS, EXACT, LISTS, PLACED

# To be raised when the same document would be indexed differently for a reason that `fingerprint` cannot see.
FORMAT = 6
# A word is worth this much more where it stands in the title or the keywords; weights are kept in halves.
TITLE_WEIGHT = 3.0
KEYWORD_WEIGHT = 1.5
# Between two texts of one field, wider than any phrase or nearness looks.
GAP = 20

_SAMPLE = "The Łukasz O'Brien's ﬁrst results: sexing µm-sized H2O droplets, TNF-α tumours, Ünïcode &c. 脊柱侧凸的基因 カタカナ 한국어 T细胞 後台"


def schema() -> fields.Schema:
    """The fields as Whoosh's own readers see them."""
    placed = {name: fields.FieldType(formats.Positions(), None, scorable=name == "text") for name in PLACED}
    exact = {name: fields.FieldType(formats.Existence(), None) for name in EXACT}
    return fields.Schema(**placed, **exact)


@functools.cache
def fingerprint() -> str:
    """What a build must have been made with to be of use: files and analysis, seen by what they do to a sample.

    No name in Han is in it: every process would have to read the table of their sounds only to open the index.
    """
    name = Name("José Q. Núñez-Smith", "Núñez-Smith", "José Q.", "王小明")
    sample = Document(1, 1, "article", 2023, 20230400, 1, [_SAMPLE], [name], [_SAMPLE], [_SAMPLE], ["k"], [1], [_SAMPLE], [_SAMPLE])
    described = (
        FORMAT, TITLE_WEIGHT, KEYWORD_WEIGHT, GAP, NAME_PLACES, PLACED, EXACT, TYPES, [(name, kind.str) for name, kind in {**COLUMNS, **LISTS}.items()],
        list(analysis.placed(_SAMPLE)), name_forms(name.printed, name.family, name.given, name.other), list(beginnings(sample)),
    )  # fmt: skip
    return hashlib.sha256(repr(described).encode()).hexdigest()
