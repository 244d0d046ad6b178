"""Languages as sources name them, as lower-case ISO 639-1 codes where there is one, else as ISO 639-2 codes."""

from __future__ import annotations

import re

from ..core.text import is_han

# ISO 639-1 code: ISO 639-2 codes (terminology and bibliography) and the names databases print.
_LANGUAGES = {
    "af": "afr afrikaans", "am": "amh amharic", "ar": "ara arabic", "az": "aze azerbaijani", "be": "bel belarusian byelorussian", "bg": "bul bulgarian",
    "bn": "ben bengali", "bs": "bos bosnian", "ca": "cat catalan", "cs": "cze ces czech", "cy": "wel cym welsh", "da": "dan danish",
    "de": "ger deu german deutsch allemand ngerman", "el": "gre ell greek",
    "en": "eng english american british usenglish ukenglish englisch anglais 英文 英语 英語", "eo": "epo esperanto",
    "es": "spa spanish español espanol castilian", "et": "est estonian", "eu": "baq eus basque", "fa": "per fas persian farsi", "fi": "fin finnish",
    "fr": "fre fra french français francais 法语", "ga": "gle irish", "gl": "glg galician", "he": "heb hebrew", "hi": "hin hindi", "hr": "hrv scr croatian",
    "hu": "hun hungarian", "hy": "arm hye armenian", "id": "ind indonesian", "is": "ice isl icelandic", "it": "ita italian italiano",
    "ja": "jpn japanese 日本語 日文 日语", "ka": "geo kat georgian", "kk": "kaz kazakh", "kn": "kan kannada",
    "ko": "kor korean 한국어 韩语", "ky": "kir kirghiz",
    "la": "lat latin", "lt": "lit lithuanian", "lv": "lav latvian", "mk": "mac mkd macedonian", "ml": "mal malayalam", "mn": "mon mongolian",
    "mr": "mar marathi", "ms": "may msa malay", "my": "bur mya burmese", "nb": "nob", "ne": "nep nepali", "nl": "dut nld dutch flemish", "nn": "nno",
    "no": "nor norwegian", "pa": "pan punjabi", "pl": "pol polish", "ps": "pus pashto", "pt": "por portuguese português portugues",
    "ro": "rum ron romanian", "ru": "rus russian русский 俄语", "si": "sin sinhalese sinhala", "sk": "slo slk slovak", "sl": "slv slovenian slovene",
    "so": "som somali", "sq": "alb sqi albanian", "sr": "srp scc serbian", "sv": "swe swedish", "sw": "swa swahili", "ta": "tam tamil", "te": "tel telugu",
    "th": "tha thai", "tl": "tgl tagalog", "tr": "tur turkish", "uk": "ukr ukrainian", "ur": "urd urdu", "uz": "uzb uzbek", "vi": "vie vietnamese",
    "zh": "chi zho chinese mandarin cn 中文 汉语 漢語 简体中文 繁體中文 中国語 中文简体",
}  # fmt: skip
_CODES = {name: code for code, names in _LANGUAGES.items() for name in (code, *names.split())}
# Said to be unknown, several or none.
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis", "unspecified", "multi-language", "multilingual", "undetermined"})


def language_code(text: str) -> str:
    """ "eng", "EN-US", "English", "zh-Hans-CN" and "中文" as "en" and "zh"; a three-letter code without a short one as it is; "" when it is neither."""
    found = text.strip().lower()
    if found in _CODES:
        return _CODES[found]
    if not found or found in _NO_LANGUAGE:
        return ""
    first = found.replace("_", "-").replace(";", "-").replace(",", "-").replace(" ", "-").split("-")[0]
    if first in _CODES:
        return _CODES[first]
    return first if len(found) == 3 and found.isascii() and found.isalpha() else ""


_KANA_OR_HANGUL = re.compile("([\u3040-\u30ff])|([\uac00-\ud7af])")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_ENGLISH_WORDS = "the of and in for with on by from to an is are was were we this that at as between using their its these"
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def guessed_language(text: str) -> str:
    """The language of a title or abstract where its script or its commonest words leave no doubt (zh, ja, ko, en), else ""."""
    if not text.isascii():
        n_cjk, n_latin = len(_CJK.findall(text)), len(_LATIN.findall(text))
        if 4 * n_cjk > n_latin:  # a quoted name or term does not make a Chinese title; a Chinese title may be full of acronyms
            match = _KANA_OR_HANGUL.search(text)
            if match:
                return "ja" if match[1] else "ko"
            if is_han(text):
                return "zh"
    words = text[:600].lower().split()
    n_english = sum(word in _ENGLISH for word in words)
    return "en" if n_english >= 2 and 12 * n_english >= len(words) else ""
