"""Chinese as it is written and said otherwise: traditional characters as simplified ones, names in pinyin.

The tables are those of two packages, read as data: neither is imported, for that would cost time and memory that nobody here makes use of.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

# Names that can be read in more ways than these are rare.
MAX_READINGS = 4

# As a family name these are read otherwise than as a word.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "区": "ou", "仇": "qiu", "解": "xie", "查": "zha", "盖": "ge", "朴": "piao pu", "任": "ren", "华": "hua", "纪": "ji",
    "宁": "ning", "燕": "yan", "种": "chong", "重": "chong", "员": "yun", "黑": "he", "秘": "bi", "折": "she", "繁": "po", "缪": "miao", "翟": "zhai",
    "覃": "qin tan", "召": "shao", "卜": "bu", "薄": "bo", "阚": "kan", "那": "na", "能": "nai", "乜": "nie", "祭": "zhai", "车": "che", "柏": "bai",
    "隗": "wei kui", "冼": "xian", "洗": "xian", "谌": "chen shen", "褚": "chu", "应": "ying", "沈": "shen", "石": "shi", "叶": "ye", "贾": "jia",
    "盛": "sheng", "曲": "qu", "宓": "mi fu", "牟": "mou mu", "过": "guo", "强": "qiang", "句": "gou", "居": "ju", "角": "jue", "降": "jiang",
    "臧": "zang", "晁": "chao", "乐": "yue le", "尉": "wei yu", "尉迟": "yuchi", "令狐": "linghu", "万俟": "moqi", "长孙": "zhangsun",
    "澹台": "tantai", "单于": "chanyu", "吕": "lü", "于": "yu", "俞": "yu", "佘": "she", "哈": "ha", "郝": "hao", "夏": "xia", "洪": "hong",
    "葛": "ge", "干": "gan", "都": "du", "适": "kuo", "麻": "ma", "行": "xing", "郇": "xun huan",
}  # fmt: skip
_HAN = re.compile("[\u4e00-\u9fff]+")
# ü is typed in many ways: Lü Bu, Lyu Bu, Lu Bu, Lv Bu.
_SPELLINGS = ("v", "u", "yu")


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0])


@cache
def to_simplified() -> dict[int, str]:
    """For `str.translate`: each traditional character that is written otherwise in mainland China, character for character."""
    lines = (_folder_of("opencc") / "dictionary" / "TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = (line.replace("\t", " ").split(" ") for line in lines if line)
    return {ord(old): new for old, new, *_ in pairs if len(old) == len(new) == 1 and old != new}


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Each character's readings without tones, the usual one first; ü stays."""
    table: dict[str, str] = json.loads((_folder_of("pypinyin") / "pinyin_dict.json").read_text("utf-8"))
    marks = re.compile("[\u0300-\u0307\u0309-\u036f]")
    plain: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for code, said in table.items():
        character = chr(int(code))
        if "\u4e00" <= character <= "\u9fff":
            toneless = plain.get(said)
            if toneless is None:
                toneless = plain[said] = unicodedata.normalize("NFC", marks.sub("", unicodedata.normalize("NFD", said)))
            found[character] = tuple(dict.fromkeys(toneless.split(",")))
    return found


@lru_cache(maxsize=20_000)
def syllables(given: str) -> tuple[tuple[str, ...], ...]:
    """The ways a given name in simplified characters is read, each as its syllables; the usual one first. Empty when it is not all Han."""
    if not _HAN.fullmatch(given):
        return ()
    ways = [[spelt for said in _readings().get(character, ())[:2] for spelt in _spelt(said)] for character in given]
    return tuple(itertools.islice(itertools.product(*ways), MAX_READINGS))


@lru_cache(maxsize=5_000)
def surname(family: str) -> tuple[str, ...]:
    """The ways a family name in simplified characters is read. Empty when it is not all Han."""
    if not _HAN.fullmatch(family):
        return ()
    if known := _SURNAMES.get(family):
        return tuple(spelt for said in known.split() for spelt in _spelt(said))
    usual = [_readings().get(character, ("",))[0] for character in family]
    return tuple("".join(parts) for parts in itertools.islice(itertools.product(*map(_spelt, usual)), MAX_READINGS)) if all(usual) else ()


def _spelt(said: str) -> tuple[str, ...]:
    return tuple(said.replace("ü", letters) for letters in _SPELLINGS) if "ü" in said else (said,)
