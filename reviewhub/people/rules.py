"""Names that fit: whether a person's name can be the one that is printed, and why. Pure.

A name alone proves nothing: many people share one printed name, and one person has many printed forms. What is found here opens the way for evidence,
or closes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..core.text import Message, folded, message
from ..papers.names import PARTICLES, Name, is_cjk_name, read_name
from ..papers.romanising import (
    cuts,
    is_otherwise_romanised,
    is_pinyin_surname,
    pinyin_of_surname,
    readings,
    simplified,
    without_umlaut,
)
from .nicknames import is_nickname, is_western

SAME, COMPATIBLE, DIFFERENT = "same", "compatible", "different"
VERDICTS = (SAME, COMPATIBLE, DIFFERENT)


@dataclass(frozen=True, slots=True)
class Fit:
    """`verdict`: "same" (every part agrees in full), "compatible" (one can be the other), "different". `is_weak`: agrees only by a rarer way of romanising."""

    verdict: str
    reason: Message
    is_weak: bool = False

    @property
    def is_possible(self) -> bool:
        return self.verdict != DIFFERENT


_SAME = message("The names are the same.")
_SAME_READING = message("The Chinese name is read as the printed one.")
_OTHER_READING = message("The Chinese name can be read as the printed one; its usual reading is another.")
_OTHER_ORDER = message("Family and given name stand the other way round.")
_PARTS_IN_OTHER_ORDER = message("The parts of the names are the same, in another order.")
_INITIALS = message("The initials agree; the given name is not printed in full.")
_LEFT_OUT = message("One of the given names is left out.")
_FAMILY_ONLY = message("The family names agree; one of the names has no given name.")
_NICKNAME = message("One given name is a form of the other.")
_PARTICLE = message("The family names differ in a particle only.")
_COMPOUND = message("One family name is a part of the other.")
_UMLAUT = message("The family names differ in how ü is written.")
_ROMANISED = message("The Chinese name can be written so in Wade-Giles or Cantonese; that is weaker evidence.")
_SPELLING = message("The names differ in how a letter is written only.")
_FAMILY_DIFFERS = message("The family names differ.")
_GIVEN_DIFFERS = message("The family names agree, the given names differ.")
_HAN_DIFFERS = message("The names are written with different characters.")
_SUFFIX_DIFFERS = message("One is the elder, the other the younger of a family (Sr, Jr, III).")
_SCRIPTS = message("The names are in scripts that cannot be compared.")
_NOTHING = message("There is no name to compare.")

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "ng", "ə": "a", "ʻ": "", "ʼ": ""})
_WORD_ENDS = re.compile(r"[\s.\-\u2010-\u2015\u2212·・_]+")
_APOSTROPHES = re.compile("['’‘`´ʹʻʼ]")
_TONE_NUMBERS = re.compile(r"(?<=[a-zü])[1-5](?![0-9])")
# "JA" and "XM" are initials; "Li" and "LI Bo" are not.
_MOST_INITIALS = 3


def fit(names: Iterable[Name], printed: Name) -> Fit:
    """How well the best of a person's names fits a printed one, with the other script of both where it is known."""
    found = [_one(a, b) for a in names for one in (a, *_beside(a)) for a, b in ((one, other) for other in (printed, *_beside(printed)))]
    return min(found, key=_rank, default=Fit(DIFFERENT, _NOTHING))


def fit_texts(names: Iterable[str], printed: str) -> Fit:
    """As `fit`, of names as they are written."""
    other = read_name(printed)
    return fit([n for n in map(read_name, names) if n is not None], other) if other else Fit(DIFFERENT, _NOTHING)


def _rank(found: Fit) -> tuple[int, bool, bool]:
    return VERDICTS.index(found.verdict), found.is_weak, found.reason is not _GIVEN_DIFFERS


def _beside(name: Name) -> tuple[Name, ...]:
    other = read_name(name.other_name) if name.other_name else None
    return (other,) if other else ()


@lru_cache(maxsize=50_000)
def _one(a: Name, b: Name) -> Fit:
    if not a.name or not b.name:
        return Fit(DIFFERENT, _NOTHING)
    if a.suffix and b.suffix and a.suffix != b.suffix:
        return Fit(DIFFERENT, _SUFFIX_DIFFERS)
    is_cjk_a, is_cjk_b = is_cjk_name(a.name), is_cjk_name(b.name)
    if is_cjk_a and is_cjk_b:
        is_same = simplified(folded(a.name).replace(" ", "")) == simplified(folded(b.name).replace(" ", ""))
        return Fit(SAME, _SAME) if is_same else Fit(DIFFERENT, _HAN_DIFFERS)
    if is_cjk_a or is_cjk_b:
        return _across(a, b) if is_cjk_a else _across(b, a)
    return _latin(a, b)


def _across(han: Name, latin: Name) -> Fit:
    """A name in Han against one in letters: by its readings, in either order."""
    if not han.family or not han.given or not folded(latin.name).replace(" ", "").isascii():
        return Fit(DIFFERENT, _SCRIPTS)
    best = Fit(DIFFERENT, _FAMILY_DIFFERS)
    family, given = _words(latin.family), _words(latin.given)
    ways = [(False, family, given), (True, given, family)]
    if len(words := given + family) > 2:  # "Wong Siu Ming" is read with the last word as its family name
        ways.append((False, words[:1], words[1:]))
    for n, (surname, syllables) in enumerate(readings(han.family, han.given)):
        for is_turned, f, g in ways:
            found = _by_reading(surname, syllables, f, g, is_turned=is_turned)
            if found.verdict == SAME and n:
                found = Fit(COMPATIBLE, _OTHER_READING)
            best = min(best, found, key=_rank)
        if best.verdict == SAME:
            break
    return best


def _by_reading(surname: str, syllables: tuple[str, ...], family: tuple[str, ...], given: tuple[str, ...], *, is_turned: bool) -> Fit:
    joined = "".join(family)
    is_romanised = False
    if without_umlaut(joined) != surname and not (surname == "lu" and joined == "lue"):
        if surname not in pinyin_of_surname(joined) or is_turned:
            return Fit(DIFFERENT, _FAMILY_DIFFERS)
        is_romanised = True
    if not given:
        return Fit(COMPATIBLE, _FAMILY_ONLY)
    whole = [g for word in given for g in _syllables_of(word)]
    if any("".join(map(without_umlaut, cut)) == "".join(syllables) for cut in (given, *cuts("".join(given)))):
        return Fit(COMPATIBLE, _ROMANISED, True) if is_romanised else Fit(SAME, _SAME_READING)
    if is_turned:
        return Fit(DIFFERENT, _GIVEN_DIFFERS)
    if _are_initials(given, syllables):
        return Fit(COMPATIBLE, _ROMANISED if is_romanised else _INITIALS, is_romanised)
    # A western name before the Chinese one: "Kevin Xiaoming Wang".
    if len(given) > 1 and any("".join(given[n:]) == "".join(syllables) or "".join(given[:n]) == "".join(syllables) for n in range(1, len(given))):
        return Fit(COMPATIBLE, _LEFT_OUT)
    spoken = given if len(given) == len(syllables) else tuple(whole)
    if len(spoken) == len(syllables) and all(s == p or is_otherwise_romanised(s, p) for s, p in zip(spoken, syllables, strict=True)):
        return Fit(COMPATIBLE, _ROMANISED, True)
    return Fit(DIFFERENT, _GIVEN_DIFFERS)


def _syllables_of(word: str) -> tuple[str, ...]:
    found = cuts(word)
    return found[0] if found else (word,)


def _are_initials(given: tuple[str, ...], syllables: tuple[str, ...]) -> bool:
    """ "X", "X. M.", "XM" and "Xiao M." of ("xiao", "ming"); "Z" and "ZH" of "zhi" alike."""
    letters = given if len(given) > 1 or len(given[0]) == 1 else tuple(given[0]) if len(given[0]) <= _MOST_INITIALS and not cuts(given[0]) else ()
    if not letters or len(letters) > len(syllables):
        return False
    return all(s == one or (len(one) == 1 and s.startswith(one)) for one, s in zip(letters, syllables, strict=False))


def _latin(a: Name, b: Name) -> Fit:
    fa, ga, fb, gb = _words(a.family or a.name), _given_words(a), _words(b.family or b.name), _given_words(b)
    if not (fa + ga) or not (fb + gb):
        return Fit(DIFFERENT, _NOTHING)
    straight = _join(_families(fa, fb), _givens(ga, gb, is_chinese=_is_chinese(fa, fb)))
    if straight.is_possible:
        return straight
    # The other way round, only whole: an initial and a surname can be turned about in too many people's names.
    if ga and gb and "".join(fa) == "".join(gb) and "".join(fb) == "".join(ga):
        return Fit(COMPATIBLE, _OTHER_ORDER)
    if len(fa + ga) > 2 and sorted(fa + ga) == sorted(fb + gb):
        return Fit(COMPATIBLE, _PARTS_IN_OTHER_ORDER)
    # "Maria García Márquez" is read with the second of her family names only.
    for f, g, other_f, other_g in ((fa, ga, fb, gb), (fb, gb, fa, ga)):
        if len(g) > 1 and len(g[-1]) > 2 and len(f) == 1 and other_f in ((g[-1],), (g[-1], *f)) and _givens(g[:-1], other_g, is_chinese=False).is_possible:
            return Fit(COMPATIBLE, _COMPOUND)
    return straight


def _join(family: Fit, given: Fit) -> Fit:
    if not family.is_possible:
        return family
    if not given.is_possible:
        return given
    if family.verdict == given.verdict == SAME:
        return family if family.reason is not _SAME else given
    weaker = family if family.verdict == COMPATIBLE else given
    return Fit(COMPATIBLE, weaker.reason, family.is_weak or given.is_weak)


def _is_chinese(*families: tuple[str, ...]) -> bool:
    return all(is_pinyin_surname("".join(words)) for words in families)


def _families(a: tuple[str, ...], b: tuple[str, ...]) -> Fit:
    one, other = "".join(a), "".join(b)
    if one == other:
        return Fit(SAME, _SAME)
    if _spellings(one) & _spellings(other):
        return Fit(SAME, _SPELLING)
    if without_umlaut(one) == without_umlaut(other):
        return Fit(COMPATIBLE, _UMLAUT)
    bare_a, bare_b = ([w for w in words if w not in PARTICLES] for words in (a, b))
    if bare_a and "".join(bare_a) == "".join(bare_b):
        return Fit(COMPATIBLE, _PARTICLE)
    whole_a, whole_b = ({w for w in words if len(w) > 1} for words in (bare_a, bare_b))
    if whole_a and whole_b and (whole_a <= whole_b or whole_b <= whole_a):
        return Fit(COMPATIBLE, _COMPOUND)
    if (_is_chinese(a) and one in pinyin_of_surname(other)) or (_is_chinese(b) and other in pinyin_of_surname(one)):
        return Fit(COMPATIBLE, _ROMANISED, True)
    return Fit(DIFFERENT, _FAMILY_DIFFERS)


def _spellings(word: str) -> frozenset[str]:
    """A folded word with the umlauts of German and Scandinavian names as two letters or one: "mueller" and "muller"."""
    return frozenset({word, re.sub("(?<=[aou])e(?=[^aeiou])", "", word), word.replace("aa", "a")})


def _givens(a: tuple[str, ...], b: tuple[str, ...], *, is_chinese: bool) -> Fit:
    if not a or not b:
        return Fit(COMPATIBLE, _FAMILY_ONLY)
    one, other = "".join(a), "".join(b)
    if one == other:
        # "J.-P." and "JP" are the same, and name nobody in full.
        return Fit(SAME, _SAME) if max(map(len, (*a, *b))) > 1 else Fit(COMPATIBLE, _INITIALS)
    if is_chinese:
        found = _chinese_givens(a, b)
        if found is not None:
            return found
    found = _aligned(a, b)
    if found.is_possible:
        return found
    if _spellings(one) & _spellings(other):
        return Fit(SAME, _SPELLING)
    # Who goes by the second name: "J. Robert" and "Robert".
    for long, short in ((a, b), (b, a)):
        if len(long) > 1 and len(short[0]) > 1 and any(w == short[0] for w in long[1:]):
            return Fit(COMPATIBLE, _LEFT_OUT)
    return found


def _chinese_givens(a: tuple[str, ...], b: tuple[str, ...]) -> Fit | None:
    """Given names in pinyin, cut into syllables where one is written together and the other apart or in initials. None: at least one is no pinyin."""
    for together, apart in ((a, b), (b, a)):
        if len(together) != 1 or len(together[0]) < 2:
            continue
        ways = [cut for cut in cuts(together[0]) if len(cut) > 1 and not is_western(together[0])]
        if not ways or len(apart) == 1 == len(apart[0]):
            continue
        if any(_are_initials(apart, cut) and len(apart) <= len(cut) for cut in ways):
            return Fit(COMPATIBLE, _INITIALS)
        if cuts("".join(apart)) and all(len(w) > 1 for w in apart):
            return Fit(DIFFERENT, _GIVEN_DIFFERS)  # "Xiao" is not short for "Xiaoming"
        if len(ways[0]) == 2 and len(apart) == 2 and all(len(w) == 1 for w in apart):
            return Fit(DIFFERENT, _GIVEN_DIFFERS)
    return None


def _aligned(a: tuple[str, ...], b: tuple[str, ...]) -> Fit:
    """Given names in order: each word equal, initial or form of the other's; what one has more at the end is left out."""
    a, b = _spread(a, b), _spread(b, a)
    reason = _SAME
    for one, other in zip(a, b, strict=False):
        if one == other:
            reason = _INITIALS if len(one) == 1 and reason is _SAME else reason
        elif (len(one) == 1 or len(other) == 1) and one[0] == other[0]:
            reason = _INITIALS if reason is not _NICKNAME else reason
        elif is_nickname(one, other):
            reason = _NICKNAME
        else:
            return Fit(DIFFERENT, _GIVEN_DIFFERS)
    if len(a) != len(b) and reason is _SAME:
        reason = _LEFT_OUT
    return Fit(SAME if reason is _SAME else COMPATIBLE, reason)


def _spread(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    """A word that the other name writes in several: "Jeanpaul" beside "Jean Paul" or "J P" stays aligned with it."""
    if len(a) == 1 < len(b) and len(a[0]) > 1:
        joined = "".join(b)
        if a[0] == joined:
            return b
        if a[0].startswith(b[0]) and len(b[0]) > 1 and len(b[1]) == 1 and a[0][len(b[0]) :].startswith(b[1]):
            return (b[0], a[0][len(b[0]) :])
    return a


def _given_words(name: Name) -> tuple[str, ...]:
    given = name.given
    # "Smith JA": letters that stand together are initials, unless the family name is in capitals too.
    bare = given.replace(" ", "")
    if (
        bare.isalpha()
        and bare.isupper()
        and 1 < len(bare) <= _MOST_INITIALS
        and not (len(name.family) > 1 and name.family.isupper())
        and len(given.split()) == 1
    ):
        return tuple(_fold(bare))
    return _words(given)


@lru_cache(maxsize=50_000)
def _words(text: str) -> tuple[str, ...]:
    """The words of a name as they are compared: folded, apostrophes closed up, hyphens and dots as blanks."""
    return tuple(w for part in _WORD_ENDS.split(_APOSTROPHES.sub("", text)) for w in _TONE_NUMBERS.sub("", _fold(part)).split())


def _fold(text: str) -> str:
    return folded(text.casefold().translate(_LETTERS))
