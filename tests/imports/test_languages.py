"""Languages as sources name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewhub.imports.languages import guessed_language, language_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("eng", "en"), ("EN-US", "en"), ("English", "en"), ("chi", "zh"), ("zho", "zh"), ("zh-Hans-CN", "zh"), ("zh_CN", "zh"), ("中文", "zh"), ("中文;英文", "zh"), ("ger", "de"), ("deu", "de"),
        ("ngerman", "de"), ("pt-BR", "pt"), ("haw", "haw"), ("und", ""), ("mul", ""), ("", ""), ("xx", ""), ("Klingonish", ""),
    ],
)  # fmt: skip
def test_codes_and_names_become_one_short_code(text: str, code: str) -> None:
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The growth of the tortoise in the field", "en"), ("Testudo imaginaria", ""), ("乌龟的生长", "zh"), ("基于MATLAB与Simulink的乌龟生长仿真", "zh"), ("The name 王小明 in the records of the village", "en"), ("カメの成長", "ja"), ("거북이의 성장", "ko"),
        ("Das Wachstum der Schildkröte in der Natur", ""), ("La croissance de la tortue", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_language_is_guessed_only_where_script_or_words_leave_no_doubt(text: str, code: str) -> None:
    assert guessed_language(text) == code


@given(st.text(max_size=40))
def test_any_text_has_a_code_or_none(text: str) -> None:
    assert language_code(text) == "" or language_code(text).isascii()
    assert guessed_language(text) in ("", "en", "zh", "ja", "ko")
