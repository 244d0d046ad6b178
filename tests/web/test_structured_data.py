"""What a record page tells machines: JSON-LD, citation tags, addresses of its languages."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Section
from reviewhub.web.structured_data import MOST_PEOPLE, Notice, Rating, as_script, canonical, highwire, json_ld, languages_of

ADDRESS = "https://reviewhub.example/papers/17"


UNIVERSITY = Affiliation("A University", "03yrm5c26")


def paper(**more: object) -> PaperRecord:
    known = {
        "title": "CO<sub>2</sub> in mice", "type": "review", "language": "en",
        "titles": {"en": "CO<sub>2</sub> in mice", "zh": "小鼠与二氧化碳"}, "journal": Journal("Journal of Mice", "J Mice", ["0028-0836"]),
        "volume": "12", "issue": "3", "pages": "45-67", "published": "2023-04",
        "publisher": "A Press", "identifiers": {"doi": ["10.1234/abc"], "pmid": ["12345"], "arxiv": ["2301.01234"]},
        "authors": [
            Author("Jane Doe", "Doe", "Jane", orcid="0000-0002-1825-0097", email="jane@secret.example", affiliations=[UNIVERSITY]),
            Author("Mice Group", is_group=True),
        ],
        "keywords": [Keyword("mice")],
        "abstracts": {"en": [Section("Mice breathe.")]}, "licence": "https://creativecommons.org/licenses/by/4.0/",
        "full_text_url": "https://example.org/paper.pdf", "funding": [Funding("A Fund", "10.13039/501100001809", "", ["G1", "G2"])],
    }  # fmt: skip
    return PaperRecord("hand", **{**known, **more})  # type: ignore[arg-type]


class Scripts(HTMLParser):
    """Collects what stands inside the script elements of a page, as a browser would cut it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.inside += data


def test_the_work_is_described_with_its_people_places_and_numbers() -> None:
    found = json_ld(paper(), ADDRESS)
    assert found["@type"] == "ScholarlyArticle"
    assert found["name"] == "CO₂ in mice"
    assert found["alternateName"] == ["小鼠与二氧化碳"]
    assert found["author"] == [
        {
            "@type": "Person", "name": "Jane Doe", "familyName": "Doe", "givenName": "Jane", "sameAs": "https://orcid.org/0000-0002-1825-0097",
            "affiliation": [{"@type": "Organization", "name": "A University", "sameAs": "https://ror.org/03yrm5c26"}],
        },
        {"@type": "Organization", "name": "Mice Group"},
    ]  # fmt: skip
    assert found["isPartOf"] == {
        "@type": "PublicationIssue", "issueNumber": "3",
        "isPartOf": {"@type": "PublicationVolume", "volumeNumber": "12", "isPartOf": {"@type": "Periodical", "name": "Journal of Mice", "issn": ["0028-0836"]}},
    }  # fmt: skip
    assert found["sameAs"] == ["https://doi.org/10.1234/abc", "https://pubmed.ncbi.nlm.nih.gov/12345/", "https://arxiv.org/abs/2301.01234"]
    assert [grant["identifier"] for grant in found["funding"]] == ["G1", "G2"]
    assert found["funder"] == [{"@type": "Organization", "name": "A Fund", "sameAs": "https://doi.org/10.13039/501100001809"}]
    assert (found["datePublished"], found["pageStart"], found["pageEnd"], found["inLanguage"]) == ("2023-04", "45", "67", "en")


def test_what_is_not_known_is_not_there() -> None:
    assert json_ld(PaperRecord("hand", title="Alone"), ADDRESS) == {
        "@context": "https://schema.org", "@type": "CreativeWork", "@id": ADDRESS, "url": ADDRESS, "name": "Alone", "headline": "Alone", "genre": "other",
    }  # fmt: skip


def test_no_mail_address_is_told() -> None:
    assert "secret.example" not in json.dumps(json_ld(paper(), ADDRESS))
    assert "secret.example" not in str(highwire(paper(), ADDRESS))


def test_only_an_established_score_is_told() -> None:
    assert "aggregateRating" not in json_ld(paper(), ADDRESS)
    assert "aggregateRating" not in json_ld(paper(), ADDRESS, rating=Rating(4.5, 4, is_established=False))
    found = json_ld(paper(), ADDRESS, rating=Rating(4.256, 7, is_established=True))
    assert found["aggregateRating"] == {"@type": "AggregateRating", "ratingValue": 4.26, "bestRating": 5, "worstRating": 0.5, "ratingCount": 7}


def test_a_retraction_and_a_correction_are_told() -> None:
    found = json_ld(paper(), ADDRESS, notices=[Notice("retracts", "https://reviewhub.example/papers/18"), Notice("corrects")])
    assert found["creativeWorkStatus"] == "Retracted"
    assert found["correction"] == ["https://reviewhub.example/papers/18"]
    assert "creativeWorkStatus" not in json_ld(paper(), ADDRESS, notices=[Notice("corrects")])


@given(st.text(alphabet="</script>!-&\u2028\u2029\"'\\ab中", max_size=40))
def test_no_text_can_end_the_script_element(odd: str) -> None:
    described = json_ld(paper(publisher=f"x{odd}</script><script>alert(1)</script>"), ADDRESS)
    reader = Scripts()
    reader.feed(f'<script type="application/ld+json">{as_script(described)}</script>')
    reader.close()
    assert reader.tags == ["script"]
    assert json.loads(reader.inside) == described


def test_thousands_of_authors_do_not_outweigh_the_page() -> None:
    crowd = paper(authors=[Author(f"Given Name{n}", f"Name{n}", "Given") for n in range(3_000)])
    assert len(json_ld(crowd, ADDRESS)["author"]) == MOST_PEOPLE
    assert sum(name == "citation_author" for name, _ in highwire(crowd, ADDRESS)) == MOST_PEOPLE


def test_citation_tags_stand_in_the_order_readers_expect() -> None:
    tags = highwire(paper(), ADDRESS)
    assert tags[:5] == [
        ("citation_title", "CO₂ in mice"), ("citation_author", "Jane Doe"), ("citation_author_institution", "A University"),
        ("citation_author_orcid", "https://orcid.org/0000-0002-1825-0097"), ("citation_author", "Mice Group"),
    ]  # fmt: skip
    found = dict(tags)
    assert found["citation_publication_date"] == "2023/04"
    assert found["citation_journal_title"] == "Journal of Mice"
    assert (found["citation_firstpage"], found["citation_lastpage"]) == ("45", "67")
    assert (found["citation_doi"], found["citation_pmid"], found["citation_issn"]) == ("10.1234/abc", "12345", "0028-0836")
    assert found["citation_pdf_url"] == "https://example.org/paper.pdf"
    assert found["citation_abstract_html_url"] == ADDRESS


def test_a_full_text_that_is_no_pdf_is_not_called_one() -> None:
    names = {name for name, _ in highwire(paper(full_text_url="https://example.org/paper"), ADDRESS)}
    assert "citation_fulltext_html_url" in names
    assert "citation_pdf_url" not in names


def test_a_conference_paper_names_its_conference_and_a_thesis_its_school() -> None:
    assert dict(highwire(paper(type="conference-paper"), ADDRESS))["citation_conference_title"] == "Journal of Mice"
    assert dict(highwire(paper(type="thesis"), ADDRESS))["citation_dissertation_institution"] == "A Press"


def test_every_page_has_an_address_in_each_language() -> None:
    site = "https://reviewhub.example"
    assert languages_of(site, "/papers/17") == [("en", f"{site}/papers/17"), ("zh-Hans", f"{site}/zh/papers/17"), ("x-default", f"{site}/papers/17")]
    assert canonical(site, "/papers/17", "zh") == f"{site}/zh/papers/17"
    assert canonical(site, "/", "en") == f"{site}/"
