"""Other search engines with the same records, asked the same: SQLite's FTS5, and tantivy where it is installed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from bench.asked import Asked
from reviewhub.search import analysis
from reviewhub.search.documents import Document

try:  # compared with, never used: whoever wants the comparison installs it
    import tantivy  # type: ignore[import-not-found]
except ImportError:
    tantivy = None

PAGE = 20
_HAN = re.compile("[\u4e00-\u9fff]")


class Rival(Protocol):
    """A search engine that is compared with."""

    name: str

    def fill(self, documents: Iterable[Document]) -> None:
        """Indexes the records."""

    def answer(self, asked: Asked) -> int:
        """Finds one page of ids, with the exact number of all. That number."""


def pairs(text: str) -> str:
    """Chinese as it is indexed everywhere: neither engine cuts it by itself."""
    return " ".join(term for term, _ in analysis.placed(text)) if _HAN.search(text) else ""


class Fts5:
    """SQLite's own, with Porter stems; dates, journals and types in a table beside."""

    name = "FTS5"

    def __init__(self, folder: Path) -> None:
        self.database = sqlite3.connect(folder / "fts5.sqlite3", isolation_level=None)
        self.database.executescript(
            """pragma journal_mode=wal; pragma synchronous=normal;
            create table paper (id integer primary key, year int, published int, journal int, type text);
            create virtual table words using fts5(title, text, keywords, journal, names, han, tokenize='porter unicode61', prefix='4');"""
        )

    def fill(self, documents: Iterable[Document]) -> None:
        self.database.execute("begin")
        for d in documents:
            self.database.execute("insert into paper values (?, ?, ?, ?, ?)", (d.id, d.year, d.published, d.journal_id, d.type))
            names = " ; ".join(name.printed for name in d.names)
            row = (d.id, d.titles[0], d.texts[0], "; ".join(d.keywords), d.journal[0], names, pairs(f"{d.titles[0]} {d.texts[0]}"))
            self.database.execute("insert into words (rowid, title, text, keywords, journal, names, han) values (?, ?, ?, ?, ?, ?, ?)", row)
        self.database.execute("commit")
        self.database.execute("insert into words (words) values ('optimize')")

    def answer(self, asked: Asked) -> int:
        ask = self.database.execute
        if asked.kind == "browse":
            ask("select id from paper order by published desc limit ?", (PAGE,)).fetchall()
            return int(ask("select count(*) from paper").fetchone()[0])
        words = self._match(asked)
        joined = "from words join paper on paper.id = words.rowid where words match ?"
        if asked.kind == "year":
            joined += f" and paper.year between {asked.years[0]} and {asked.years[1]}"
        if asked.kind == "sort":
            ask(f"select paper.id {joined} order by published desc limit ?", (words, PAGE)).fetchall()
        elif asked.kind == "year":
            ask(f"select paper.id {joined} order by rank limit ?", (words, PAGE)).fetchall()
        else:
            ask("select rowid from words where words match ? order by rank limit ? offset ?", (words, PAGE, asked.offset)).fetchall()
        if asked.kind == "facets":
            for column in ("journal", "type", "year"):
                ask(f"select paper.{column}, count(*) n {joined} group by 1 order by n desc limit 10", (words,)).fetchall()
        return int(ask(f"select count(*) {joined}", (words,)).fetchone()[0])

    @staticmethod
    def _match(asked: Asked) -> str:
        quoted = [f'"{word}"' for word in asked.words]
        if asked.kind == "phrase":
            return '"' + " ".join(asked.words) + '"'
        if asked.kind == "author":
            return "names : (" + " AND ".join(quoted) + ")"
        if asked.kind == "prefix":
            return f'"{asked.words[0]}" *'
        if asked.kind == "chinese":
            return "han : (" + " AND ".join(f'"{term}"' for word in asked.words for piece in analysis.pieces(word) for term in piece.terms) + ")"
        return (" OR " if asked.kind in ("or", "fuzzy", "description") else " AND ").join(quoted)


class Tantivy:
    """tantivy, in this process: one writer thread, English stems."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        made = tantivy.SchemaBuilder()
        for name in ("title", "text", "keywords", "journal"):
            made.add_text_field(name, tokenizer_name="en_stem")
        made.add_text_field("names", tokenizer_name="default")
        made.add_text_field("han", tokenizer_name="whitespace")
        for name in ("id", "year", "published", "journal_id"):
            made.add_integer_field(name, stored=name == "id", indexed=True, fast=True)
        self.schema = made.build()
        (folder / "tantivy").mkdir()
        self.index = tantivy.Index(self.schema, path=str(folder / "tantivy"))

    def fill(self, documents: Iterable[Document]) -> None:
        writer = self.index.writer(heap_size=200_000_000, num_threads=1)
        for d in documents:
            names, han = " ; ".join(name.printed for name in d.names), pairs(f"{d.titles[0]} {d.texts[0]}")
            texts = {"title": d.titles[0], "text": d.texts[0], "keywords": "; ".join(d.keywords), "journal": d.journal[0], "names": names, "han": han}
            numbers = {"id": d.id, "year": d.year or 0, "published": d.published, "journal_id": d.journal_id or 0}
            writer.add_document(tantivy.Document(**texts, **numbers))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def answer(self, asked: Asked) -> int:
        query = self._query(asked)
        by = {"order_by_field": "published"} if asked.kind in ("sort", "browse") else {}
        found = self.searcher.search(query, PAGE, count=True, offset=asked.offset, **by)
        for _, address in found.hits:
            self.searcher.doc(address)["id"]
        if asked.kind == "facets":
            self.searcher.aggregate(query, {"journal": {"terms": {"field": "journal_id", "size": 10}}, "year": {"histogram": {"field": "year", "interval": 1}}})
        return int(found.count)

    def _query(self, asked: Asked) -> Any:
        fields = ["title", "text", "keywords", "journal", "names"]
        every = " AND ".join(asked.words)
        if asked.kind == "browse":
            return tantivy.Query.all_query()
        if asked.kind == "phrase":
            return self.index.parse_query('"' + " ".join(asked.words) + '"', fields)
        if asked.kind == "author":
            return self.index.parse_query(every, ["names"])
        if asked.kind == "chinese":
            return self.index.parse_query(" AND ".join(term for word in asked.words for piece in analysis.pieces(word) for term in piece.terms), ["han"])
        if asked.kind == "prefix":
            parts = [tantivy.Query.regex_query(self.schema, name, f"{asked.words[0]}.*") for name in fields]
            return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
        if asked.kind == "fuzzy":
            parts = [tantivy.Query.fuzzy_term_query(self.schema, name, asked.words[0], 2) for name in fields]
            return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
        if asked.kind == "year":
            years = tantivy.Query.range_query(self.schema, "year", tantivy.FieldType.Integer, *asked.years)
            return tantivy.Query.boolean_query([(tantivy.Occur.Must, self.index.parse_query(every, fields)), (tantivy.Occur.Must, years)])
        return self.index.parse_query((" OR " if asked.kind in ("or", "description") else " AND ").join(asked.words), fields)


def rivals(folder: Path) -> list[Rival]:
    """Those there are here."""
    found: list[Rival] = [Fts5(folder)]
    if tantivy is not None:
        found.append(Tantivy(folder))
    return found
