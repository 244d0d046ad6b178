"""British and American spellings brought to one, so that either finds the other. Facts of English, none of them exact science.

Both sides of a search go through the same rule, so a word that it changes for no good reason still finds itself; what matters is that all
forms of a word change alike, and that two words which are not the same do not become one.
"""

from __future__ import annotations

import re

# Shorter words are more often something else: "rise", "hour", "core".
MIN_CHARS = 5

_WHOLE = {
    "grey": "gray", "greys": "grays", "programme": "program", "programmes": "programs", "ageing": "aging", "disc": "disk", "discs": "disks",
    "cheque": "check", "cheques": "checks", "whilst": "while", "amongst": "among", "learnt": "learned", "burnt": "burned", "neurone": "neuron",
    "neurones": "neurons", "fulfil": "fulfill", "fulfils": "fulfills", "enrol": "enroll", "enrols": "enrolls", "enrolment": "enrollment",
    "skilful": "skillful", "wilful": "willful", "instalment": "installment", "draught": "draft", "draughts": "drafts", "plough": "plow",
    "ploughs": "plows", "ploughing": "plowing", "licence": "license", "licences": "licenses", "defence": "defense", "defences": "defenses",
    "offence": "offense", "offences": "offenses", "pretence": "pretense", "practise": "practice", "practised": "practiced", "practising": "practicing",
    "artefact": "artifact", "artefacts": "artifacts", "kerb": "curb", "tyre": "tire", "tyres": "tires", "gramme": "gram", "grammes": "grams",
    "orientated": "oriented", "judgement": "judgment", "judgements": "judgments", "acknowledgement": "acknowledgment",
    "acknowledgements": "acknowledgments", "cosy": "cozy", "sombre": "somber", "mitre": "miter", "centring": "centering",
}  # fmt: skip

_OUR = "arb|arm|behavi|cand|clam|col|demean|endeav|ferv|fav|flav|harb|hon|hum|lab|neighb|od|parl|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig"
_RE = "fib|cent|lit|met|tit|goit|calib|lust|theat|spect|sab|philt|och"
_LL = (
    "label|model|travel|signal|cancel|counsel|channel|tunnel|fuel|level|total|dial|equal|initial|panel|spiral|unravel|marshal|parcel|shovel|swivel|pedal|funnel"
    "|bevel|rival|pencil"
)
# These end in -ise everywhere, and are kin to words in -ision and -isor.
_ISE = (
    "wise|exerc|prom|surpr|superv|prec|conc|expert|prem|compr|enterpr|franch|telev|improv|merchand|parad|disgu|circumc|exorc|tort|porp|turqu|treat|appr|repr"
    "|bru|cru|pra|adv|rev|dev|dem|exc|inc|bra|chem|anamn|adverti|desp"
)
# (what, by what): each rule looks at what the one before it has left.
_RULES = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        # Colour, tumour, behaviour and what is made of them.
        (f"({_OUR})our(?!g|c)", r"\1or"),
        ("^mould", "mold"),
        ("smoulder", "smolder"),
        # Fibre, centre, litre and the many metres.
        (f"({_RE})re(s?)$", r"\1er\2"),
        (f"({_RE})red$", r"\1ered"),
        # Haemoglobin, anaesthesia, paediatric, oedema, foetus, diarrhoea.
        ("aem", "em"),
        ("anaesth", "anesth"),
        ("paed", "ped"),
        ("(f|c|gyn|th)aec", r"\1ec"),
        ("caes([ai])", r"ces\1"),
        ("aetio", "etio"),
        ("(pal|arch)aeo", r"\1eo"),
        ("mediaev", "mediev"),
        ("^oe([dsn])", r"e\1"),
        ("([xhglym])oedema", r"\1edema"),
        ("foet", "fet"),
        ("coeli", "celi"),
        ("(pn|rrh)oe", r"\1e"),
        ("homoeo", "homeo"),
        ("amoeb", "ameb"),
        ("manoeuvre", "maneuver"),
        ("manoeuvr", "maneuver"),
        ("sulph", "sulf"),
        ("aluminium", "aluminum"),
        ("sceptic", "skeptic"),
        # Analyse and analyze both find analysis.
        ("(anal|catal|paral|dial|hydrol|electrol)yz(e|ed|es|er|ers|ing|able)$", r"\1ys\2"),
        ("(anal|catal|paral|dial|hydrol|electrol)ysis$", r"\1yse"),
        # Organise, organisation; never so short a beginning as in "rising".
        (f"^(?!.*(?:{_ISE})is)(\\w{{3,}}[^\\Waeou]|\\w{{4,}})is(e|ed|es|er|ers|ing|ation|ations|ational|able)$", r"\1iz\2"),
        (f"({_LL})l(ed|ing|er|ers|ings)$", r"\1\2"),
        ("(catal|dial|anal|homol|epil|prol|monol|orthol)ogue(s?)$", r"\1og\2"),
    )
)
# What a word holds that any of the rules changes: most hold none of it.
_HINT = re.compile("our|oul|re[sd]?$|[ao]e|is[aei]|yz|ysis$|ulph|lumin|scept|ll[ei]|ogues?$")


def american(word: str) -> str:
    """The folded word as it is spelt in America, or as near to it as both spellings come."""
    if word in _WHOLE:
        return _WHOLE[word]
    if len(word) < MIN_CHARS or not word.isascii() or not word.isalpha() or not _HINT.search(word):
        return word
    for pattern, instead in _RULES:
        word = pattern.sub(instead, word)
    return word
