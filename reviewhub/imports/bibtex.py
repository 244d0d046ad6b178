"""BibTeX and BibLaTeX files, as people keep them and as publishers, Scopus and Web of Science export them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ..core.text import message, plain, squeezed
from ..papers.identifiers import normalised_arxiv, normalised_doi
from ..papers.names import Name, is_cjk_name, is_group_name, named, read_name, split_names
from ..papers.record import Author, PaperRecord, Section
from ..papers.rules import MAX_ABSTRACT_CHARS
from .bibtex_blocks import Block, blocks
from .collecting import add_dois, add_identifier, add_issn, add_keywords, key_of, put_abstract, put_titles, settle_arxiv, without_emails
from .dates import read_date
from .languages import language_code
from .latex import latex_to_html, latex_to_plain
from .reading import MAX_RECORD_BYTES, Read, UnreadableFile, finished, shortened, text_lines
from .wos_text import funding_of

_TYPES = {
    "article": "article", "suppperiodical": "article", "book": "book", "mvbook": "book", "booklet": "book", "collection": "book", "mvcollection": "book",
    "proceedings": "book", "mvproceedings": "book", "reference": "book", "mvreference": "book", "manual": "report", "inbook": "book-chapter",
    "incollection": "book-chapter", "bookinbook": "book-chapter", "suppbook": "book-chapter", "suppcollection": "book-chapter",
    "inproceedings": "conference-paper", "conference": "conference-paper", "inreference": "reference-entry", "phdthesis": "thesis",
    "mastersthesis": "thesis", "bachelorsthesis": "thesis", "masterthesis": "thesis", "thesis": "thesis", "techreport": "report", "report": "report",
    "online": "webpage", "electronic": "webpage", "www": "webpage", "webpage": "webpage", "dataset": "dataset", "data": "dataset", "software": "software",
    "patent": "patent", "standard": "standard", "review": "review", "letter": "letter", "preprint": "preprint",
}  # fmt: skip
# "document_type" of Scopus and "type" of Web of Science, which say more than the entry type.
_DOCUMENT_TYPES = {
    "review": "review", "editorial": "editorial", "editorial material": "editorial", "letter": "letter", "erratum": "correction",
    "correction": "correction", "retraction": "retraction", "conference paper": "conference-paper", "proceedings paper": "conference-paper",
    "book chapter": "book-chapter", "data paper": "article", "note": "article", "article": "article",
    "preprint": "preprint",
}  # fmt: skip
# What a child without them takes from the entry it refers to. Not: what names that other work alone (its DOI, its abstract, its pages).
_INHERITED = frozenset(
    (
        "editor",
        "year",
        "date",
        "month",
        "publisher",
        "series",
        "volume",
        "number",
        "address",
        "location",
        "isbn",
        "issn",
        "organization",
        "institution",
        "eventtitle",
        "edition",
        "language",
        "langid",
        "journal",
        "journaltitle",
        "shortjournal",
    )
)
# Entries that others may refer to are kept while the file is read; more than this many a file does not hold.
MAX_KEPT = 20_000
# One field as LaTeX, which takes several characters for one at times. What is longer would be refused as text too, after a long conversion.
MAX_SOURCE_CHARS = 4 * MAX_ABSTRACT_CHARS
# The ISBNs of a work in many bindings; a field beyond that is no list of numbers.
MAX_NUMBERS_CHARS = 500
_PARENTS = frozenset(("book", "proceedings", "collection", "reference", "mvbook", "mvproceedings", "mvcollection", "mvreference", "periodical", "xdata"))
# The journals that astronomers write as commands.
_JOURNAL_MACROS = {
    "aap": "Astronomy & Astrophysics", "aapr": "Astronomy and Astrophysics Review", "aaps": "Astronomy and Astrophysics Supplement Series",
    "aj": "The Astronomical Journal", "ao": "Applied Optics", "apj": "The Astrophysical Journal", "apjl": "The Astrophysical Journal Letters",
    "apjs": "The Astrophysical Journal Supplement Series", "aplett": "Astrophysical Letters", "apss": "Astrophysics and Space Science",
    "araa": "Annual Review of Astronomy and Astrophysics", "baas": "Bulletin of the American Astronomical Society",
    "gca": "Geochimica et Cosmochimica Acta", "grl": "Geophysical Research Letters", "icarus": "Icarus",
    "jcap": "Journal of Cosmology and Astroparticle Physics", "jgr": "Journal of Geophysical Research",
    "jqsrt": "Journal of Quantitative Spectroscopy and Radiative Transfer", "memras": "Memoirs of the Royal Astronomical Society",
    "mnras": "Monthly Notices of the Royal Astronomical Society", "na": "New Astronomy", "nar": "New Astronomy Reviews", "nat": "Nature",
    "pasa": "Publications of the Astronomical Society of Australia", "pasj": "Publications of the Astronomical Society of Japan",
    "pasp": "Publications of the Astronomical Society of the Pacific", "physrep": "Physics Reports", "planss": "Planetary and Space Science",
    "pra": "Physical Review A", "prb": "Physical Review B", "prc": "Physical Review C", "prd": "Physical Review D", "pre": "Physical Review E",
    "prl": "Physical Review Letters", "qjras": "Quarterly Journal of the Royal Astronomical Society",
    "rmxaa": "Revista Mexicana de Astronomía y Astrofísica", "skytel": "Sky and Telescope", "solphys": "Solar Physics", "ssr": "Space Science Reviews",
    "sovast": "Soviet Astronomy", "zap": "Zeitschrift für Astrophysik",
}  # fmt: skip
_AND = re.compile(r"\s+and(?=\s)", re.IGNORECASE)
_DEPTH_MARKS = re.compile(r"\\.|[{}]|\s+and(?=\s)|[\s~]+|,", re.DOTALL | re.IGNORECASE)
_ESCAPED_SIGN = re.compile(r"\{?\\([_&%#$~{}])\}?")
_PAGE_RANGE = re.compile(r"\s*(?:-{1,3}|[\u2010-\u2015\u2212])\s*")
_NAME_PART = re.compile(r"\s*([a-z]+)(?:-i)?\s*=\s*(?:\"([^\"]*)\"|(.*?))\s*$", re.DOTALL)


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every entry of the file. One that refers to another by `crossref` comes after that one, whichever stands first, else at the end."""
    kept: dict[str, Block] = {}
    waiting: dict[str, list[tuple[str, Block]]] = {}
    n_waiting = n = 0
    for block in blocks(text_lines(stream)):
        if block.is_too_big:
            n += 1
            yield Read(_where(n, block), None, message("one record of more than %(n)d MB", n=MAX_RECORD_BYTES >> 20))
            continue
        key = block.key.lower()
        if block.kind in _PARENTS and len(kept) < MAX_KEPT:
            kept.setdefault(key, block)
        if block.kind != "xdata":
            n += 1
            where = _where(n, block)
            wanted = [name for name in _references(block) if name not in kept]
            if not wanted or n_waiting >= MAX_KEPT:
                yield _read_one(where, block, kept)
            else:
                waiting.setdefault(wanted[0], []).append((where, block))
                n_waiting += 1
        for child_where, child in waiting.pop(key, ()):
            n_waiting -= 1
            yield _read_one(child_where, child, {**{name: kept[name] for name in _references(child) if name in kept}, key: block})
    for child_where, child in (pair for pairs in waiting.values() for pair in pairs):
        yield _read_one(child_where, child, kept)
    if not n and not kept:
        raise UnreadableFile(message("there is no record in this file"))


def _where(n: int, block: Block) -> str:
    return f"record {n} (line {block.line}{f', {shortened(block.key)}' if block.key else ''})"


def _references(block: Block) -> list[str]:
    """The keys, in lower case, of the entries that this one takes fields from."""
    return [name.strip().lower() for field in ("crossref", "xdata") for value in block.fields.get(field, ()) for name in value.split(",") if name.strip()]


def _read_one(where: str, block: Block, known: dict[str, Block]) -> Read:
    longest = max((len(value) for values in block.fields.values() for value in values), default=0)
    if longest > MAX_SOURCE_CHARS:
        return Read(where, None, message("a field of %(n)d characters; at most %(most)d are taken", n=longest, most=MAX_SOURCE_CHARS))
    entry = _Entry(block, known)
    record = _record_of(entry)
    for name in _references(block):
        if name not in known:
            record.remarks.append(message("it refers to %(key)s, which is not in this file", key=shortened(name)))
    for name in block.unknown_macros[:20]:
        record.remarks.append(message("the macro %(name)s is not defined; its name is used", name=shortened(name)))
    if block.is_broken:
        record.remarks.append(message("part of the entry could not be made out"))
    return finished(where, record)


class _Entry:
    """One entry with what it inherits; fields are asked for by any of their names and come as LaTeX, text or markup."""

    def __init__(self, block: Block, known: dict[str, Block]) -> None:
        self.kind = block.kind
        self.fields = dict(block.fields)
        for name in _references(block):
            parent = known.get(name)
            if parent is not None and parent is not block:
                self._inherit(parent)

    def _inherit(self, parent: Block) -> None:
        is_same_kind = parent.kind == self.kind  # a second name for the same work
        for name, values in parent.fields.items():
            if name in _INHERITED or parent.kind == "xdata" or is_same_kind:
                self.fields.setdefault(name, values)
        if parent.kind != "xdata" and not is_same_kind:
            for name in ("title", "subtitle"):
                if name in parent.fields:
                    self.fields.setdefault("book" + name, parent.fields[name])
            if "author" in parent.fields and self.kind in ("inbook", "bookinbook"):
                self.fields.setdefault("author", parent.fields["author"])

    def latex(self, *names: str) -> str:
        """The first value, of the first of these fields, that holds something."""
        for name in names:
            for value in self.fields.get(name, ()):
                if value.strip():
                    return value
        return ""

    def all_latex(self, name: str, joint: str) -> str:
        """Every different value of a field that may have been given twice."""
        return joint.join(dict.fromkeys(value for value in self.fields.get(name, ()) if value.strip()))

    def text(self, *names: str) -> str:
        return latex_to_plain(self.latex(*names))

    def markup(self, *names: str) -> str:
        return latex_to_html(self.latex(*names))

    def verbatim(self, *names: str) -> str:
        """A field that is no LaTeX (an identifier, an address), but may have been escaped as if it were."""
        text = self.latex(*names)
        if "\\" in text or "{" in text:
            text = _ESCAPED_SIGN.sub(r"\1", re.sub(r"\\url\s*", "", text)).replace("{", "").replace("}", "")
        return squeezed(text)


def _record_of(entry: _Entry) -> PaperRecord:
    record = PaperRecord(source="bibtex", type=_type_of(entry), language=language_code(entry.text("langid", "language", "hyphenation")))
    _put_titles(record, entry)
    paragraphs = re.split(r"\n[ \t]*\n|\\par\b", entry.latex("abstract"))
    put_abstract(record, [Section("\n\n".join(found for part in paragraphs if (found := latex_to_html(part))))])
    _put_identifiers(record, entry)
    _put_journal(record, entry)
    _put_date(record, entry)
    for field, role in (("author", "author"), ("editor", "editor"), ("translator", "translator")):
        _put_people(record, entry.all_latex(field, " and "), role)
    _put_keywords(record, entry)
    record.funding = funding_of(entry.text("funding-acknowledgement"))
    record.funding_text = entry.text("funding-text")
    settle_arxiv(record)
    if record.type in ("other", "article", "webpage") and record.identifiers.get("arxiv") and not record.journal.name:
        record.type = "preprint"
    record.source_key = key_of(record, "wos", "doi", "pmid", "arxiv")
    return record


def _type_of(entry: _Entry) -> str:
    kind = _TYPES.get(entry.kind, "other")
    document = entry.text("document_type", "type").lower()
    if kind in ("article", "other") and document:
        kind = next((_DOCUMENT_TYPES[word.strip()] for word in document.split(";") if word.strip() in _DOCUMENT_TYPES), kind)
    if kind == "article" and entry.text("entrysubtype").lower() == "newspaper":
        return "news"
    return kind


def _put_titles(record: PaperRecord, entry: _Entry) -> None:
    title, subtitle = entry.markup("title"), entry.markup("subtitle")
    if not title and record.type == "book":
        title = entry.markup("booktitle", "maintitle")
    if title and subtitle and plain(subtitle).casefold() not in plain(title).casefold():
        title = f"{title}{' ' if title[-1] in ':?!.' else ': '}{subtitle}"
    put_titles(record, title, entry.markup("origtitle", "title_en", "englishtitle", "translatedtitle"))


# -- Identifiers, place and date


def _put_identifiers(record: PaperRecord, entry: _Entry) -> None:
    add_dois(record, entry.verbatim("doi"))
    address = entry.verbatim("url", "bdsk-url-1", "howpublished", "ee")
    if not record.identifiers.get("doi"):
        for text in (address, entry.verbatim("note"), entry.verbatim("bdsk-url-1"), entry.verbatim("ee")):
            if "10." in text and ("doi" in text.lower() or normalised_doi(text)):
                add_dois(record, text)
    for kind in ("pmid", "pmcid"):
        add_identifier(record, kind, entry.verbatim(kind))
    prefix = entry.verbatim("archiveprefix", "eprinttype").lower()
    eprint = entry.verbatim("eprint", "arxivid", "arxiv")
    if eprint:
        if prefix in ("pubmed", "pmid"):
            add_identifier(record, "pmid", eprint)
        elif prefix in ("pmcid", "pmc"):
            add_identifier(record, "pmcid", eprint)
        elif prefix == "arxiv":
            add_identifier(record, "arxiv", eprint)
        elif not prefix and (arxiv := normalised_arxiv(eprint)):
            add_identifier(record, "arxiv", arxiv)
    for text in (address, record.identifier("doi")):
        if "arxiv" in text.lower() and (arxiv := normalised_arxiv(text)):
            add_identifier(record, "arxiv", arxiv)
    if address.startswith(("http://", "https://")) and "doi.org/" not in address and not normalised_arxiv(address):
        add_identifier(record, "url", address.split()[0])
    number = entry.verbatim("unique-id", "isi", "ut")
    if number.upper().startswith(("WOS:", "ISI:")):
        add_identifier(record, "wos", number)
    for part in re.split(r"[;,/]\s*|\s+(?=97[89])|\s+and\s+|\([^)]*\)", entry.verbatim("isbn")[:MAX_NUMBERS_CHARS]):
        if any(c.isdigit() for c in part):
            add_identifier(record, "isbn", part)
    for text in (entry.verbatim("issn"), entry.verbatim("eissn")):
        for part in re.split(r"[;,/\s]+", text):
            if any(c.isdigit() for c in part):
                add_issn(record, part.strip("()"))


def _put_journal(record: PaperRecord, entry: _Entry) -> None:
    journal = record.journal
    if record.type == "book":
        journal.name = entry.text("series")
    elif record.type != "thesis":
        journal.name = _journal_name(entry)
        subtitle = entry.text("booksubtitle", "journalsubtitle")
        if subtitle and journal.name and subtitle not in journal.name:
            journal.name = f"{journal.name}: {subtitle}"
    short = entry.text("shortjournal", "abbrev_source_title", "journal-iso", "journalabbreviation")
    journal.abbreviation = short if short != journal.name else ""
    if not journal.name and short:
        journal.name, journal.abbreviation = short, ""
    record.publisher = without_emails(entry.text("publisher", "school", "institution", "organization"))
    record.volume = entry.text("volume")
    record.issue = entry.text("number", "issue")
    pages = entry.text("pages", "page")
    record.pages = _PAGE_RANGE.sub("-", pages) or entry.text("eid", "articleno", "article-number", "art_number", "article_number")


def _journal_name(entry: _Entry) -> str:
    source = entry.latex("journal", "journaltitle", "booktitle", "maintitle", "eventtitle")
    macro = re.fullmatch(r"\s*\{?\s*\\([A-Za-z]+)\s*(?:\{\})?\s*\}?\s*", source)
    if macro and macro[1].lower() in _JOURNAL_MACROS:
        return _JOURNAL_MACROS[macro[1].lower()]
    return latex_to_plain(source)


def _put_date(record: PaperRecord, entry: _Entry) -> None:
    date = read_date(entry.text("date"))
    if not date[0]:
        year, month, day = entry.text("year"), entry.text("month"), entry.text("day")
        if month and day and not any(c.isdigit() for c in month):
            month = f"{month} {day}"
        elif month.isdigit() and day.isdigit():
            month = f"{month}-{day}"
        found = read_date(year)
        joint = "-" if month[:1].isdigit() and re.fullmatch(r"[0-9]{1,2}(?:-[0-9]{1,2})?", month) else " "
        fuller = read_date(f"{found[0]}{joint}{month}") if month and len(found[0]) == 4 else ("", "")
        date = (fuller[0], found[1] or fuller[1]) if fuller[0] else found if found[0] or not date[1] else date
    record.published, record.published_label = date


# -- People and keywords


def _put_people(record: PaperRecord, source: str, role: str) -> None:
    if not source.strip():
        return
    for written in _split_people(source):
        found = _person(written)
        if found is not None:
            name, is_group = found
            record.authors.append(Author(name.name, name.family, name.given, name.suffix, name.other_name, role=role, is_group=is_group))


def _split_people(source: str) -> list[str]:
    """The names of an author field: parted by "and" outside of braces; where there is none, as Chinese and other exports do, by semicolons."""
    source = " ".join(source.split())
    parts = _outside_braces(source, "and")
    if len(parts) > 1:
        return parts
    if ";" in source or "；" in source:
        return [part for part in re.split("[;；]", source) if part.strip()]
    return split_names(source) if not source.isascii() and "{" not in source else parts


def _outside_braces(source: str, what: str) -> list[str]:
    """The source cut at every "and", every comma or every blank that stands outside of braces; empty parts left out."""
    if "{" not in source:
        found = _AND.split(f" {source} ") if what == "and" else source.split(",") if what == "," else re.split(r"[\s~]+", source)
        return [part.strip() for part in found if part.strip()]
    parts: list[str] = []
    depth = start = 0
    source = f" {source} " if what == "and" else source
    for match in _DEPTH_MARKS.finditer(source):
        mark = match.group()
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and mark[0] != "\\":
            is_cut = mark.strip().lower() == "and" if what == "and" else mark == "," if what == "," else not mark.strip(" \t\r\n~")
            if is_cut:
                parts.append(source[start : match.start()])
                start = match.end()
    parts.append(source[start:])
    return [part.strip() for part in parts if part.strip()]


def _person(written: str) -> tuple[Name, bool] | None:
    """One name as it is written in LaTeX, and whether it is an organisation's. None for "others" and the like."""
    written = written.strip()
    inner = _within_braces(written)
    if inner is not None:
        text = latex_to_plain(inner)
        if text.count(",") == 1 and not is_group_name(text.replace(",", " ")):
            return _named(read_name(text))
        if is_cjk_name(text):
            return _named(read_name(text))
        return (Name(text), True) if text and read_name(text) else None
    if "=" in written and (parts := _extended_parts(written)):
        return named(
            " ".join(part for part in (parts.get("prefix", ""), parts.get("family", "")) if part), parts.get("given", ""), parts.get("suffix", "")
        ), False
    cut = _outside_braces(written, ",")
    texts = [latex_to_plain(part) for part in cut]
    if len(texts) == 1:
        if not read_name(texts[0]):
            return None
        if is_group_name(texts[0]) and "{" not in written:
            return Name(texts[0]), True
        words = [latex_to_plain(word) for word in _outside_braces(cut[0], " ")]
        if "{" in written and len(words) > 1:  # braces keep words together: "Maria {de la Cruz}"
            start = next((n for n, word in enumerate(words[1:-1], 1) if word[:1].islower()), len(words) - 1)
            return named(" ".join(words[start:]), " ".join(words[:start])), False
        return _named(read_name(texts[0]))
    if not read_name(", ".join(texts)):
        return None
    if "{" not in written:
        return _named(read_name(", ".join(texts)))
    return named(texts[0], " ".join(texts[2:]) if len(texts) > 2 else texts[1], texts[1] if len(texts) > 2 else ""), False


def _named(name: Name | None) -> tuple[Name, bool] | None:
    return (name, False) if name else None


def _within_braces(text: str) -> str | None:
    """What stands in the braces when one pair encloses the whole text, else None. Braces around an accent enclose a letter, not the name."""
    if not text.startswith("{") or not text.endswith("}"):
        return None
    depth = 0
    for match in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        depth += (match.group() == "{") - (match.group() == "}")
        if depth == 0 and match.end() < len(text):
            return None
    return text[1:-1]


def _extended_parts(written: str) -> dict[str, str]:
    """BibLaTeX's "family=Berg, prefix=van den, given=Jan"."""
    parts: dict[str, str] = {}
    for part in _outside_braces(written, ","):
        match = _NAME_PART.match(part)
        if match and match[1] in ("family", "given", "prefix", "suffix"):
            parts.setdefault(match[1], latex_to_plain(match[2] if match[2] is not None else match[3]))
    return parts if "family" in parts or "given" in parts else {}


def _put_keywords(record: PaperRecord, entry: _Entry) -> None:
    own = entry.latex("author_keywords")
    add_keywords(record, _cut_keywords(own or entry.all_latex("keywords", ",") or entry.all_latex("keyword", ",")))
    if own:  # Scopus: those beside are its own
        add_keywords(record, _cut_keywords(entry.latex("keywords")), "subject")
    for field in ("keywords-plus", "web-of-science-categories", "research-areas"):
        add_keywords(record, _cut_keywords(entry.latex(field)), "subject")


def _cut_keywords(source: str) -> list[str]:
    text = latex_to_plain(source)
    return re.split("[;；]", text) if ";" in text or "；" in text else re.split("[,，、]", text)
