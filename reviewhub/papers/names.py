"""Printed names of people: into family and given name, and back into the natural order of their script.

Rules kept small on purpose: what is not certain stays unsplit (`family` and `given` empty), the printed name is always whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.text import is_han, squeezed

# Surnames of two characters, simplified and traditional. Those that are as often a one-character surname and a given name are left out.
_DOUBLE_SURNAME_WORDS = (
    "欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 夏侯 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 長孫 宇文 司徒 司空 司寇 轩辕 軒轅 端木 东方 東方 独孤 獨孤 "
    "南宫 南宮 西门 西門 百里 呼延 澹台 澹臺 濮阳 濮陽 淳于 单于 單于 太史 公冶 宗政 申屠 仲孙 仲孫 钟离 鐘離 鲜于 鮮于 闾丘 閭丘 亓官 拓跋 赫连 赫連 "
    "万俟 闻人 聞人 公羊 叔孙 叔孫 颛孙 顓孫 东郭 東郭 南门 南門 羊舌 微生 梁丘 左丘 谷梁 第五 南荣 南榮 东里 東里 公西 漆雕 乐正 樂正 壤驷 壤駟 巫马 巫馬 "
    "夹谷 夾谷 宰父 即墨 达奚 褚师 남궁 황보 제갈 선우 독고 사공 서문 동방"
)
DOUBLE_SURNAMES = frozenset(_DOUBLE_SURNAME_WORDS.split())
# Words that belong to the family name behind them ("van den Berg", "de la Fuente").
_PARTICLE_WORDS = (
    "af al ap auf ben bin bint d da das dal dalla de degli dei del dela dell della delle den der des di do dos du e el la las le les lo los "
    "op san santa st. te ten ter 't tot van vande vanden vander vom von y zu zum zur"
)
PARTICLES = frozenset(_PARTICLE_WORDS.split())
_SUFFIXES = {
    "jr": "Jr",
    "jr.": "Jr",
    "jnr": "Jr",
    "junior": "Jr",
    "sr": "Sr",
    "sr.": "Sr",
    "snr": "Sr",
    "ii": "II",
    "iii": "III",
    "iv": "IV",
    "2nd": "II",
    "3rd": "III",
    "4th": "IV",
}
# Short surnames that are met in capitals ("Wei LI"): two capitals at the end of a name are initials unless they are one of these.
_SHORT_SURNAME_WORDS = (
    "AI AN AO BA BI BO CE DA DI DU FU FA GE GU HA HE HO HU JI JU KE KO LE LI LO LU MA MI MO MU NA NI NG NO OH OU PI PU QI QU RO SA SO SU TA TU "
    "UM VO VU WU XI XU YE YI YU ZU"
)
_SHORT_SURNAMES = frozenset(_SHORT_SURNAME_WORDS.split())

_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff〇々"
_ALL_CJK = re.compile(f"[{_CJK}]+")
_CJK_WORDS = re.compile(f"([{_CJK}]+)[ ,，]+([{_CJK}]+)")
_KANA = re.compile("[\u3040-\u30ff]")
_BOTH_SCRIPTS = re.compile(r"([^()（）\[\]]+?)\s*[(（\[]([^()（）\[\]]+)[)）\]]")
_INITIALS = re.compile(r"[A-Z]{1,3}|(?:[^\W\d_]\.-?){1,3}")
_NOBODY_WORDS = "anonymous|[anonymous]|anon|anon.|unknown|[unknown]|n/a|none|null|et al|et al.|and others|others|佚名|匿名|无|不详|等|-|--"
_NOBODY = frozenset(_NOBODY_WORDS.split("|"))
_GROUP_WORD = re.compile(
    r"\b(?:groups?|consortium|collaboration|organi[sz]ation|committee|society|association|network|investigators|initiative|institutes?|universit(?:y|ies|ät|é)|ministry"
    r"|agency|council|department|cent(?:re|er)s?|teams?|project|study|trial(?:ists)?|working party|task force|foundation|company|commission|bureau|office"
    r"|academy|staff|editors|inc|ltd|gmbh)\b",
    re.IGNORECASE,
)
_HAN_GROUP = re.compile("(?:组|會|会|中心|大学|大學|学院|學院|研究所|研究院|协会|学会|公司|部|局|医院|醫院|协作组|编辑部|办公室|出版社)$")


@dataclass(frozen=True, slots=True)
class Name:
    """One person's printed name. `name` is in natural order; `other_name` the same person in the other script where it stood beside."""

    name: str
    family: str = ""
    given: str = ""
    suffix: str = ""
    other_name: str = ""


def is_cjk_name(text: str) -> bool:
    """Whether the text is written in Han, kana or hangul only (blanks and the middle dot aside)."""
    return bool(_ALL_CJK.fullmatch(re.sub(r"[\s·・•]", "", text)))


def split_cjk(name: str) -> tuple[str, str]:
    """Family and given name of a name in Han or hangul without a blank: ("王", "小明"), ("欧阳", "修"). ("", "") when it is not certain.

    Not certain: names with kana, with a middle dot (transcribed, given name first), and those of four or more characters that do not begin
    with a double surname (many are Japanese, whose family names mostly have two characters).
    """
    if not _ALL_CJK.fullmatch(name) or _KANA.search(name) or not 2 <= len(name) <= 4:
        return "", ""
    if name[:2] in DOUBLE_SURNAMES and len(name) > 2:
        return name[:2], name[2:]
    return (name[:1], name[1:]) if len(name) <= 3 else ("", "")


def named(family: str, given: str = "", suffix: str = "") -> Name:
    """A name from its parts as a source gives them: family name first where both are Han, kana or hangul, else given name first.

    A Chinese name that stands whole in one of the parts is split.
    """
    family, given, suffix = squeezed(family), squeezed(given), squeezed(suffix)
    if family and given and not family.isascii() and is_cjk_name(family) and is_cjk_name(given):
        return Name(family + given, family, given)
    if not family or not given:
        whole = family or given
        if not whole.isascii() and is_cjk_name(whole):
            return _read_cjk(whole)
        return Name(f"{whole} {suffix}".strip(), family or given, "", suffix)
    if not given.isascii() and (match := _BOTH_SCRIPTS.fullmatch(given)) and is_cjk_name(match[2]):
        given, other = match[1], match[2]
        return Name(f"{given} {family} {suffix}".strip(), family, given, suffix, other)
    return Name(f"{given} {family} {suffix}".strip(), family, given, suffix)


def read_name(text: str) -> Name | None:
    """One name written as one text: "Doe, Jane Q.", "Doe, Jane, Jr", "Jane Q. van der Doe Jr", "Smith JA", "王小明", "Xiaoming Wang (王小明)".

    None when the text names nobody ("[Anonymous]", "et al.").
    """
    found = squeezed(text).strip(" ;")
    if not found or found.lower() in _NOBODY or not any(c.isalnum() for c in found):
        return None
    if found.isascii():
        return _read_latin(found)
    match = _BOTH_SCRIPTS.fullmatch(found)
    if match and is_cjk_name(match[1]) != is_cjk_name(match[2]):
        first, second = read_name(match[1]), read_name(match[2])
        if first and second:
            return Name(first.name, first.family, first.given, first.suffix, second.name)
    if is_han(found) or not found.isascii():
        whole = found.rstrip("，,、;；。")
        if is_cjk_name(re.sub("[,，]", " ", whole)):
            return _read_cjk(whole)
    return _read_latin(found.replace("，", ", "))


def split_names(line: str) -> list[str]:
    """The names on one line of a list with a name a line: mostly one; Chinese databases put them all on one ("张三;李四", "张三，李四，王五")."""
    parts = re.split("[;；]", line)
    if len(parts) == 1 and is_han(line):
        parts = [part for part in re.split("[,，、]", line) if part.strip()]
        # "欧阳, 修" and "王, 小明" are one name: its first part is a surname.
        is_one = len(parts) == 2 and (len(parts[0].strip()) == 1 or parts[0].strip() in DOUBLE_SURNAMES)
        if is_one or not all(is_cjk_name(part) and 2 <= len(re.sub(r"\s", "", part)) <= 4 for part in parts):
            parts = [line]
    return [part.strip() for part in parts if part.strip()]


def is_group_name(text: str) -> bool:
    """Whether a name is an organisation's, by its words; a name with a comma is taken as a person's."""
    name = text.strip().rstrip(",;")
    if "," in name:
        return False
    return bool(len(name.split()) > 1 and _GROUP_WORD.search(name)) or bool(len(name) > 3 and _HAN_GROUP.search(name))


def _read_cjk(text: str) -> Name:
    match = _CJK_WORDS.fullmatch(text)
    if match:
        first, second = match.groups()
        if _KANA.search(first) and not is_han(text):  # transcribed western names keep their own order
            return Name(f"{first}{second}")
        return Name(first + second, first, second)
    name = re.sub(r"\s+", "", text)
    family, given = split_cjk(name)
    return Name(name, family, given)


def _read_latin(text: str) -> Name:
    if "," in text:
        parts = [part.strip() for part in text.split(",")]
        parts = [part for part in parts if part]
        if len(parts) == 1:
            return named(parts[0])
        suffix = next((_SUFFIXES[part.lower()] for part in parts[1:] if part.lower() in _SUFFIXES), "")
        rest = [part for part in parts[1:] if part.lower() not in _SUFFIXES]
        if not rest:  # "Jane Doe, Jr"
            before = _read_latin(parts[0])
            return Name(f"{before.name} {suffix}".strip(), before.family, before.given, suffix)
        words = rest[0].split()
        while len(words) > 1 and words[-1].lower() in _SUFFIXES:
            suffix = suffix or _SUFFIXES[words.pop().lower()]
        while len(words) > 1 and words[-1] in PARTICLES:  # "Berg, Jan van den"
            parts[0] = f"{words.pop()} {parts[0]}"
        return named(parts[0], " ".join([" ".join(words), *rest[1:]]), suffix)
    words = text.split()
    suffix = ""
    while len(words) > 2 and words[-1].lower() in _SUFFIXES:
        suffix = _SUFFIXES[words.pop().lower()]
    if len(words) == 1:
        return named(words[0], "", suffix)
    if _is_initials_last(words):
        return named(" ".join(words[:-1]), words[-1], suffix)
    start = next((n for n, word in enumerate(words[1:-1], 1) if word in PARTICLES), len(words) - 1)
    return named(" ".join(words[start:]), " ".join(words[:start]), suffix)


def _is_initials_last(words: list[str]) -> bool:
    """Whether a name without comma is "Smith JA" (family name first, as medical journals print it) and not "Jane SMITH"."""
    last = words[-1]
    if not _INITIALS.fullmatch(last) or not last.isupper() or last in _SHORT_SURNAMES:
        return False
    return len(words[0]) > 1 and words[0][1:].islower() and not any(_INITIALS.fullmatch(word) for word in words[:-1])
