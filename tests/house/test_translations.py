"""No sentence is missing in Chinese, none is left over, and the check that says so can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.house import translations

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'


def test_every_sentence_has_its_chinese_and_none_is_left_over() -> None:
    assert list(translations.problems()) == []


def test_no_template_says_a_word_past_the_translation() -> None:
    assert list(translations.bare_words()) == []


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of one module, one template and a catalogue to fill."""
    shutil.copy(translations.ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "reviewhub").mkdir()
    (tmp_path / "reviewhub/words.py").write_text('message("the record has %(n)s authors", n=3)\n')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text('<p title="{{ _("Newest records") }}">{{ _("DOI") }}</p>')
    (tmp_path / translations.CATALOGUE).parent.mkdir(parents=True)
    return tmp_path


def _kept(root: Path, *entries: tuple[str, str]) -> list[str]:
    (root / translations.CATALOGUE).write_text(HEADER + "\n".join(f'msgid "{english}"\nmsgstr "{chinese}"\n' for english, chinese in entries))
    return list(translations.problems(root))


GOOD = (("the record has %(n)s authors", "该记录有 %(n)s 位作者"), ("Newest records", "最新记录"), ("DOI", "DOI"))


def test_a_whole_catalogue_passes(small: Path) -> None:
    assert _kept(small, *GOOD) == []


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        (GOOD[1:], "not in the catalogue"),
        ((*GOOD[:1], ("Newest records", ""), GOOD[2]), "no Chinese for"),
        ((*GOOD[:1], ("Newest records", "Newest records"), GOOD[2]), "has no Chinese in it"),
        ((("the record has %(n)s authors", "该记录有作者"), *GOOD[1:]), "facts ['n']"),
        ((*GOOD, ("Oldest records", "最早记录")), "nothing says this any more"),
    ],
)
def test_a_fault_in_the_catalogue_is_told(small: Path, entries: tuple[tuple[str, str], ...], complaint: str) -> None:
    (told,) = _kept(small, *entries)
    assert complaint in told


def test_a_fuzzy_sentence_is_told(small: Path) -> None:
    _kept(small, *GOOD)
    path = small / translations.CATALOGUE
    path.write_text(path.read_text().replace('msgid "Newest', '#, fuzzy\nmsgid "Newest'))
    assert any("fuzzy" in told for told in translations.problems(small))


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Bare words</p>",
        '<img alt="A plain picture">',
        "<p>{{ x }} 中文</p>",
        "{% block title %}reading{% endblock %}",
        "<p>See doi.org</p>",
        '<a href="{{ x }}">More of it</a>',
    ],
)
def test_a_bare_word_in_a_template_is_told(small: Path, markup: str) -> None:
    (small / "templates/page.html").write_text(markup)
    assert len(list(translations.bare_words(small))) == 1


def test_markup_names_and_marks_are_not_words(small: Path) -> None:
    (small / "templates/page.html").write_text(
        '<p class="long name" data-behaviour="menu">DOI: {{ doi }} · {{ _("Newest records") }} — 3</p><script type="application/ld+json">{"a": "word"}</script>'
        "{% block width %}reading{% endblock %}{% macro address() %}https://doi.org/{% endmacro %}<a>doi.org</a><a>ROR</a>"
    )
    assert list(translations.bare_words(small)) == []


def test_updating_adds_what_is_new_and_drops_what_is_old(small: Path) -> None:
    _kept(small, GOOD[0], ("Oldest records", "最早记录"))
    translations.update(small)
    kept = translations.kept(small)
    assert kept.get("the record has %(n)s authors").string == "该记录有 %(n)s 位作者"
    assert kept.get("Newest records").string == ""
    assert kept.get("Oldest records") is None
