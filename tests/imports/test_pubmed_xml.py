"""PubMed citations say everything the record can hold."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.pubmed_xml import read
from reviewhub.imports.reading import Read, UnreadableFile, open_plain
from reviewhub.papers.record import Affiliation, Funding, Keyword, PaperRecord, Reference, Relation
from reviewhub.papers.rules import MAX_ABSTRACT_CHARS

ARTICLE = """
<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
<PMID Version="1">12345</PMID>
<DateRevised><Year>2021</Year><Month>03</Month><Day>09</Day></DateRevised>
<Article PubModel="Print-Electronic">
 <Journal><ISSN IssnType="Electronic">2049-3630</ISSN>
  <JournalIssue CitedMedium="Internet"><Volume>12</Volume><Issue>3</Issue><PubDate><Year>2020</Year><Month>Dec</Month></PubDate></JournalIssue>
  <Title>Journal of invented  results</Title><ISOAbbreviation>J Invent Res</ISOAbbreviation></Journal>
 <ArticleTitle>Growth of <i>E. coli</i> in H<sub>2</sub>O at p&lt;0.05.</ArticleTitle>
 <Pagination><StartPage>2278</StartPage><EndPage>2288</EndPage><MedlinePgn>2278-88</MedlinePgn></Pagination>
 <ELocationID EIdType="doi" ValidYN="Y">10.1234/ABC.5</ELocationID>
 <Abstract>
  <AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">We <b>ask</b>.</AbstractText>
  <AbstractText Label="RESULTS">Of <mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mi></mml:math> we know.</AbstractText>
  <CopyrightInformation>© 2020 The Authors. CC BY-NC 4.0</CopyrightInformation></Abstract>
 <AuthorList CompleteYN="Y">
  <Author ValidYN="Y" EqualContrib="Y"><LastName>Doe</LastName><ForeName>Jane Q</ForeName><Initials>JQ</Initials><Suffix>Jr</Suffix>
   <Identifier Source="ORCID">http://orcid.org/0000000218250097</Identifier>
   <AffiliationInfo><Affiliation>Institute of Things, Uni, Town, USA. Electronic address: jane@example.org.</Affiliation>
    <Identifier Source="ROR">https://ror.org/02k7v4d05</Identifier></AffiliationInfo>
   <AffiliationInfo><Affiliation>Second Institute, Town.</Affiliation></AffiliationInfo></Author>
  <Author ValidYN="N"><LastName>Dow</LastName><ForeName>Jane</ForeName></Author>
  <Author ValidYN="Y"><LastName>Wang</LastName><Initials>XM</Initials><Identifier Source="ORCID">0000-0002-1825-0098</Identifier></Author>
  <Author ValidYN="Y"><CollectiveName>The  Study Group</CollectiveName></Author></AuthorList>
 <Language>eng</Language>
 <GrantList CompleteYN="Y">
  <Grant><GrantID>R01 1</GrantID><Acronym>GM</Acronym><Agency>NIGMS NIH HHS</Agency><Country>United States</Country></Grant>
  <Grant><GrantID>X9</GrantID><Agency>Wellcome Trust</Agency><Country>United Kingdom</Country></Grant>
  <Grant><GrantID>R01 2</GrantID><Agency>NIGMS NIH HHS</Agency><Country>United States</Country></Grant></GrantList>
 <PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType>
  <PublicationType UI="D017418">Meta-Analysis</PublicationType><PublicationType UI="D016454">Review</PublicationType></PublicationTypeList>
 <ArticleDate DateType="Electronic"><Year>2020</Year><Month>11</Month><Day>05</Day></ArticleDate>
</Article>
<MedlineJournalInfo><MedlineTA>J Invent Res</MedlineTA><ISSNLinking>0317-8471</ISSNLinking></MedlineJournalInfo>
<CommentsCorrectionsList>
 <CommentsCorrections RefType="RetractionIn"><RefSource>J Invent Res. 2022 Jan 5;14(1):9. doi: 10.1234/ret.1.</RefSource><PMID Version="1">777</PMID></CommentsCorrections>
 <CommentsCorrections RefType="CommentOn"><RefSource>Old J. 1999;1:1</RefSource><PMID>888</PMID></CommentsCorrections>
 <CommentsCorrections RefType="UpdateOf"><RefSource>bioRxiv. 2020 Jan 02:2020.01.01.1. doi: 10.1101/2020.01.01.1</RefSource></CommentsCorrections>
 <CommentsCorrections RefType="Cites"><RefSource>Seen elsewhere. 1990</RefSource><PMID>999</PMID></CommentsCorrections></CommentsCorrectionsList>
<MeshHeadingList>
 <MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Water</DescriptorName><QualifierName MajorTopicYN="Y">chemistry</QualifierName><QualifierName MajorTopicYN="N">analysis</QualifierName></MeshHeading>
 <MeshHeading><DescriptorName UI="D2" MajorTopicYN="Y">Growth</DescriptorName></MeshHeading></MeshHeadingList>
<OtherAbstract Type="Publisher" Language="chi"><AbstractText>我们发现了什么。</AbstractText></OtherAbstract>
<OtherAbstract Type="plain-language-summary" Language="eng"><AbstractText>In plain words.</AbstractText></OtherAbstract>
<KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">cold water</Keyword><Keyword MajorTopicYN="N">Cold Water</Keyword></KeywordList>
<KeywordList Owner="KIE"><Keyword MajorTopicYN="Y">Bioethics</Keyword></KeywordList>
</MedlineCitation>
<PubmedData><PublicationStatus>ppublish</PublicationStatus>
<ArticleIdList><ArticleId IdType="pubmed">12345</ArticleId><ArticleId IdType="pmc">PMC42</ArticleId><ArticleId IdType="doi">10.1234/abc.5</ArticleId></ArticleIdList>
<ReferenceList><Reference><Citation>Someone. A paper. 2001.</Citation><ArticleIdList><ArticleId IdType="doi">10.1234/Y</ArticleId><ArticleId IdType="pubmed">55</ArticleId></ArticleIdList></Reference></ReferenceList>
</PubmedData></PubmedArticle>"""


def reads(*articles: str) -> list[Read]:
    return list(read(io.BytesIO(f"<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>".encode())))


def one(article: str = ARTICLE) -> PaperRecord:
    [found] = reads(article)
    assert found.record is not None, found.reason
    return found.record


def changed(old: str, new: str) -> PaperRecord:
    assert old in ARTICLE
    return one(ARTICLE.replace(old, new))


def minimal(inner: str, *, around: str = "", title: str = "A title.") -> PaperRecord:
    return one(
        f"<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>{title}</ArticleTitle>{inner}</Article>{around}</MedlineCitation></PubmedArticle>"
    )


def test_the_facts_of_an_article_are_read() -> None:
    record = one()
    assert record.title == "Growth of <i>E. coli</i> in H<sub>2</sub>O at p&lt;0.05"
    assert record.titles == {"en": record.title}
    assert (record.source, record.source_key, record.revised) == ("pubmed", "pmid:12345", "2021-03-09")
    assert record.identifiers == {"pmid": ["12345"], "doi": ["10.1234/abc.5"], "pmcid": ["PMC42"]}
    assert (record.journal.name, record.journal.abbreviation) == ("Journal of invented results", "J Invent Res")
    assert record.journal.issns == ["2049-3630", "0317-8471"]
    assert (record.volume, record.issue, record.pages) == ("12", "3", "2278-2288")
    assert (record.published, record.published_label) == ("2020-12", "")
    assert (record.type, record.language) == ("meta-analysis", "en")
    assert record.licence == "https://creativecommons.org/licenses/by-nc/4.0/"
    assert record.full_text_url == "https://pmc.ncbi.nlm.nih.gov/articles/PMC42/"


def test_abstracts_keep_sections_formulas_and_languages() -> None:
    abstracts = {language: [(s.label, s.html) for s in sections] for language, sections in one().abstracts.items()}
    assert abstracts == {
        "en": [("BACKGROUND", "We <b>ask</b>."), ("RESULTS", "Of <math><mi>x</mi></math> we know."), ("Plain language summary", "In plain words.")],
        "zh": [("", "我们发现了什么。")],
    }


def test_authors_keep_their_order_marks_and_affiliations() -> None:
    record = one()
    jane, wang, group = record.authors
    assert (jane.name, jane.family, jane.given, jane.suffix) == ("Jane Q Doe Jr", "Doe", "Jane Q", "Jr")
    assert jane.orcid == "0000-0002-1825-0097"
    assert jane.is_equal
    assert jane.affiliations == [Affiliation("Institute of Things, Uni, Town, USA", "02k7v4d05"), Affiliation("Second Institute, Town")]
    assert (wang.name, wang.given, wang.orcid) == ("X M Wang", "X M", "")
    assert (group.name, group.is_group, group.family) == ("The Study Group", True, "")
    assert [str(remark) for remark in record.remarks] == ["0000-0002-1825-0098 is not a valid ORCID iD; left out"]


def test_mail_addresses_are_kept_apart_from_what_is_shown() -> None:
    record = one()
    assert record.authors[0].email == "jane@example.org"
    record.authors[0].email = ""
    assert "@" not in str(record.to_json())


def test_author_keywords_mesh_headings_and_subjects_are_told_apart() -> None:
    assert one().keywords == [
        Keyword("cold water", "author"),
        Keyword("Water", "mesh", "chemistry", is_major=True),
        Keyword("Water", "mesh", "analysis"),
        Keyword("Growth", "mesh", is_major=True),
        Keyword("Bioethics", "subject"),
    ]


def test_grants_are_gathered_by_funder() -> None:
    assert one().funding == [Funding("NIGMS NIH HHS", awards=["R01 1", "R01 2"]), Funding("Wellcome Trust", awards=["X9"])]


def test_relations_read_in_the_right_direction() -> None:
    retraction, comment, preprint = one().relations
    assert retraction == Relation("retracts", False, "10.1234/ret.1", "777", on="2022-01-05", note="J Invent Res. 2022 Jan 5;14(1):9. doi: 10.1234/ret.1.")
    assert (comment.kind, comment.is_from, comment.pmid, comment.on) == ("comments-on", True, "888", "1999")
    assert (preprint.kind, preprint.is_from, preprint.doi) == ("is-preprint-of", False, "10.1101/2020.01.01.1")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("RetractionOf", ("retracts", True)), ("ErratumIn", ("corrects", False)), ("ErratumFor", ("corrects", True)),
        ("ExpressionOfConcernIn", ("expresses-concern-about", False)), ("PartialRetractionIn", ("corrects", False)), ("RepublishedFrom", ("republishes", True)),
    ],
)  # fmt: skip
def test_notices_are_told_with_their_direction(kind: str, expected: tuple[str, bool]) -> None:
    relation = changed('RefType="RetractionIn"', f'RefType="{kind}"').relations[0]
    assert (relation.kind, relation.is_from) == expected


def test_a_retracted_paper_is_told_even_without_its_notice() -> None:
    marked = minimal("<PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList>")
    assert [(r.kind, r.is_from) for r in marked.relations] == [("retracts", False)]
    both = changed("Meta-Analysis", "Retracted Publication")
    assert [r.pmid for r in both.relations if r.kind == "retracts"] == ["777"]


def test_the_list_of_references_goes_before_the_marks_of_who_cites_whom() -> None:
    assert one().references == [Reference("Someone. A paper. 2001.", "10.1234/y", "55")]
    assert one(ARTICLE[: ARTICLE.index("<ReferenceList>")] + "</PubmedData></PubmedArticle>").references == [Reference("Seen elsewhere. 1990", "", "999")]


@pytest.mark.parametrize(
    ("title", "vernacular", "language", "main", "titles"),
    [
        ("[The heat of things].", "Über die Wärme.", "ger", "Über die Wärme", {"en": "The heat of things", "de": "Über die Wärme"}),
        ("[The heat of things].", "", "ger", "The heat of things", {"en": "The heat of things"}),
        ("", "Über die Wärme.", "ger", "Über die Wärme", {"de": "Über die Wärme"}),
        ("[Not Available].", "物之热。", "chi", "物之热。", {"zh": "物之热。"}),
        ("The heat of things.", "Über die Wärme.", "ger", "Über die Wärme", {"en": "The heat of things", "de": "Über die Wärme"}),
        ("[18F]-FDG uptake [in mice].", "", "eng", "[18F]-FDG uptake [in mice]", {"en": "[18F]-FDG uptake [in mice]"}),
        ("And so on...", "", "eng", "And so on...", {"en": "And so on..."}),
        ("Is it so?", "", "eng", "Is it so?", {"en": "Is it so?"}),
    ],
)
def test_titles_stand_under_their_language(title: str, vernacular: str, language: str, main: str, titles: dict[str, str]) -> None:
    record = minimal(f"<Language>{language}</Language><VernacularTitle>{vernacular}</VernacularTitle>", title=title)
    assert (record.title, record.titles) == (main, titles)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", ("1998-12", "1998 Dec-1999 Jan")),
        ("<Year>2023</Year><Season>Winter</Season>", ("2023", "2023 Winter")),
        ("<Year>2020</Year>", ("2020-11-05", "")),  # the day it went online is in the same year
        ("<Year>2021</Year>", ("2021", "")),
        ("<Year>0000</Year><Month>00</Month><Day>00</Day>", ("2020-11-05", "")),
        ("<Year>2021</Year><Month>Feb</Month><Day>31</Day>", ("2021-02", "")),
    ],
)
def test_dates_are_read_as_far_as_they_go(date: str, expected: tuple[str, str]) -> None:
    record = changed("<PubDate><Year>2020</Year><Month>Dec</Month></PubDate>", f"<PubDate>{date}</PubDate>")
    assert (record.published, record.published_label) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("101-7", "101-107"),
        ("e12", "e12"),
        ("H1270-80", "H1270-H1280"),
        ("99-101", "99-101"),
        ("449-62; quiz 463", "449-462; quiz 463"),
        ("715-725.e4", "715-725.e4"),
    ],
)
def test_shortened_page_ranges_are_written_out(printed: str, expected: str) -> None:
    assert changed("<MedlinePgn>2278-88</MedlinePgn>", f"<MedlinePgn>{printed}</MedlinePgn>").pages == expected


def test_an_article_number_stands_for_pages_where_there_are_none() -> None:
    assert minimal('<ELocationID EIdType="pii">e0123456</ELocationID>').pages == "e0123456"
    assert minimal('<ELocationID EIdType="pii">S0140-6736(20)30183-5</ELocationID>').pages == ""
    assert minimal('<ELocationID EIdType="pii">arXiv:2403.12345v2</ELocationID>').identifiers["arxiv"] == ["2403.12345"]


def test_a_doi_that_is_none_is_left_out_and_told() -> None:
    record = minimal('<ELocationID EIdType="doi">none given</ELocationID><ELocationID EIdType="doi" ValidYN="N">10.1234/wrong</ELocationID>')
    assert "doi" not in record.identifiers
    assert [str(remark) for remark in record.remarks] == ["none given is not a valid DOI; left out"]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["Journal Article"], "article"), (["Journal Article", "Case Reports", "Review"], "case-report"), (["Letter", "Comment"], "letter"),
        (["Published Erratum", "Journal Article"], "correction"), (["Preprint", "Journal Article"], "preprint"), ([], "article"), (["Portrait"], "other"),
        (["Randomized Controlled Trial", "Multicenter Study", "Journal Article"], "clinical-trial"),
    ],
)  # fmt: skip
def test_the_most_telling_publication_type_counts(types: list[str], expected: str) -> None:
    assert minimal(f"<PublicationTypeList>{''.join(f'<PublicationType>{t}</PublicationType>' for t in types)}</PublicationTypeList>").type == expected


BOOK = """<PubmedBookArticle><BookDocument><PMID>20</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK77</ArticleId></ArticleIdList>
<Book><Publisher><PublisherName>A Press</PublisherName></Publisher><BookTitle book="b">A Book</BookTitle><PubDate><Year>2010</Year></PubDate>
<AuthorList Type="editors"><Author><LastName>Ed</LastName><ForeName>Ann</ForeName></Author></AuthorList><Isbn>9780306406157</Isbn></Book>
<ArticleTitle book="b">A Chapter</ArticleTitle><Language>eng</Language>
<AuthorList Type="authors"><Author><LastName>Wri</LastName><ForeName>Ter</ForeName></Author></AuthorList>
<ContributionDate><Year>2012</Year><Month>05</Month></ContributionDate></BookDocument></PubmedBookArticle>"""


def test_a_chapter_names_its_book_and_both_kinds_of_makers() -> None:
    record = one(BOOK)
    assert (record.type, record.title, record.journal.name, record.publisher, record.published) == ("book-chapter", "A Chapter", "A Book", "A Press", "2012-05")
    assert [(a.name, a.role) for a in record.authors] == [("Ter Wri", "author"), ("Ann Ed", "editor")]
    assert record.identifiers == {"pmid": ["20"], "isbn": ["9780306406157"], "url": ["https://www.ncbi.nlm.nih.gov/books/NBK77/"]}
    assert record.full_text_url == "https://www.ncbi.nlm.nih.gov/books/NBK77/"


def test_a_book_without_chapter_is_a_book() -> None:
    record = one(BOOK.replace('<ArticleTitle book="b">A Chapter</ArticleTitle>', ""))
    assert (record.type, record.title, record.journal.name, record.published) == ("book", "A Book", "", "2010")


def test_citations_to_delete_are_not_deleted_but_told() -> None:
    last, *more = reads(ARTICLE, "<DeleteCitation><PMID>1</PMID><PMID>2</PMID></DeleteCitation>")
    assert not more
    assert last.record is not None
    assert "citations to be deleted (2)" in str(last.record.remarks[-1])


def test_places_are_named_by_number_and_pmid() -> None:
    found = reads(
        ARTICLE, "<PubmedArticle><MedlineCitation><PMID>9</PMID></MedlineCitation></PubmedArticle>", "<PubmedArticle><PMID>8</PMID><x></PubmedArticle>"
    )
    assert [(r.where, str(r.reason) if r.reason else "") for r in found][:2] == [("record 1 (PMID 12345)", ""), ("record 2 (PMID 9)", "no title")]
    assert found[2].where == "record 3 (PMID 8)"
    assert "broken XML" in str(found[2].reason)


def test_an_abstract_beyond_the_limit_is_refused_and_the_rest_read() -> None:
    long = ARTICLE.replace("We <b>ask</b>.", "x" * (MAX_ABSTRACT_CHARS + 1))
    huge = ARTICLE.replace("We <b>ask</b>.", "x" * 50_000_000)
    found = reads(long, huge, ARTICLE)
    assert [r.record is None for r in found] == [True, True, False]
    assert "abstract of" in str(found[0].reason)
    assert "more than 16 MB" in str(found[1].reason)


def test_three_thousand_authors_are_read_whole() -> None:
    authors = "".join(
        f"<Author ValidYN='Y'><LastName>Name{n}</LastName><ForeName>A</ForeName><AffiliationInfo><Affiliation>Uni {n}</Affiliation></AffiliationInfo></Author>"
        for n in range(3000)
    )
    record = minimal(f"<AuthorList>{authors}</AuthorList>")
    assert len(record.authors) == 3000
    assert record.authors[-1].affiliations == [Affiliation("Uni 2999")]


@given(
    st.lists(
        st.sampled_from(
            ["<PubmedArticleSet>", "</PubmedArticleSet>", ARTICLE, BOOK, ARTICLE[:900], ARTICLE[900:], "<DeleteCitation/>", "<PubmedArticle/>", "\x00", "<"]
        ),
        max_size=5,
    )
    | st.binary(max_size=200)
)
def test_any_bytes_at_all_give_records_reasons_or_an_unreadable_file(pieces: list[str] | bytes) -> None:
    raw = pieces if isinstance(pieces, bytes) else "".join(pieces).encode()
    try:
        for found in read(io.BytesIO(raw)):
            assert (found.record is None) == (found.reason is not None)
    except UnreadableFile:
        pass  # the other thing it may do


@given(
    st.sampled_from(["PMID", "ArticleTitle", "Year", "MedlinePgn", "AbstractText", "LastName", "Affiliation", "Identifier", "ISSN", "RefSource", "Language"]),
    st.text(max_size=40),
)
def test_any_text_in_any_place_is_read(element: str, text: str) -> None:
    inside = "".join(f"&#{ord(c)};" for c in text)
    start = ARTICLE.index(f"<{element}")
    begin = ARTICLE.index(">", start) + 1
    end = ARTICLE.index(f"</{element}>", begin)
    [found] = reads(ARTICLE[:begin] + inside + ARTICLE[end:])
    assert found.record is None or PaperRecord.from_json(found.record.to_json()).title == found.record.title


def test_every_real_file_is_read_and_every_reject_explained(shared_data: Path) -> None:
    n_records, rejects = 0, []
    for path in sorted((shared_data / "pubmed").glob("*.xml.gz")):
        with open_plain(path) as stream:
            for found in read(stream):
                if found.record is None:
                    rejects.append((path.name, str(found.reason)))
                    continue
                n_records += 1
                record = found.record
                assert record.title
                assert record.published
                assert record.identifier("pmid")
                assert not any("@" in affiliation.name for author in record.authors for affiliation in author.affiliations)
    assert n_records == 883
    assert rejects == [("metapub__pmid_xml_concat.xml.gz", "this document holds no record")]
