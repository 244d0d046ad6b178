"""The format of a file is told by its content, then by its name; one that is not read yet is named as such."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.detecting import HEAD_BYTES, NOT_YET, READERS, detect, format_of
from reviewhub.imports.reading import UnreadableFile

CONTRACT = {"pubmed-xml", "crossref-json", "openalex-json", "datacite-json", "jats-xml", "wos-text", "ris", "bibtex", "csl-json", "endnote-xml", "jsonl"}

HEADS = {
    "pubmed-xml": '<?xml version="1.0"?>\n<!-- <article> -->\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM" "x">\n<PubmedArticleSet><PubmedArticle>',
    "jats-xml": '<article xmlns:xlink="x"><front>',
    "endnote-xml": "<xml><records><record>",
    "crossref-json": '{"indexed":{"date-parts":[[2020,1,1]]},"source":"Crossref","title":["A"],"DOI":"10.1/x"}',
    "csl-json": '[\n {"id": "a", "type": "article-journal", "title": "A", "issued": {"date-parts": [[2020]]}}]',
    "openalex-json": '{"id": "https://openalex.org/W1", "display_name": "A", "authorships": []}',
    "datacite-json": '{"data": {"attributes": {"creators": [], "titles": []}}}',
    "jsonl": '{"source": "hand", "title": "A", "identifiers": {"doi": ["10.1/x"]}}',
    "wos-text": "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU A",
    "ris": "\ufeffTY  - JOUR\nTI  - A\nER  - ",
    "bibtex": "% a comment\n@article{key,\n title = {A}}",
}


def test_every_format_of_the_contract_is_read_or_named_as_not_read_yet() -> None:
    assert set(READERS) | set(NOT_YET) == CONTRACT
    assert not set(READERS) & set(NOT_YET)


@pytest.mark.parametrize("expected", HEADS)
def test_content_goes_before_the_name(expected: str) -> None:
    raw = HEADS[expected].encode()
    assert detect(raw, "some.bib" if expected != "bibtex" else "some.ris") == expected
    assert detect(raw) == expected


def test_content_is_told_in_utf16_too() -> None:
    assert detect(HEADS["csl-json"].encode("utf-16")) == "csl-json"


@pytest.mark.parametrize(("name", "expected"), [("a.BIB", "bibtex"), ("a.ris.gz", "ris"), ("a.jsonl", "jsonl"), ("a.docx", None), ("bib", None)])
def test_the_name_decides_when_the_content_says_nothing(name: str, expected: str | None) -> None:
    assert detect(b"words and nothing else", name) == expected


@pytest.mark.parametrize("asked", NOT_YET)
def test_a_format_that_is_not_read_yet_is_named_as_such(asked: str) -> None:
    with pytest.raises(UnreadableFile, match="is not read yet"):
        format_of(asked, b"")


def test_an_unknown_format_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnreadableFile, match="pubmed-xml"):
        format_of("word", b"")


def test_a_file_that_looks_like_nothing_says_so() -> None:
    with pytest.raises(UnreadableFile, match="cannot be made out"):
        format_of("auto", b"Dear Sir, ", "letter.txt")
    assert format_of("auto", HEADS["ris"].encode()) == "ris"
    assert format_of("bibtex", HEADS["ris"].encode()) == "bibtex"


@given(st.binary(max_size=600))
def test_any_bytes_at_all_can_be_asked(raw: bytes) -> None:
    assert detect(raw) in {None, *CONTRACT}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("wos/sample.txt.gz", "wos-text"), ("crossref/works.jsonl.gz", "crossref-json"), ("crossref/works_with_references.jsonl.gz", "crossref-json"),
        ("openalex/openalex.jsonl.gz", "openalex-json"), ("datacite/datacite.jsonl.gz", "datacite-json"), ("dedup/tafenoquine.endnote.xml.gz", "endnote-xml"),
    ],
)  # fmt: skip
def test_real_files_are_told_by_content_alone(shared_data: Path, path: str, expected: str) -> None:
    with gzip.open(shared_data / path) as file:
        assert detect(file.read(HEAD_BYTES)) == expected


def test_all_real_pubmed_files_are_told_by_content_alone(shared_data: Path) -> None:
    paths = sorted((shared_data / "pubmed").glob("*.gz"))
    assert paths
    for path in paths:
        with gzip.open(path) as file:
            assert detect(file.read(HEAD_BYTES)) == "pubmed-xml", path.name


def test_bibtex_files_of_many_projects_are_told_by_content_alone(shared_data: Path) -> None:
    n_told = n_files = 0
    with tarfile.open(shared_data / "formats" / "retorquere__bibtex-parser.tar.gz") as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                n_files += 1
                n_told += detect(io.BytesIO(file.read()).read(HEAD_BYTES)) == "bibtex"
    assert n_files > 1000
    assert n_told == n_files
