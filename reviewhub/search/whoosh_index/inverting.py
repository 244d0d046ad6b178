"""From documents to a segment: words are numbered as they come, and everything else is done for thousands of documents at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ...papers.record import TYPES
from .. import analysis
from ..documents import Document
from ..names import NAME_PLACES, beginnings, name_forms, text_forms
from . import containers
from .numbers import Array, offsets, ranges
from .postings import GAP, KEYWORD_WEIGHT, TITLE_WEIGHT
from .segments import BLOCK, COLUMNS, EXACT, FIELDS, FIRST, LOWER_ID, MAX_PLACE, MAX_WEIGHT, NO_PLACE, PLACE, PLACED, RAW, TEXT, WEIGHT, WORDS

# A segment is written when it holds so much: some 150 MB of arrays while it is made.
MAX_DOCUMENTS = 16_000
MAX_TOKENS = 4_000_000
# Words that are remembered from one segment to the next; more are forgotten, or a whole library's would be kept.
MAX_KNOWN = 400_000
# The terms that say most of a document, of which feedback chooses.
MAX_TELLING = 40
# Corrections are made of words, not of formulas.
WORD_CHARS = range(3, 25)

# Postings are sorted as one number each: term, document, place, and which of `_WEIGHTS` it has.
_DOCUMENT_BITS, _PLACE_BITS, _CODE_BITS = 15, 20, 3
_DOCUMENT_SHIFT, _TERM_SHIFT = _PLACE_BITS + _CODE_BITS, _DOCUMENT_BITS + _PLACE_BITS + _CODE_BITS
_TITLE, _KEYWORD, _PLAIN, _UNPLACED = range(4)
_WEIGHTS = np.array([2 * TITLE_WEIGHT, 2 * KEYWORD_WEIGHT, 2, 2], np.int64)
_FIELD_BITS = 4  # of a term's number, the lowest: which field it is of

Expansion = tuple[int, Iterable[tuple[str, int]]]


class _Known(dict[str, int]):
    """The number of each entry of a field: a word, or a whole name, with the terms that are indexed of it."""

    def __init__(self, entries: _Entries, field: str, expand: Callable[[str], Expansion]) -> None:
        super().__init__()
        self._entries = entries
        self._field = FIELDS.index(field)
        self._expand = expand

    def __missing__(self, token: str) -> int:
        number = self[token] = self._entries.added(self._field, token, *self._expand(token))
        return number


class _Entries:
    """All entries: how many places each takes, and its terms. Entry 0 is a gap."""

    def __init__(self) -> None:
        self.tokens: list[str] = [""]
        self.n_places = array("I", [GAP])
        self.ends = array("I", [0])
        self.terms = array("I")
        self.places = array("H")
        self.names: list[bytes] = []  # of terms
        self._numbers: dict[tuple[int, str], int] = {}

    def added(self, field: int, token: str, n_places: int, found: Iterable[tuple[str, int]]) -> int:
        for term, place in found:
            number = self._numbers.get((field, term))
            if number is None:
                number = self._numbers[field, term] = len(self.names) << _FIELD_BITS | field
                self.names.append(term.encode("utf-8", "surrogatepass"))
            self.terms.append(number)
            self.places.append(place)
        self.tokens.append(token)
        self.n_places.append(n_places)
        self.ends.append(len(self.terms))
        return len(self.tokens) - 1


class SegmentBuilder:
    """Collects documents, and writes them as the files of one segment."""

    def __init__(self) -> None:
        self._forget()
        self._clear()

    def _forget(self) -> None:
        self._entries = entries = _Entries()
        self._text = _Known(entries, TEXT, analysis.expanded)
        self._fields = {
            name: _Known(entries, name, lambda token: analysis.expanded(token, keep_stops=True)) for name in ("title", "journal", "keyword", "funder")
        }
        self._names = _Known(entries, "author", lambda key: (NAME_PLACES, name_forms(*key.split("\x00"))))
        self._names_in_text = _Known(entries, TEXT, lambda key: (0, {(analysis.stem(term), 0): None for term in text_forms(*key.split("\x00"))}))
        self._exact = {name: _Known(entries, name, lambda value: (0, ((value, 0),))) for name in EXACT}

    def _clear(self) -> None:
        self._tokens = array("I")  # entries, as they follow each other
        self._run_starts = array("I")  # of stretches of tokens that count alike
        self._run_codes = array("B")
        self._group_starts = array("I")  # of the stretches of one document's field, in which places are counted
        self._group_documents = array("I")
        self._n_documents = 0
        self._columns: dict[str, list[int]] = {name: [] for name in COLUMNS if name != "length"}
        self._keywords = array("I")
        self._keyword_ends = array("I")
        self._languages: dict[str, int] = {"": 0}

    def __len__(self) -> int:
        return self._n_documents

    @property
    def is_full(self) -> bool:
        """Whether it is time to write."""
        return self._n_documents >= MAX_DOCUMENTS or len(self._tokens) >= MAX_TOKENS

    def add(self, document: Document) -> None:
        """One more document."""
        self._begin(document.titles, self._text, _TITLE)
        self._run(document.keywords, self._text, _KEYWORD, goes_on=True)
        self._run(document.journal, self._text, _PLAIN, goes_on=True)
        self._run(document.texts, self._text, _PLAIN, goes_on=True)
        for name, texts in (("title", document.titles), ("journal", document.journal), ("keyword", document.keywords), ("funder", document.funders)):
            if texts:
                self._begin(texts, self._fields[name], _PLAIN)
        keys = [f"{n.printed}\x00{n.family}\x00{n.given}\x00{n.other}" for n in document.names if "\x00" not in n.printed]
        self._take(keys, self._names, _PLAIN)
        self._take(keys, self._names_in_text, _UNPLACED)
        self._take(document.identifiers, self._exact["identifier"], _UNPLACED)
        self._take([key for key in map(analysis.title_key, document.titles) if key], self._exact["title_key"], _UNPLACED)
        self._take(document.keyword_slugs, self._exact["keyword_slug"], _UNPLACED)
        self._take(beginnings(document), self._exact["beginning"], _UNPLACED)
        values = self._columns
        values["paper"].append(document.id)
        values["version"].append(document.version)
        values["published"].append(document.published)
        values["year"].append(min(max(document.year or 0, 0), 9999))
        values["type"].append(TYPES.index(document.type))
        values["language"].append(self._languages.setdefault(document.language, min(len(self._languages), 255)))
        values["journal"].append(document.journal_id or 0)
        values["is_retracted"].append(document.is_retracted)
        self._keywords.extend(document.keyword_ids)
        self._keyword_ends.append(len(self._keywords))
        self._n_documents += 1

    def _begin(self, texts: Iterable[str], known: _Known, code: int) -> None:
        self._group_starts.append(len(self._tokens))
        self._group_documents.append(self._n_documents)
        self._run(texts, known, code)

    def _run(self, texts: Iterable[str], known: _Known, code: int, *, goes_on: bool = False) -> None:
        self._run_starts.append(len(self._tokens))
        self._run_codes.append(code)
        for text in texts:
            if goes_on:
                self._tokens.append(0)
            self._tokens.extend(map(known.__getitem__, analysis.tokens(text)))
            goes_on = True

    def _take(self, values: Iterable[str], known: _Known, code: int) -> None:
        self._group_starts.append(len(self._tokens))
        self._group_documents.append(self._n_documents)
        self._run_starts.append(len(self._tokens))
        self._run_codes.append(code)
        self._tokens.extend(map(known.__getitem__, values))

    def write(self, stem: Path) -> int:
        """Writes the files of a segment, whose names begin with `stem`, and begins anew. How many documents there are in it."""
        n_documents = self._n_documents
        tokens = np.frombuffer(self._tokens, np.uint32)
        order, names, keys = self._sorted(tokens)
        written = SegmentWriter(stem, n_documents)
        length, telling = _write_lists(written, order, names, keys, n_documents)
        columns = {name: np.array(self._columns[name], kind) for name, kind in COLUMNS.items() if name != "length"}
        columns["length"] = length
        columns["keywords"], columns["keywords.ends"] = np.array(self._keywords, "<u4"), np.array(self._keyword_ends, "<u4")
        columns["telling"], columns["telling.ends"] = telling
        written.documents(columns, list(self._languages))
        written.words(*self._words(tokens))
        written.finish()
        self._clear()
        if len(self._entries.tokens) > MAX_KNOWN:
            self._forget()
        return n_documents

    def _sorted(self, tokens: Array) -> tuple[Array, list[bytes], Array]:
        """(the numbers of the terms there are, in order of field and bytes; their bytes; the postings, sorted)."""
        entries = self._entries
        n_places, ends = np.frombuffer(entries.n_places, np.uint32), np.frombuffer(entries.ends, np.uint32).astype(np.int64)
        places_before = offsets(n_places[tokens])[:-1]
        group_starts = np.frombuffer(self._group_starts, np.uint32).astype(np.int64)
        group_lengths = np.diff(group_starts, append=len(tokens))
        is_filled = group_lengths > 0
        group_starts, group_lengths = group_starts[is_filled], group_lengths[is_filled]
        documents = np.repeat(np.frombuffer(self._group_documents, np.uint32).astype(np.int64)[is_filled], group_lengths)
        places_before -= np.repeat(places_before[group_starts], group_lengths)
        run_lengths: Array = np.diff(np.frombuffer(self._run_starts, np.uint32).astype(np.int64), append=len(tokens))
        codes = np.repeat(np.frombuffer(self._run_codes, np.uint8), run_lengths)
        starts = np.where(tokens > 0, ends[tokens - (tokens > 0)], 0)
        n_terms = ends[tokens] - starts
        spread = ranges(starts, n_terms)
        terms = np.frombuffer(entries.terms, np.uint32)[spread] if len(spread) else np.empty(0, np.uint32)
        places = np.repeat(places_before, n_terms)
        if len(spread):
            places = places + np.frombuffer(entries.places, np.uint16)[spread]
        present = np.flatnonzero(np.bincount(terms >> _FIELD_BITS, minlength=len(entries.names)))
        field_of = np.zeros(len(entries.names), np.int64)
        field_of[terms >> _FIELD_BITS] = terms & ((1 << _FIELD_BITS) - 1)
        names = entries.names
        order = sorted(present.tolist(), key=lambda number: (field_of[number], names[number]))
        rank = np.zeros(len(names), np.int64)
        rank[order] = np.arange(len(order))
        keys = (
            rank[terms >> _FIELD_BITS] << _TERM_SHIFT
            | np.repeat(documents, n_terms) << _DOCUMENT_SHIFT
            | np.minimum(places, (1 << _PLACE_BITS) - 1) << _CODE_BITS
            | np.repeat(codes, n_terms)
        )
        keys.sort()
        return field_of[order] if order else np.empty(0, np.int64), [names[number] for number in order], keys

    def _words(self, tokens: Array) -> tuple[list[bytes], Array]:
        counts = np.bincount(tokens, minlength=len(self._entries.tokens))
        found: list[tuple[bytes, int]] = []
        for token, number in self._text.items():
            if counts[number] and len(token) in WORD_CHARS and token < "\u2e80" and token.isalpha():
                found.append((token.encode(), int(counts[number])))
        found.sort()
        return [word for word, _ in found], np.array([n for _, n in found], np.uint32)


def _write_lists(written: SegmentWriter, fields: Array, names: list[bytes], keys: Array, n_documents: int) -> tuple[Array, tuple[Array, Array]]:
    """Writes what the sorted postings say. The length of each document, and the terms that say most of it."""
    n_terms = len(names)
    pairs = keys >> _DOCUMENT_SHIFT
    firsts = np.flatnonzero(np.diff(pairs, prepend=-1))
    pairs = pairs[firsts]
    term, document = pairs >> _DOCUMENT_BITS, pairs & ((1 << _DOCUMENT_BITS) - 1)
    codes = keys & ((1 << _CODE_BITS) - 1)
    has_place = codes != _UNPLACED
    if len(firsts):
        weight = np.add.reduceat(_WEIGHTS[codes], firsts)
        count = np.add.reduceat(has_place.astype(np.int64), firsts)
    else:
        weight = count = np.empty(0, np.int64)
    n_documents_of = np.bincount(term, minlength=n_terms)
    n_text, n_placed = np.searchsorted(fields, [1, len(PLACED)])
    end_text, end_placed = np.searchsorted(term, [n_text, n_placed])
    written.ids(document)
    written.weights(np.minimum(weight[:end_text], MAX_WEIGHT))
    # What stands in no place comes once for each of its names: once is enough, and not at all beside places that there are.
    first_of = firsts[:end_placed]
    stop = int(firsts[end_placed]) if end_placed < len(firsts) else len(keys)
    kept = has_place[:stop].copy()
    kept[first_of[count[:end_placed] == 0]] = True
    places = np.where(has_place[:stop], np.minimum(keys[:stop] >> _CODE_BITS & ((1 << _PLACE_BITS) - 1), MAX_PLACE), NO_PLACE)[kept]
    owner = np.repeat(np.arange(end_placed), np.diff(first_of, append=stop))[kept]
    places[np.flatnonzero(np.diff(owner, prepend=-1))] |= FIRST
    written.places(places)
    n_places_of = np.bincount(term[:end_placed], weights=np.maximum(count[:end_placed], 1), minlength=n_terms).astype(np.int64)
    bounds = np.searchsorted(fields, np.arange(len(FIELDS) + 1))
    for number, field in enumerate(FIELDS):
        some = slice(bounds[number], bounds[number + 1])
        written.field(field, names[some], n_documents_of[some], n_places_of[some] if field in PLACED else None)
    length = np.bincount(document[:end_text], weights=weight[:end_text] / 2, minlength=n_documents).astype(COLUMNS["length"])
    return length, _telling(term[:end_text], document[:end_text], weight[:end_text], count[:end_text], n_documents_of, n_documents)


def _telling(term: Array, document: Array, weight: Array, count: Array, n_documents_of: Array, n_documents: int) -> tuple[Array, Array]:
    """The terms of `text` that are frequent in a document and rare elsewhere; names are left out. (numbers and weights in one, ends)."""
    is_word = count > 0
    term, document, weight = term[is_word], document[is_word], weight[is_word]
    worth = weight * np.log1p(n_documents / n_documents_of[term]) if len(term) else weight
    order = np.lexsort((-worth, document))
    per_document = np.bincount(document, minlength=n_documents)
    nth = np.arange(len(order)) - np.repeat(offsets(per_document)[:-1], per_document)
    order = order[nth < MAX_TELLING]
    values = term[order] | np.minimum(weight[order], MAX_WEIGHT) << 24
    return values.astype("<u4"), np.cumsum(np.minimum(per_document, MAX_TELLING)).astype("<u4")


class SegmentWriter:
    """The files of one segment while they are written, list after list in the order of the terms."""

    def __init__(self, stem: Path, n_documents: int) -> None:
        self.n_documents = n_documents
        self._stem = stem
        self._sinks = {ending: containers.Sink(self._path(ending)) for ending in RAW}
        self._arrays: dict[str, Array | bytes] = {}
        self._facts: dict[str, object] = {"n_documents": n_documents, "bases": {}}
        self._base = self._places_base = 0

    def _path(self, ending: str) -> Path:
        return self._stem.with_name(self._stem.name + ending)

    def ids(self, numbers: Array) -> None:
        self._sinks[".ids"].append((numbers & (BLOCK - 1)).astype(LOWER_ID))

    def weights(self, halves: Array) -> None:
        self._sinks[".wts"].append(halves.astype(WEIGHT))

    def places(self, places: Array) -> None:
        self._sinks[".pos"].append(places.astype(PLACE))

    def field(self, name: str, terms: list[bytes], n_documents: Array, n_places: Array | None, n_below: Array | None = None) -> None:
        """The terms of a field, in order. Fields come in the order of `FIELDS`. `n_below`: as in `Terms`, for segments larger than a block."""
        bases = self._facts["bases"]
        assert isinstance(bases, dict)
        bases[name] = (self._base, self._places_base)
        self._base += int(n_documents.sum())
        self._arrays |= {f"{name}.terms": b"".join(terms), f"{name}.ends": _ends(terms), f"{name}.documents": n_documents.astype("<u4")}
        if n_below is not None:
            self._arrays[f"{name}.below"] = n_below.astype("<u4")
        if n_places is not None:
            self._arrays[f"{name}.places"] = n_places.astype("<u4")
            self._places_base += int(n_places.sum())

    def words(self, words: list[bytes], counts: Array) -> None:
        self._arrays |= {f"{WORDS}.terms": b"".join(words), f"{WORDS}.ends": _ends(words), f"{WORDS}.documents": counts.astype("<u4")}

    def documents(self, columns: dict[str, Array], languages: list[str]) -> None:
        containers.write(self._path(".doc"), columns, {"languages": languages[:256]}, squeezed=True)

    def finish(self) -> None:
        """Closes everything; the table of terms is written last."""
        self.close()
        self._facts["files"] = {ending: (sink.n_bytes, sink.checksum) for ending, sink in self._sinks.items()}
        containers.write(self._path(".trm"), self._arrays, self._facts, squeezed=True)

    def close(self) -> None:
        for sink in self._sinks.values():
            sink.close()


def _ends(terms: list[bytes]) -> Array:
    return offsets(np.fromiter(map(len, terms), np.int64, len(terms))).astype("<u4")
