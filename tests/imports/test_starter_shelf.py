"""The starter shelf is what a new site shows first: every fact in it is checked for form, and every summary is ours, short and in both languages."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import reviewhub.imports
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.core.text import is_han, plain
from reviewhub.papers.identifiers import normalised, normalised_doi, normalised_issn, normalised_orcid
from reviewhub.papers.record import IDENTIFIER_KINDS, KEYWORD_KINDS, NOTICE_KINDS, RELATION_KINDS, TYPES, UNIQUE_IDENTIFIER_KINDS, PaperRecord
from reviewhub.papers.rules import year_of
from reviewhub.papers.services import add_or_update

SHELF = Path(reviewhub.imports.__path__[0]) / "starter_shelf"
SOURCE_PAGE_DOI = "10.3389/fnmol.2022.1074205"
LONGEST_SUMMARY = 400
# A sentence ends at a stop that closes the text or stands before a space (English), or at a full-width stop anywhere (Chinese).
SENTENCE_END = {"en": re.compile(r"[.!?](?=\s|$)"), "zh": re.compile(r"[。！？]")}


def read_lines() -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(SHELF.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


LINES = read_lines()
RECORDS = [PaperRecord.from_json(line) for line in LINES]
OURS = RECORDS[1:]
each_of_ours = pytest.mark.parametrize("record", OURS, ids=lambda record: record.source_key)


def field_of(record: PaperRecord) -> str:
    """The field of science: the first subject of a record."""
    return next(keyword.term for keyword in record.keywords if keyword.kind == "subject")


def is_chinese_work(record: PaperRecord) -> bool:
    """In a Chinese journal, or signed by somebody whose Chinese name is known."""
    return record.language == "zh" or any(is_han(author.other_name) for author in record.authors if author.other_name)


def test_every_line_reads_as_a_record_and_comes_back_unchanged() -> None:
    assert [record.to_json() for record in RECORDS] == LINES


def test_the_first_record_has_exactly_the_parts_of_the_source_page() -> None:
    first = RECORDS[0]
    assert (first.title, first.type, first.language) == ("The effect and mechanism of exercise for post-stroke pain", "review", "en")
    assert (first.publisher, first.identifiers) == ("FRONTIERS MEDIA SA", {"doi": [SOURCE_PAGE_DOI]})
    assert [(k.term, k.kind) for k in first.keywords] == [
        (term, "author") for term in ("stroke", "post-stroke pain", "exercise", "analgesic effect", "analgesic mechanism")
    ]
    assert [(funding.name, funding.awards) for funding in first.funding] == [
        ("Shanghai Frontiers Science Research Base of Exercise and Metabolic Health", []),
        ("Talent Development Fund of Shanghai Municipal", ["21MC1930200"]),
        ("Shanghai Clinical Research Center for Rehabilitation Medicine", ["11DZ2261100"]),
        ("Shanghai Key Lab of Human Performance (Shanghai University of Sport)", ["2021081"]),
    ]
    assert {language: summary.by for language, summary in first.summaries.items()} == {"en": "source"}
    assert first.summaries["en"].text.startswith("This article reviews the effectiveness and mechanisms of exercise interventions")
    assert first.summaries["en"].text.endswith("sustainable benefits of exercise interventions for PSP.")
    assert [section.label for section in first.abstracts["en"]] == [""]
    assert first.abstracts["en"][0].html.startswith("One of the common negative effects of a stroke")
    assert first.abstracts["en"][0].html.endswith("for PSP need to be further investigated.")


def test_the_first_record_leaves_empty_what_the_source_page_leaves_empty() -> None:
    known = {"source", "source_key", "title", "titles", "type", "language", "publisher", "identifiers", "keywords", "funding", "summaries", "abstracts"}
    assert LINES[0].keys() == known
    assert LINES[0]["titles"].keys() == LINES[0]["abstracts"].keys() == {"en"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.source_key)
def test_every_record_is_known_by_its_doi(record: PaperRecord) -> None:
    doi = record.identifier("doi")
    assert normalised_doi(doi) == doi
    assert (record.source, record.source_key) == ("starter-shelf", f"doi:{doi}")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.source_key)
def test_every_identifier_stands_in_its_one_written_form(record: PaperRecord) -> None:
    for kind, values in record.identifiers.items():
        assert kind in IDENTIFIER_KINDS
        assert [normalised(kind, value) for value in values] == values
    assert [normalised_issn(issn) for issn in record.journal.issns] == record.journal.issns
    orcids = [author.orcid for author in record.authors if author.orcid]
    assert [normalised_orcid(orcid) for orcid in orcids] == orcids


def test_no_identifier_of_one_work_stands_on_two_records() -> None:
    seen = Counter((kind, value) for record in RECORDS for kind in UNIQUE_IDENTIFIER_KINDS for value in record.identifiers.get(kind, []))
    assert [key for key, n in seen.items() if n > 1] == []


def test_one_issn_belongs_to_one_journal() -> None:
    names: dict[str, set[str]] = {}
    for record in RECORDS:
        for issn in record.journal.issns:
            names.setdefault(issn, set()).add(record.journal.name)
    assert {issn: found for issn, found in names.items() if len(found) > 1} == {}


@each_of_ours
def test_every_paper_has_a_title_authors_a_year_and_a_field(record: PaperRecord) -> None:
    assert record.titles[record.language] == record.title
    assert all(is_han(plain(title)) == (language == "zh") for language, title in record.titles.items())
    assert record.authors
    assert all(author.name and (author.is_group or author.family) for author in record.authors)
    assert 1900 <= (year_of(record.published) or 0) <= 2026
    assert re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", record.published)
    assert re.fullmatch(r"[a-z ]+", field_of(record))
    assert not record.abstracts  # bibliographic facts only: an abstract belongs to its publisher


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.source_key)
def test_every_word_of_a_vocabulary_is_in_it(record: PaperRecord) -> None:
    assert record.type in TYPES
    assert {keyword.kind for keyword in record.keywords} <= set(KEYWORD_KINDS)
    assert {relation.kind for relation in record.relations} <= set(RELATION_KINDS)


@each_of_ours
def test_a_chinese_author_name_is_written_family_name_first(record: PaperRecord) -> None:
    for author in record.authors:
        if not author.is_group and is_han(author.name):
            assert author.name == author.family + author.given
        elif not author.is_group and author.given:
            assert author.name.removesuffix(f", {author.suffix}") == f"{author.given} {author.family}"


@each_of_ours
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_paper_has_a_short_summary_of_ours_in_both_languages(record: PaperRecord, language: str) -> None:
    summary = record.summaries[language]
    assert summary.by == "reviewhub"
    assert 20 <= len(summary.text) <= LONGEST_SUMMARY
    ends = [match.end() for match in SENTENCE_END[language].finditer(summary.text)]
    assert 1 <= len(ends) <= 2
    assert ends[-1] == len(summary.text)


@each_of_ours
def test_a_summary_is_in_the_language_it_is_filed_under(record: PaperRecord) -> None:
    assert record.summaries.keys() == {"en", "zh"}
    assert not any(is_han(character) for character in record.summaries["en"].text)
    chinese = record.summaries["zh"].text
    assert is_han(chinese)
    assert not re.search(r"[\u4e00-\u9fff][,:;?!\"]|[,:;?!\"][\u4e00-\u9fff]", chinese), "punctuation beside Han characters is full width"


def test_no_two_papers_share_a_summary() -> None:
    for language in ("en", "zh"):
        assert len({record.summaries[language].text for record in OURS}) == len(OURS)


def test_the_shelf_covers_many_fields_kinds_and_years() -> None:
    assert len(OURS) >= 75
    assert len({field_of(record) for record in OURS}) >= 16
    assert len({record.type for record in OURS}) >= 7
    years = [year_of(record.published) or 0 for record in OURS]
    assert min(years) < 1940
    assert max(years) >= 2020


def test_the_shelf_holds_chinese_work_and_work_in_chinese() -> None:
    in_chinese = [record for record in OURS if record.language == "zh"]
    assert len(in_chinese) >= 6
    assert all({"en", "zh"} <= record.titles.keys() for record in in_chinese)
    assert sum(is_chinese_work(record) for record in OURS) >= 12


def test_the_shelf_holds_groups_as_authors() -> None:
    groups = {author.name for record in OURS for author in record.authors if author.is_group}
    assert {"LIGO Scientific Collaboration", "ATLAS Collaboration", "中国疾病预防控制中心新型冠状病毒肺炎应急响应机制流行病学组"} <= groups


def test_preprints_point_to_articles_and_retractions_to_the_papers_they_retract() -> None:
    by_doi = {record.identifier("doi"): record for record in RECORDS}
    links = [(record, relation) for record in OURS for relation in record.relations if relation.is_from]
    preprints = [(by_doi[relation.doi], record) for record, relation in links if relation.kind == "is-preprint-of"]
    assert len(preprints) >= 2
    assert all(preprint.type == "preprint" and preprint.authors == article.authors for article, preprint in preprints)
    retracted = [(by_doi[relation.doi], record) for record, relation in links if relation.kind == "retracts"]
    assert len(retracted) >= 2
    for paper, notice in retracted:
        assert notice.type == "retraction"
        assert [relation.doi for relation in paper.relations if relation.kind in NOTICE_KINDS and not relation.is_from] == [notice.identifier("doi")]


def test_no_two_papers_of_the_shelf_are_taken_for_one_and_a_second_load_changes_nothing(database: Database) -> None:
    for state in ("created", "unchanged"):
        with database.write() as session, session.begin():
            outcomes = add_or_update(session, KEEPER, RECORDS)
        assert Counter(outcome.state for outcome in outcomes) == {state: len(RECORDS)}
        assert len({outcome.paper_id for outcome in outcomes}) == len(RECORDS)
