"""A reader types what they remember, and the paper stands first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reviewhub.config import Settings
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import Author, Journal
from reviewhub.papers.services import add_or_update
from reviewhub.search import services
from reviewhub.search.queries import Found, find

from .conftest import Add, record

Ask = Callable[..., Found]
Index = Callable[[], int]


def test_words_find_the_papers_that_have_them_all_in_any_form_and_order(add: Add, ask: Ask, index: Index) -> None:
    both = add("Genes of scoliosis", abstract="We sequenced families.")
    add("Scoliosis braces")
    add("Genes of the zebrafish")
    index()
    found = ask("sequencing scoliosis gene")
    assert (found.ids, found.total, found.relaxed) == ([both], 1, False)


def test_when_nothing_has_all_words_those_with_most_come_and_it_is_said(add: Add, ask: Ask, index: Index) -> None:
    most = add("Spinal curvature in adolescent twins")
    one = add("Twins raised apart")
    add("Ocean currents")
    index()
    found = ask("adolescent spinal twins xylophone")
    assert found.relaxed
    assert found.ids == [most, one]


def test_a_word_in_the_title_outweighs_one_in_the_abstract(add: Add, ask: Ask, index: Index) -> None:
    told = add("A study of joints", abstract="Concerning cartilage and other tissue of the knee.")
    titled = add("Cartilage and joints", abstract="Concerning other tissue of the knee and the hip.")
    index()
    assert ask("cartilage").ids == [titled, told]


def test_an_exact_title_comes_first_whatever_else_has_its_words(add: Add, ask: Ask, index: Index) -> None:
    for n in range(5):
        add(f"Attention and attention again: all you need, part {n}", abstract="attention is all you need " * 5, keywords=["attention"])
    exact = add("Attention is all you need")
    index()
    for typed in ("Attention is all you need", "attention is ALL you need.", "“Attention Is All You Need”"):
        assert ask(typed).ids[0] == exact, typed


def test_a_title_of_small_words_is_found(add: Add, ask: Ask, index: Index) -> None:
    add("What is it like to be a bat?")
    small = add("To be or not to be")
    index()
    assert ask("to be or not to be").ids[0] == small
    assert ask('"to be or not"').ids == [small]


def test_a_phrase_is_found_only_as_it_stands(add: Add, ask: Ask, index: Index) -> None:
    phrase = add("Mice", abstract="The immune response to infection.")
    add("Rats", abstract="A response of the immune system.")
    index()
    assert ask('"immune response"').ids == [phrase]
    assert ask('"response immune"').relaxed


def test_a_phrase_does_not_run_from_one_field_into_the_next(add: Add, ask: Ask, index: Index) -> None:
    add("The immune", abstract="Response of cells.", keywords=["alpha", "beta"])
    index()
    assert ask('"immune response"').relaxed
    assert ask('"alpha beta"').relaxed


def test_what_is_not_wanted_is_left_out(add: Add, ask: Ask, index: Index) -> None:
    kept = add("Asthma in children")
    add("Asthma in mice")
    index()
    assert ask("asthma -mouse -mice").ids == [kept]
    assert ask("-mice").ids == [kept]


def test_either_of_two_words_will_do(add: Add, ask: Ask, index: Index) -> None:
    a, b = add("Measles outbreak"), add("Mumps outbreak")
    add("Rubella outbreak")
    index()
    found = ask("measles OR mumps outbreak")
    assert sorted(found.ids) == [a, b]
    assert not found.relaxed


def test_a_beginning_finds_the_words_that_begin_so(add: Add, ask: Ask, index: Index) -> None:
    a, b = add("Immunotherapies"), add("Immunology primer")
    add("Imaging")
    index()
    assert sorted(ask("immun*").ids) == [a, b]
    assert ask("immunotherapies*").ids == [a]


@pytest.mark.parametrize("typed", ["脊柱侧凸", "“脊柱侧凸”", "侧凸 脊柱", "标题：脊柱侧凸", "青少年 侧凸"])
def test_chinese_words_and_phrases_find_the_paper(typed: str, add: Add, ask: Ask, index: Index) -> None:
    wanted = add("青少年特发性脊柱侧凸的基因研究", abstract="目的：探讨发病机制。")
    add("柱状图与侧面的凸显")
    index()
    found = ask(typed)
    assert found.ids == [wanted]
    assert not found.relaxed


def test_a_chinese_phrase_does_not_match_its_characters_apart(add: Add, ask: Ask, index: Index) -> None:
    add("基因和因果", abstract="因研而得")
    index()
    assert ask("“基因研究”").total == 0 or ask("“基因研究”").relaxed


def test_chinese_words_without_a_blank_between_find_the_paper_though_they_stand_apart_in_it(add: Add, ask: Ask, index: Index) -> None:
    wanted = add("青少年特发性脊柱侧凸的基因研究")
    add("少年文学")
    index()
    assert ask("青少年侧凸").ids[0] == wanted


def test_small_words_in_a_phrase_keep_their_place(add: Add, ask: Ask, index: Index) -> None:
    wanted = add("Review", abstract="The state of the art in bridges.")
    add("Other", abstract="State art schools. State for the art in bridges.")
    index()
    assert wanted in ask('"state of the art"').ids
    assert ask('"state art"').ids != [wanted]
    assert ask('"art in bridges"').total == 2


def test_one_character_is_a_query(add: Add, ask: Ask, index: Index) -> None:
    first, last, alone = add("癌症的治疗"), add("论肺癌"), add("癌")
    add("心脏病")
    index()
    assert sorted(ask("癌").ids) == [first, last, alone]
    assert ask("癌").ids[0] == alone


def test_traditional_phrases_in_mixed_script_are_found(add: Add, ask: Ask, index: Index) -> None:
    mixed = add("CD8+T细胞在肿瘤中的作用")
    index()
    assert ask("T细胞 肿瘤").ids == [mixed]
    assert ask("ＣＤ８　Ｔ细胞").ids == [mixed]


@pytest.mark.parametrize(
    "typed",
    [
        "author:yamada", 'author:"Hanako Yamada"', 'author:"Yamada, Hanako"', "author:“Yamada H”", "author:Yamada author:Hanako", "Hanako Yamada", "yamada hanako",
        'author:"Yamada HK"', "author:yam*", "作者：Yamada",
    ],
)  # fmt: skip
def test_an_author_is_found_with_the_names_in_either_order(typed: str, add: Add, ask: Ask, index: Index) -> None:
    hers = add("On bridges", authors=[Author("Ann Other", "Other", "Ann"), Author("Hanako K. Yamada", "Yamada", "Hanako K.")])
    add("On tunnels", authors=["Hans Meyer"], abstract="The Yamanote line.")
    index()
    assert ask(typed).ids == [hers]


def test_the_words_of_a_name_belong_to_one_person(add: Add, ask: Ask, index: Index) -> None:
    add("Two people", authors=[Author("Jane Roe", "Roe", "Jane"), Author("John Doe", "Doe", "John")])
    index()
    assert ask('author:"Jane Doe"').total == 0
    assert ask('author:"Doe J"').total == 1


@pytest.mark.parametrize("typed", ["王小明", "author:王小明", "作者：小明", "author:王", "author:Xiaoming", 'author:"Wang X"', "author:“Xiao-Ming Wang”"])
def test_a_chinese_author_is_found_by_either_name(typed: str, add: Add, ask: Ask, index: Index) -> None:
    his = add("桥梁研究", authors=[Author("王小明", "王", "小明", other_name="Xiao-Ming Wang"), Author("李四")])
    other = add("Bridges", authors=[Author("Xiaoming Wang", "Wang", "Xiaoming")])
    index()
    found = ask(typed).ids
    assert his in found or found == [other]
    assert found


def test_accents_and_apostrophes_do_not_matter_in_names(add: Add, ask: Ask, index: Index) -> None:
    paper = add("Names", authors=["Søren Kierkegård", "Conan O\u2019Brien", "José Núñez"])
    index()
    for typed in ("author:soren", "author:Kierkegard", "author:obrien", 'author:"O\'Brien"', "author:nunez", "author:NÚÑEZ"):
        assert ask(typed).ids == [paper], typed


def test_a_misspelt_author_is_not_quietly_dropped(add: Add, ask: Ask, index: Index) -> None:
    add("Bridges and tunnels", authors=["Hans Meyer"])
    index()
    assert ask("author:Nobody bridges tunnels").total == 0


def test_journals_and_keywords_are_found_by_their_fields(add: Add, ask: Ask, index: Index) -> None:
    paper = add("A title", journal=Journal("Annals of Imaginary Medicine", "Ann Imag Med", ["1234-5679"]), keywords=["Spinal fusion", "Bone"])
    add("Spinal fusion in annals")
    index()
    for typed in (
        "journal:imaginary",
        'journal:"Ann Imag Med"',
        "期刊：“annals of imaginary”",
        "keyword:bone",
        'keyword:"spinal fusion"',
        "1234-5679",
        "issn:1234-5679 title",
    ):
        assert ask(typed).ids == [paper], typed


def test_years_and_types_narrow(add: Add, ask: Ask, index: Index) -> None:
    old = add("Vaccines then", published="1999-05", type="review")
    new = add("Vaccines now", published="2021", type="article")
    undated = add("Vaccines some day")
    index()
    assert ask("vaccine year:..2000").ids == [old]
    assert ask("vaccine year:2020..2022").ids == [new]
    assert ask("vaccine type:review").ids == [old]
    assert sorted(ask("vaccine -type:review").ids) == [new, undated]
    assert ask("year:1999").ids == [old]
    assert ask("vaccine", year_from=2000).ids == [new]
    assert ask("vaccine", year_to=2000).ids == [old]
    assert ask("vaccine", year_from=1999, year_to=2021, type="article").ids == [new]
    assert ask("vaccine", year_from=2022, year_to=2000).total == 0
    assert ask("vaccine", year_from=-5, year_to=10**9).total == 2


def test_filters_narrow_to_a_journal_and_a_keyword(add: Add, ask: Ask, index: Index, database: Database) -> None:
    from reviewhub.papers.models import Paper

    here = add("Vaccines", journal=Journal("One"), keywords=["Herd immunity"])
    add("Vaccines again", journal=Journal("Two"))
    index()
    with database.read() as session:
        journal_id = session.get_one(Paper, here).journal_id
    assert ask("vaccine", journal_id=journal_id).ids == [here]
    assert ask("vaccine", keyword="herd-immunity").ids == [here]
    assert ask("", keyword="herd-immunity").ids == [here]
    assert ask("vaccine", journal_id=999_999).total == 0


def test_relaxing_keeps_to_the_filters_and_fields(add: Add, ask: Ask, index: Index) -> None:
    kept = add("Measles in Berlin", published="2001", authors=["Hans Meyer"])
    add("Measles in Paris", published="1990", authors=["Jane Roe"])
    index()
    assert ask("measles nowhere Berlin", year_from=2000).ids == [kept]
    found = ask("measles nowhere Berlin author:meyer -paris")
    assert (found.ids, found.relaxed) == ([kept], True)


def test_dates_order_when_asked_and_the_undated_come_last(add: Add, ask: Ask, index: Index) -> None:
    middle, undated, old, new = add("Bees a", published="2010-05-02"), add("Bees b"), add("Bees c", published="2010-05"), add("Bees d", published="2011")
    index()
    assert ask("bees", sort="newest").ids == [new, middle, old, undated]
    assert ask("bees", sort="oldest").ids == [old, middle, new, undated]
    assert ask("").ids == [new, middle, old, undated]
    assert sorted(ask("bees", sort="by magic").ids) == sorted([new, middle, old, undated])


def test_pages_follow_each_other_without_gap_or_repeat(add: Add, ask: Ask, index: Index) -> None:
    ids = {add(f"Lichen number {n}", abstract="lichen " * n) for n in range(1, 24)}
    index()
    for sort in ("relevance", "newest"):
        pages = [ask("lichen", sort=sort, offset=offset, limit=5) for offset in range(0, 30, 5)]
        assert {page.total for page in pages} == {23}
        listed = [paper_id for page in pages for paper_id in page.ids]
        assert len(listed) == 23
        assert set(listed) == ids
    assert ask("lichen", offset=-3, limit=-1).ids == []


@pytest.mark.parametrize("typed", ["10.1000/Some.Thing", "https://doi.org/10.1000/some.thing", "PMID: 7654321", "7654321", "arXiv:2301.01234v3"])
def test_an_identifier_in_the_box_goes_straight_to_its_paper(typed: str, add: Add, ask: Ask, index: Index) -> None:
    add("Another")
    paper = add("This one", identifiers={"doi": ["10.1000/some.thing"], "pmid": ["7654321"], "arxiv": ["2301.01234"]})
    index()
    found = ask(typed)
    assert (found.goes_to, found.total, found.ids) == (paper, 1, [paper])


def test_an_identifier_goes_to_its_paper_even_while_the_index_is_away(add: Add, ask: Ask) -> None:
    paper = add("This one", identifiers={"doi": ["10.1000/some.thing"]})
    assert ask("10.1000/some.thing").goes_to == paper


def test_an_unknown_identifier_is_named_so_that_it_can_be_added(add: Add, ask: Ask, index: Index) -> None:
    add("Another")
    index()
    assert ask("https://doi.org/10.1000/unknown") == Found(0, [], identifier=("doi", "10.1000/unknown"))


def test_an_orcid_finds_the_papers_of_a_person(add: Add, ask: Ask, index: Index) -> None:
    hers = add("On bridges", authors=[Author("Josiah Carberry", orcid="0000-0002-1825-0097")])
    add("On tunnels")
    index()
    assert ask("https://orcid.org/0000-0002-1825-0097").ids == [hers]


def test_markup_in_titles_and_abstracts_is_not_searched_but_its_words_are(add: Add, ask: Ask, index: Index) -> None:
    paper = add("H<sub>2</sub>O &amp; <i>Escherichia coli</i>", abstract="CO<sub>2</sub> at 5 &lt; 7")
    index()
    assert ask("h2o escherichia").ids == [paper]
    assert ask("CO2").ids == [paper]
    assert ask("sub").total == 0
    assert ask("amp").total == 0


def test_both_languages_of_a_paper_find_it(add: Add, ask: Ask, index: Index) -> None:
    paper = add("脊柱侧凸的基因", language="zh", titles={"zh": "脊柱侧凸的基因", "en": "Genes of scoliosis"})
    index()
    assert ask("scoliosis").ids == ask("侧凸").ids == [paper]
    assert ask("Genes of scoliosis").ids == [paper]


def test_e_mail_addresses_are_not_searched(add: Add, ask: Ask, index: Index) -> None:
    add("Private", authors=[Author("Jane Roe", email="jane.roe@secret-place.example")])
    index()
    assert ask("secret-place").total == 0


def test_a_paper_with_three_thousand_authors_is_found_by_the_last(add: Add, ask: Ask, index: Index) -> None:
    paper = add("Observation of a new particle", authors=[Author(f"Ann{n} Name{n}", f"Name{n}", f"Ann{n}") for n in range(3000)])
    index()
    assert ask('author:"Name2999 Ann2999"').ids == [paper]
    assert ask('author:"Name2999 Ann2998"').total == 0


def test_an_index_without_papers_answers(ask: Ask, index: Index) -> None:
    assert index() == 0
    for typed in ("anything", "", "author:x", "癌", '"a phrase"', "immun*", "-not"):
        assert ask(typed) == Found(0, [])


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Settings]:
    """A site on SQLite whose papers no test of this module changes: what is typed at it may be anything."""
    from reviewhub.core.migrating import migrate

    home = tmp_path_factory.mktemp("site")
    settings = Settings.from_environment({"REVIEWHUB_HOME": str(home)})
    database = Database(settings.database_url)
    migrate(database)
    papers = [
        record(
            "Genes of scoliosis",
            abstract="We sequenced families, and so on.",
            authors=[Author("Hanako Yamada", "Yamada", "Hanako")],
            keywords=["spine"],
            published="2020",
        ),
        record("脊柱侧凸的基因研究", abstract="目的：探讨。", authors=["王小明"], keywords=["基因"], published="2021-03", type="review"),
        record("To be or not to be", journal=Journal("Annals of Questions"), published="1999"),
    ]
    with database.write() as session, session.begin():
        add_or_update(session, KEEPER, papers)
    services.rebuild(database, settings)
    return database, settings


_syntax = st.text(alphabet='"“”-:：*()~+.[]{}/\\^?!&| \n\t0129aegnTOR年作者基因王癌ー한é\u0301\u200b').map(lambda text: text * 2)
_fields = st.lists(
    st.sampled_from(["author:", "year:", "type:", "-", '"', "title:", "OR", "NOT", "gene", "基因", "癌", "the", "20", "..", "10.1000/", "*", " "]), max_size=30
).map("".join)


@hypothesis_settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | _syntax | _fields, sort=st.sampled_from(["relevance", "newest", "oldest"]))
@example(text="~~", sort="relevance")
@example(text="癌 " * 500, sort="relevance")
@example(text="aaa* " * 300, sort="relevance")
@example(text="a OR " * 300, sort="newest")
@example(text="-a " * 300, sort="relevance")
@example(text="\x00\ud800\uffff", sort="relevance")
@example(text="author:" * 100, sort="relevance")
@example(text="year:9999..0000", sort="relevance")
def test_any_text_at_all_is_answered(small_site: tuple[Database, Settings], text: str, sort: str) -> None:
    database, settings = small_site
    with database.read() as session:
        found = find(settings, session, text, sort=sort)
    assert not found.is_away
    assert len(found.ids) == len(set(found.ids)) == found.total <= 3
