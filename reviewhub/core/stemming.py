"""English words without their endings, by the Snowball rules for English (Porter's second algorithm, as of Snowball 3).

Written for speed: indexing takes more time for stems than for anything else. `tests/core/test_stemming.py` holds it against the stemmer of
`snowballstemmer`, word for word.
"""

from __future__ import annotations

import re

_VOWELS = frozenset("aeiouy")
# Y stands for a y that is no vowel.
_NOT_AFTER_SHORT = frozenset("aeiouywxY")
_BEFORE_LI = frozenset("cdeghkmnrt")
_CONSONANT_Y = re.compile("([aeiouy])y")
# From where on endings are taken off: after the first consonant behind a vowel, or behind one of these beginnings.
_REGION = re.compile("[^aeiouy]*[aeiouy]+[^aeiouy]")
_FIRST_REGION = re.compile(f"arsen|commun|emerg|gener|inter|later|organ|past|univers|{_REGION.pattern}")

_WHOLE = {
    "andes": "andes", "atlas": "atlas", "bias": "bias", "cosmos": "cosmos", "early": "earli", "gently": "gentl", "howe": "howe", "idly": "idl",
    "news": "news", "only": "onli", "singly": "singl", "skies": "sky", "skis": "ski", "sky": "sky", "ugly": "ugli",
}  # fmt: skip
_LEFT_WITH_ING = frozenset(("even", "cann", "inn", "earr", "herr", "out"))
_LEFT_WITH_EED = frozenset(("succ", "proc", "exc"))
_DOUBLES = frozenset(("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"))
_SECOND = {
    "anci": "ance", "enci": "ence", "ogi": "og", "li": "", "bli": "ble", "abli": "able", "alli": "al", "fulli": "ful", "lessli": "less", "ousli": "ous",
    "entli": "ent", "aliti": "al", "biliti": "ble", "iviti": "ive", "tional": "tion", "ational": "ate", "alism": "al", "ation": "ate", "ization": "ize",
    "izer": "ize", "ator": "ate", "iveness": "ive", "fulness": "ful", "ousness": "ous", "ogist": "og",
}  # fmt: skip
_THIRD = {
    "icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "tional": "tion", "ational": "ate", "ful": "", "ness": "",
}  # fmt: skip
_FOURTH = frozenset("ic ance ence able ible ate ive ize iti al ism ion er ous ant ent ment ement".split())


def stem(word: str) -> str:
    """The stem of a word of small letters a to z."""
    if len(word) < 3:
        return word
    if (whole := _WHOLE.get(word)) is not None:
        return whole
    has_y = "y" in word
    if has_y:
        word = _CONSONANT_Y.sub(r"\1Y", f"Y{word[1:]}" if word[0] == "y" else word)
    first, second = _regions(word)
    word = _without_past(_without_plural(word), first)
    if word[-1] in "yY" and len(word) > 2 and word[-2] not in _VOWELS:
        word = f"{word[:-1]}i"
    word = _without_derivation(word, first, second)
    return word.replace("Y", "y") if has_y else word


def _regions(word: str) -> tuple[int, int]:
    match = _FIRST_REGION.match(word)
    if match is None:
        return len(word), len(word)
    first = match.end()
    match = _REGION.match(word, first)
    return first, match.end() if match else len(word)


def _without_plural(word: str) -> str:
    if word[-1] == "s":
        if word.endswith("sses"):
            return word[:-2]
        if word.endswith("ies"):
            return word[:-2] if len(word) > 4 else word[:-1]
        if word[-2] not in "us" and not _VOWELS.isdisjoint(word[:-2]):
            return word[:-1]
    elif word.endswith("ied"):
        return word[:-2] if len(word) > 4 else word[:-1]
    return word


def _without_past(word: str, first: int) -> str:
    if word.endswith(("eed", "eedly")):
        left = word[: word.rindex("eed")]
        return f"{left}ee" if len(left) >= first and left not in _LEFT_WITH_EED else word
    ending = next((ending for ending in ("ingly", "edly", "ing", "ed") if word.endswith(ending)), "")
    if not ending:
        return word
    left = word[: -len(ending)]
    if ending == "ing":
        if len(left) == 2 and left[1] == "y" and left[0] not in _VOWELS:
            return f"{left[0]}ie"  # dying
        if left in _LEFT_WITH_ING:
            return word
    if _VOWELS.isdisjoint(left):
        return word
    last = left[-2:]
    if last in ("at", "bl", "iz"):
        return f"{left}e"
    if last in _DOUBLES:
        return left if len(left) == 3 and left[0] in "aeo" else left[:-1]
    return f"{left}e" if len(left) == first and _ends_short(left) else left


def _without_derivation(word: str, first: int, second: int) -> str:
    if (ending := _longest(word, _SECOND, 7)) and len(word) - len(ending) >= first:
        left = word[: -len(ending)]
        if not (ending == "ogi" and left[-1:] != "l") and not (ending == "li" and left[-1:] not in _BEFORE_LI):
            word = left + _SECOND[ending]
    if (ending := _longest(word, _THIRD, 7)) and len(word) - len(ending) >= first and not (ending == "ative" and len(word) - 5 < second):
        word = word[: -len(ending)] + _THIRD[ending]
    if (ending := _longest(word, _FOURTH, 5)) and len(word) - len(ending) >= second:
        left = word[: -len(ending)]
        if ending != "ion" or left[-1:] in ("s", "t"):
            word = left
    n_left = len(word) - 1
    if word[-1:] == "e":
        if n_left >= second or (n_left >= first and not _ends_short(word[:-1])):
            return word[:-1]
    elif n_left >= second and word[-2:] == "ll":
        return word[:-1]
    return word


def _longest(word: str, endings: dict[str, str] | frozenset[str], most: int) -> str:
    for n in range(min(most, len(word)), 1, -1):
        if word[-n:] in endings:
            return word[-n:]
    return ""


def _ends_short(left: str) -> bool:
    """Whether it ends in a short syllable."""
    if len(left) > 2:
        return (left[-1] not in _NOT_AFTER_SHORT and left[-2] in _VOWELS and left[-3] not in _VOWELS) or left.endswith("past")
    return len(left) == 2 and left[1] not in _VOWELS and left[0] in _VOWELS
