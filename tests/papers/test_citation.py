"""Citing a paper: files for reference managers, and references written out in the usual styles."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewhub.papers.citation import FORMATS, STYLES, bibtex, citation_key, csl_json, ris
from reviewhub.papers.citation.latex import escaped, from_markup
from reviewhub.papers.citation.people import initials
from reviewhub.papers.citation.tree import as_html, as_words
from reviewhub.papers.names import read_name
from reviewhub.papers.record import Author, Journal, Keyword, PaperRecord, Section

ADDRESS = "https://reviewhub.example/papers/17"


def person(printed: str, **more: object) -> Author:
    name = read_name(printed)
    assert name is not None
    return Author(name.name, name.family, name.given, name.suffix, name.other_name, **more)  # type: ignore[arg-type]


def people(n: int) -> list[Author]:
    return [person(f"Name{letter}, Given") for letter in (chr(97 + i % 26) * (1 + i // 26) for i in range(n))]


def article(**more: object) -> PaperRecord:
    known = {
        "title": "Sleep and memory in mice", "type": "article", "language": "en",
        "journal": Journal("Journal of Sleep", "J Sleep", ["0028-0836"]),
        "volume": "12", "issue": "3", "pages": "45-67", "published": "2023-04-05", "publisher": "A Press",
        "identifiers": {"doi": ["10.1234/abc_d"], "pmid": ["12345"]}, "authors": [person("Doe, Jane Q.")],
    }  # fmt: skip
    return PaperRecord("hand", **{**known, **more})  # type: ignore[arg-type]


def chinese(**more: object) -> PaperRecord:
    known = {
        "title": "运动对卒中后疼痛的影响", "language": "zh", "journal": Journal("康复研究"),
        "volume": "38", "issue": "2", "pages": "201-206", "published": "2023",
        "identifiers": {}, "publisher": "", "authors": [person("王小明"), person("欧阳修")],
    }  # fmt: skip
    return article(**{**known, **more})


def field(entry: str, name: str) -> str:
    match = re.search(rf"^  {name} = (?:\{{(.*)\}}|(\w+)),?$", entry, re.MULTILINE)
    assert match, f"no field {name} in {entry}"
    return match[1] if match[1] is not None else match[2]


def written(style: str, record: PaperRecord) -> str:
    return STYLES[style].write(record)


class TestBibtex:
    def test_an_article_is_an_entry_with_its_fields(self) -> None:
        entry = bibtex(article(), "17", ADDRESS)
        assert entry.startswith("@article{doe2023-17,\n")
        assert entry.endswith("\n}\n")
        assert field(entry, "author") == "Doe, Jane Q."
        assert field(entry, "journal") == "Journal of Sleep"
        assert (field(entry, "year"), field(entry, "month"), field(entry, "day")) == ("2023", "apr", "5")
        assert field(entry, "pages") == "45--67"
        assert field(entry, "doi") == "10.1234/abc_d", "a DOI is taken letter by letter and must not be escaped"
        assert field(entry, "url") == ADDRESS

    @pytest.mark.parametrize(
        ("kind", "entry", "place"),
        [
            ("conference-paper", "inproceedings", "booktitle"),
            ("book-chapter", "incollection", "booktitle"),
            ("review", "article", "journal"),
            ("thesis", "phdthesis", "series"),
        ],
    )
    def test_the_kind_of_entry_follows_the_type(self, kind: str, entry: str, place: str) -> None:
        text = bibtex(article(type=kind), "1", ADDRESS)
        assert text.startswith(f"@{entry}{{")
        assert field(text, place) == "Journal of Sleep"

    def test_a_preprint_gives_its_arxiv_number(self) -> None:
        text = bibtex(article(type="preprint", identifiers={"arxiv": ["2301.01234"]}, journal=Journal()), "1", ADDRESS)
        assert field(text, "eprint") == "2301.01234"
        assert field(text, "archiveprefix") == "arXiv"

    def test_the_key_is_ascii_and_tells_papers_of_one_author_and_year_apart(self) -> None:
        assert citation_key(article(authors=[person("Müller-Lüdenscheidt, Änne")]), "4") == "mullerludenscheidt2023-4"
        assert citation_key(chinese(), "5") == "paper2023-5"
        assert citation_key(chinese(authors=[person("王小明 (Wang Xiaoming)")]), "5") == "wangxiaoming2023-5"
        assert citation_key(article(authors=[], published=""), "6") == "paper-6"

    def test_chinese_stays_as_it_is(self) -> None:
        entry = bibtex(chinese(), "1", ADDRESS)
        assert field(entry, "title") == "运动对卒中后疼痛的影响"
        assert field(entry, "author") == "王, 小明 and 欧阳, 修"

    def test_a_group_is_kept_in_one_piece(self) -> None:
        entry = bibtex(article(authors=[Author("Centers for Disease Control and Prevention", is_group=True), person("Doe, Jane")]), "1", ADDRESS)
        assert field(entry, "author") == "{Centers for Disease Control and Prevention} and Doe, Jane"

    def test_a_name_with_a_comma_or_an_and_in_it_is_not_cut_there(self) -> None:
        entry = bibtex(article(authors=[Author("Smith and Sons", "Smith and Sons", "A, B")]), "1", ADDRESS)
        assert field(entry, "author") == "{Smith and Sons}, {A, B}"

    def test_capitals_that_matter_are_guarded(self) -> None:
        sentence, capitals = (bibtex(article(title=title), "1", ADDRESS) for title in ("Binding of mRNA in Drosophila by DNA", "The Art of Programming"))
        assert field(sentence, "title") == "Binding of {mRNA} in {Drosophila} by {DNA}"
        assert field(capitals, "title") == "The Art of Programming"

    def test_markup_and_formulas_become_latex(self) -> None:
        title = "CO<sub>2</sub> and <i>E. coli</i> &amp; <math><msup><mi>x</mi><mn>2</mn></msup><mo>≤</mo><mfrac><mn>1</mn><mi>α</mi></mfrac></math>"
        assert from_markup(title) == r"CO\textsubscript{2} and \textit{E. coli} \& $x^{2}\leq \frac{1}{\alpha}$"

    @given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs"]), max_size=60))
    def test_no_text_breaks_out_of_its_field(self, text: str) -> None:
        tex = escaped(text)
        depth = 0
        for sign in tex:
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0, "a brace closes what it did not open"
        assert depth == 0
        bare = re.sub(r"\\[&$#%_]|\\[a-zA-Z]+\{\}", "", tex)
        assert not re.search(r"[\\$&#%_^]", bare), "a sign that TeX takes for a command is left bare"

    @given(st.sampled_from(["doi", "url"]), st.text(alphabet='ab{}\\%#"<> ~é', min_size=1, max_size=12))
    def test_no_address_breaks_out_of_its_field(self, kind: str, odd: str) -> None:
        value = f"10.1234/{odd}" if kind == "doi" else f"https://example.org/{odd}"
        found = field(bibtex(article(identifiers={kind: [value]}), "1", ADDRESS), kind)
        assert not re.search(r"[{}\\\s]", found)


class TestRis:
    def test_an_article_is_a_reference_with_its_tags(self) -> None:
        lines = ris(article(), "17", ADDRESS).split("\r\n")
        assert lines[0] == "TY  - JOUR"
        assert lines[-2:] == ["ER  - ", ""]
        for line in ("TI  - Sleep and memory in mice", "AU  - Doe, Jane Q.", "T2  - Journal of Sleep", "PY  - 2023", "DA  - 2023/04/05/"):
            assert line in lines
        for line in ("SP  - 45", "EP  - 67", "DO  - 10.1234/abc_d", "SN  - 0028-0836", f"UR  - {ADDRESS}"):
            assert line in lines

    @given(st.text(max_size=80))
    def test_no_text_makes_a_line_of_its_own(self, text: str) -> None:
        title = f"x{text.replace('<', '').replace('&', '')}"
        record = article(title=title, abstracts={"en": [Section("a\n\nTY  - BOOK")]}, keywords=[Keyword(text)], volume=text)
        lines = ris(record, "1", ADDRESS).splitlines()
        assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)
        assert sum(line.startswith("TY") for line in lines) == 1

    def test_raised_figures_keep_their_meaning(self) -> None:
        text = ris(article(title="10<sup>6</sup> cells in CO<sub>2</sub>"), "1", ADDRESS)
        assert "TI  - 10⁶ cells in CO₂\r\n" in text


class TestCslJson:
    def test_an_article_is_an_item_with_its_fields(self) -> None:
        (item,) = json.loads(csl_json(article(keywords=[Keyword("sleep"), Keyword("mice")]), "17", ADDRESS))
        assert item["type"] == "article-journal"
        assert item["author"] == [{"family": "Doe", "given": "Jane Q."}]
        assert item["issued"] == {"date-parts": [[2023, 4, 5]]}
        assert item["keyword"] == "sleep, mice"
        assert (item["DOI"], item["PMID"], item["page"]) == ("10.1234/abc_d", "12345", "45-67")

    def test_keywords_stand_once_the_authors_own_first(self) -> None:
        record = article(keywords=[Keyword("Sleep", "mesh"), Keyword("mice"), Keyword("sleep"), Keyword("Pain, Postoperative", "mesh"), Keyword("mice")])
        (item,) = json.loads(csl_json(record, "1", ADDRESS))
        assert item["keyword"] == "mice; sleep; Pain, Postoperative"

    def test_a_group_and_a_name_in_one_piece_are_literal(self) -> None:
        (item,) = json.loads(csl_json(article(authors=[Author("WHO", is_group=True), Author("Sukarno")]), "1", ADDRESS))
        assert item["author"] == [{"literal": "WHO"}, {"literal": "Sukarno"}]

    def test_what_is_not_known_is_not_there(self) -> None:
        (item,) = json.loads(csl_json(PaperRecord("hand", title="Alone"), "1", ADDRESS))
        assert item == {"id": "1", "type": "document", "title": "Alone", "URL": ADDRESS}


@pytest.mark.parametrize("name", FORMATS)
def test_no_mail_address_is_ever_exported(name: str) -> None:
    record = article(authors=[person("Doe, Jane", email="jane@secret.example", is_corresponding=True), person("王小明", email="wang@secret.example")])
    text = FORMATS[name].write(record, "1", ADDRESS)
    assert "Doe" in text
    assert "secret.example" not in text


class TestStyles:
    def test_one_author(self) -> None:
        assert written("gb-t-7714", article()) == "DOE J Q. Sleep and memory in mice[J]. Journal of Sleep, 2023, 12(3): 45-67. DOI:10.1234/abc_d."
        assert written("apa", article()) == (
            "Doe, J. Q. (2023). Sleep and memory in mice. <i>Journal of Sleep</i>, <i>12</i>(3), 45–67. https://doi.org/10.1234/abc_d"
        )
        assert written("mla", article()) == (
            "Doe, Jane Q. “Sleep and memory in mice.” <i>Journal of Sleep</i>, vol. 12, no. 3, 2023, pp. 45–67, https://doi.org/10.1234/abc_d."
        )
        assert written("chicago", article()) == (
            "Doe, Jane Q. “Sleep and memory in mice.” <i>Journal of Sleep</i> 12, no. 3 (2023): 45–67. https://doi.org/10.1234/abc_d."
        )
        assert written("ieee", article()) == "J. Q. Doe, “Sleep and memory in mice,” <i>J Sleep</i>, vol. 12, no. 3, pp. 45–67, Apr. 2023, doi: 10.1234/abc_d."

    def test_three_authors(self) -> None:
        record = article(authors=[person("Doe, Jane"), person("Roe, Jean-Paul"), person("van den Berg, Jan")])
        assert written("gb-t-7714", record).startswith("DOE J, ROE J P, VAN DEN BERG J. Sleep")
        assert written("apa", record).startswith("Doe, J., Roe, J.-P., &amp; van den Berg, J. (2023).")
        assert written("mla", record).startswith("Doe, Jane, et al. “Sleep")
        assert written("chicago", record).startswith("Doe, Jane, Jean-Paul Roe, and Jan van den Berg. “Sleep")
        assert written("ieee", record).startswith("J. Doe, J.-P. Roe, and J. van den Berg, “Sleep")

    def test_seven_authors(self) -> None:
        record = article(authors=people(7))
        assert written("gb-t-7714", record).startswith("NAMEA G, NAMEB G, NAMEC G, et al. Sleep")
        assert "Namef, G., &amp; Nameg, G. (2023)" in written("apa", record)
        assert written("mla", record).startswith("Namea, Given, et al. ")
        assert "Given Namef, and Given Nameg. “" in written("chicago", record)
        assert written("ieee", record).startswith("G. Namea et al., “Sleep")

    def test_three_hundred_authors(self) -> None:
        record = article(authors=people(300))
        assert written("gb-t-7714", record).count("NAME") == 3
        apa = written("apa", record)
        assert apa.count("Name") == 20
        last = record.authors[-1].family
        assert f", … {last}, G. (2023)." in apa
        assert written("chicago", record).count("Name") == 7
        assert "Given Nameg, et al. “" in written("chicago", record)
        assert written("mla", record).count("Name") == written("ieee", record).count("Name") == 1

    def test_chinese_names_are_whole_and_family_name_first(self) -> None:
        assert written("gb-t-7714", chinese()) == "王小明, 欧阳修. 运动对卒中后疼痛的影响[J]. 康复研究, 2023, 38(2): 201-206."
        assert written("apa", chinese()).startswith("王小明, &amp; 欧阳修. (2023).")
        assert written("mla", chinese()).startswith("王小明, and 欧阳修. “运动")
        assert written("ieee", chinese()).startswith("王小明 and 欧阳修, “运动")

    def test_more_than_three_chinese_authors_end_with_deng(self) -> None:
        record = chinese(authors=[person(name) for name in ("王小明", "李雷", "韩梅梅", "赵云")])
        assert written("gb-t-7714", record).startswith("王小明, 李雷, 韩梅梅, 等. ")

    def test_a_group_is_printed_as_it_is(self) -> None:
        record = article(authors=[Author("World Health Organization", is_group=True)])
        for style in STYLES:
            assert "World Health Organization" in written(style, record)

    def test_a_book_stands_in_italics_by_itself(self) -> None:
        book = PaperRecord("hand", title="The Art of Things", type="book", publisher="A Press", published="1968", authors=[person("Knuth, Donald E.")])
        assert written("gb-t-7714", book) == "KNUTH D E. The Art of Things[M]. A Press, 1968."
        assert written("apa", book) == "Knuth, D. E. (1968). <i>The Art of Things</i>. A Press."
        assert written("mla", book) == "Knuth, Donald E. <i>The Art of Things</i>. A Press, 1968."
        assert written("chicago", book) == "Knuth, Donald E. <i>The Art of Things</i>. A Press, 1968."
        assert written("ieee", book) == "D. E. Knuth, <i>The Art of Things</i>, A Press, 1968."

    def test_a_conference_paper_names_its_proceedings(self) -> None:
        paper = article(type="conference-paper", journal=Journal("Proceedings of Things"), volume="", issue="", identifiers={})
        assert written("gb-t-7714", paper) == "DOE J Q. Sleep and memory in mice[C]//Proceedings of Things. A Press, 2023: 45-67."
        assert "In <i>Proceedings of Things</i> (pp. 45–67). A Press." in written("apa", paper)
        assert "“Sleep and memory in mice,” in <i>Proceedings of Things</i>, A Press, pp. 45–67, Apr. 2023." in written("ieee", paper)

    def test_without_author_or_date_nothing_is_made_up(self) -> None:
        bare = PaperRecord("hand", title="Alone")
        assert written("apa", bare) == "<i>Alone</i>. (n.d.)."
        assert written("gb-t-7714", bare) == "Alone[Z]."
        assert written("mla", bare) == written("chicago", bare) == "<i>Alone</i>."
        assert written("ieee", bare) == "<i>Alone</i>."

    @pytest.mark.parametrize("style", STYLES)
    @settings(max_examples=60)
    @given(text=st.text(max_size=40))
    def test_any_text_gives_safe_html(self, style: str, text: str) -> None:
        author = Author(text or "x", text, text)
        title = "t &lt;b&gt; <b onclick=x>y</b>"
        found = written(style, article(title=title, authors=[author, author], journal=Journal(text, text), volume=text, pages=text, publisher=text))
        assert not re.search(r"<(?!/?(?:i|sub|sup)>)", found)
        assert "&lt;b&gt;" in found


@pytest.mark.parametrize(
    ("given_name", "short"), [("Jean-Paul Q.", "J.-P. Q."), ("JA", "J. A."), ("J.A.", "J. A."), ("Xiaoming", "X."), ("", ""), ("-", ""), ("Ögmundur", "Ö.")]
)
def test_given_names_are_shortened_part_by_part(given_name: str, short: str) -> None:
    assert initials(given_name) == short


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("10<sup>6</sup>", "10⁶"), ("x<sup>1/2</sup>", "x^(1/2)"), ("La<sub>0.7</sub>", "La0.7"), ("Name<sup>TM</sup>", "NameTM"), ("a &lt; b &amp; c", "a < b & c"),
        ("<math><msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt></math>", "√(a+b)"),
        ("<math><semantics><msub><mi>x</mi><mi>max</mi></msub><annotation>x_{max}</annotation></semantics></math>", "x" + "ₘₐₓ"),
    ],
)  # fmt: skip
def test_markup_becomes_words_that_say_the_same(markup: str, words: str) -> None:
    assert as_words(markup) == words


@given(st.text(alphabet="<>/&;abisupmath x\"'", max_size=60))
def test_any_markup_at_all_is_read(markup: str) -> None:
    assert not re.search(r"<(?!/?su[bp]>)", as_html(markup))
    assert isinstance(as_words(markup), str)
    assert isinstance(from_markup(markup), str)
