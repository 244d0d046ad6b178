"""Whose address is it, and do two texts name the same institution? Pure: facts about mail and about how affiliations are printed."""

from __future__ import annotations

import re
from functools import lru_cache

from ..core.text import folded, is_han

# Anybody can have an address here, so that it says nothing of where its owner works. The label before the suffix decides: outlook.fr and yahoo.co.jp need no
# line of their own.
_PUBLIC_LABELS = frozenset(
    (
        "gmail googlemail outlook hotmail live msn yahoo ymail rocketmail myyahoo icloud aol gmx web t-online freenet arcor mailbox posteo tutanota "
        "tuta tutamail proton protonmail pm yandex ya zoho zohomail fastmail mail inbox bk list rambler ukr seznam centrum wp onet interia o2 libero "
        "virgilio tiscali alice orange wanadoo laposte free sfr bbox btinternet sky talktalk virginmedia comcast verizon att sbcglobal bellsouth cox "
        "earthlink charter rogers bigpond optusnet naver daum hanmail nate kakao docomo ezweb softbank nifty biglobe excite rediffmail qq foxmail 163 "
        "126 yeah 188 sina sohu tom 21cn 139 189 wo aliyun 263 eyou 2980 88 hushmail startmail runbox disroot riseup mailinator guerrillamail duck "
        "simplelogin anonaddy addy relay privaterelay mozmail"
    ).split()
)
# Services for all scholars, learned societies and their addresses for life: members of all institutions.
_PUBLIC_DOMAINS = frozenset(
    (
        "orcid.org acm.org ieee.org computer.org member.ams.org ams.org aps.org member.fsf.org alum.mit.edu users.noreply.github.com github.com "
        "researchgate.net academia.edu europe.com usa.com mail.com email.com myself.com post.com me.com mac.com appleid.com pm.me ya.ru tuta.io "
        "hey.com"
    ).split()
)
# Second labels under which a country's registry sells names: "edu" in edu.cn, "ac" in ac.uk.
_SECOND_LABELS = frozenset(
    "ac academic ad co com edu gc go gob gouv gov govt gub gv id info k12 lg mil ne net nhs nic nom or org police re res sch school univ web".split()
)
# Chinese provinces and cities sell names of their own: sjtu.sh.cn.
_PROVINCES = frozenset("ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj".split())


@lru_cache(maxsize=20_000)
def organisation_of(address: str) -> str:
    """The organisation's domain of an e-mail address: "fudan.edu.cn" of "x@m.fudan.edu.cn"; empty for public mail services and for what is no address."""
    labels = address.strip().casefold().rpartition("@")[2].strip(".").split(".")
    if "@" not in address or len(labels) < 2 or not all(labels):
        return ""
    is_suffix = len(labels[-1]) == 2 and (labels[-2] in _SECOND_LABELS or (labels[-1] == "cn" and labels[-2] in _PROVINCES))
    n = 3 if is_suffix else 2
    if len(labels) < n or labels[-n] in _PUBLIC_LABELS:
        return ""
    domain = ".".join(labels[-n:])
    return "" if domain in _PUBLIC_DOMAINS or ".".join(labels[-3:]) in _PUBLIC_DOMAINS else domain


_SPELLINGS = {
    word: whole
    for whole, words in {
        "university": "univ universite universitat universitaet universidad universidade universita universiteit universitet uniwersytet universities",
        "institute": "inst institut instituto istituto institution institutes",
        "hospital": "hosp hospitals krankenhaus klinikum klinik hopital ospedale",
        "college": "coll colleges",
        "academy": "acad academia akademie academie",
        "technology": "technol tech",
        "science": "sci sciences",
        "medical": "med medicine",
        "national": "natl nat",
        "department": "dept departement departamento",
        "school": "sch schools",
        "center": "centre ctr centro zentrum",
        "laboratory": "lab labs laboratories laboratoire",
    }.items()
    for word in words.split()
}
# Words of every language's small change, and none of an institution's name.
_SMALL = frozenset("of the and for at in de la le les des du der die das und et di da do dos e del y a an d l".split())
_KINDS = frozenset("university institute college hospital academy polytechnic clinic inc ltd gmbh corp corporation company co ag sa".split())
_UNITS = frozenset("department division faculty school section unit group laboratory center program".split())
_HAN_KIND = re.compile("(?:大学|大學|学院|學院|研究所|研究院|医院|醫院|科学院|科學院|中心|公司|研究中心)$")
# Shorter, a name in Han says little: 大学 alone, 医学院.
_FEWEST_HAN = 4


def is_same_institution(one: str, other: str) -> bool:
    """Whether two texts, stated or printed, name one institution: "Univ Oxford" and "Dept Physics, University of Oxford, Oxford, UK".

    Compared part by part, by whole names; a department alone says nothing, and a city in common neither. Across languages nothing is found.
    """
    return any(_is_one(a, b) or _is_one(b, a) for a in _parts(one) for b in _parts(other))


@lru_cache(maxsize=5_000)
def _parts(text: str) -> tuple[tuple[str, ...], ...]:
    """The parts that can name an institution, as words: those that say university, hospital …, else all that are no department."""
    parts = [_words(part) for part in re.split(r"[,;，；、|/()（）]", text)]
    telling = [p for p in parts if p and (len(p) > 1 or p[0] not in _KINDS | _UNITS)]
    named = tuple(p for p in telling if _KINDS & set(p) or _HAN_KIND.search(p[0]))
    return named or tuple(p for p in telling if not _UNITS & set(p))


def _words(part: str) -> tuple[str, ...]:
    words = folded(part).split()
    if words and is_han(part):
        return ("".join(words),) if all(is_han(w) or w.isdecimal() for w in words) else tuple(words)
    return tuple(_SPELLINGS.get(w, w) if w not in _SMALL else "of" for w in words)


def _is_one(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    if is_han("".join(short)):
        return len(short[0]) >= _FEWEST_HAN and bool(_HAN_KIND.search(short[0])) and long[0].startswith(short[0])
    if {w for w in short if w != "of"} == {w for w in long if w != "of"}:
        return True
    # "Fudan University Shanghai China", but not "Shanghai University of Sport" for "Shanghai University".
    n = len(short)
    return bool(_KINDS & set(short)) and len(long) > n and long[:n] == short and long[n] != "of"


# Labels of a domain that say what somebody is, not where.
_COMMON_LABELS = frozenset("mail email m student students stu alumni staff med cs ee math phys lab www smtp my".split())


def is_domain_of(domain: str, affiliation: str) -> bool:
    """Whether an organisation's domain ("sjtu.edu.cn") belongs to a printed affiliation: its name, its beginning or its initials stand in the affiliation.

    Told by the names alone; a domain that says nothing of the name (a brand, a town's old name) is not recognised.
    """
    label = folded(domain.split(".")[0]).replace(" ", "")
    if len(label) < 2 or label in _COMMON_LABELS:
        return False
    return any(_is_label_of(label, words, is_first=not n) for n, words in enumerate(_named_parts(affiliation)))


@lru_cache(maxsize=5_000)
def _named_parts(text: str) -> tuple[tuple[str, ...], ...]:
    parts = [tuple(folded(part).split()) for part in re.split(r"[,;，；、|/()（）]", text)]
    return tuple(part for part in parts if part and not is_han("".join(part)))


def _is_label_of(label: str, words: tuple[str, ...], *, is_first: bool) -> bool:
    telling = [w for w in words if w not in _SMALL]
    if not telling:
        return False
    is_institution = any(_SPELLINGS.get(w, w) in _KINDS for w in telling)
    proper = [w for w in telling if _SPELLINGS.get(w, w) not in _KINDS | _UNITS]
    # "fudan" of Fudan University; "stanford" of Stanford; "uni-heidelberg" and "ucl" by what follows.
    bare = re.sub("^(?:uni|univ|u|tu|eth|th|fh)-?(?=.{4})", "", label)
    if len(bare) > 3 and any(bare == w for w in proper) and (is_institution or (is_first and len(telling) == 1)):  # a word alone further on is a town
        return True
    if is_institution and len(label) > 4 and label in ("".join(proper), "".join(telling)):
        return True
    initials = {"".join(w[0] for w in telling), "".join(w[0] for w in words)}
    return is_institution and len(label) > 2 and (label in initials or any(label == one + "u" for one in initials if not one.endswith("u")))


@lru_cache(maxsize=50_000)
def institution_keys(text: str) -> frozenset[str]:
    """What an affiliation can be looked up by: its parts that name an institution, folded; where none says so, its first part. Coarser than
    `is_same_institution`, for groups of thousands.
    """
    parts = _parts(text)
    named = [part for part in parts if _KINDS & set(part) or _HAN_KIND.search(part[0])] or list(parts[:1])
    return frozenset(" ".join(sorted(w for w in part if w != "of")) for part in named)
