"""The best of what several sources say of one work: a pure function of their records, so that it can be made again at any time.

Nothing is lost by it: every record stays whole in `PaperSource`. Rules, field by field: a keeper's sources before readers'; a value before
none; then the quality of the value (a title not in capitals, the fuller author list, the more exact date); then the rank of the source
(`rules.SOURCE_RANK`); then the later revision.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.text import folded, is_han, plain, slug
from .record import NOTICE_KINDS, Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Relation, Section
from .rules import rank, year_of

# A text must be this much longer than the one of a better source to take its place: then the better source only had a part of it.
MUCH_LONGER = 1.5
_PLAIN_TYPES = {"other": 0, "article": 1}  # every other type says more
_FIELDS_BY_RANK = ("language", "volume", "issue", "licence", "full_text_url")


@dataclass(slots=True)
class Said:
    """A record and who said it."""

    record: PaperRecord
    is_trusted: bool
    order: int = 0  # a later one was added later

    @property
    def label(self) -> str:
        return self.record.source if self.is_trusted else f"{self.record.source} (reader)"


@dataclass(slots=True)
class Merged:
    """The record, and for each of its fields the source or sources of the value. "*" stands for every field."""

    record: PaperRecord
    field_sources: dict[str, str]


def merged(said: Sequence[Said]) -> Merged:
    """The best record. `said` has at least one member; the result does not depend on its order, but for records equal in rank and date."""
    if len(said) == 1:
        one = said[0]
        record = one.record if one.is_trusted else _without_notices(one.record)
        return Merged(record, {"*": one.label})
    in_line = sorted(said, key=lambda s: (rank(s.record.source, s.is_trusted), _reversed_date(s.record.revised), -s.order))
    trusted = [s for s in in_line if s.is_trusted]
    others = [Said(_without_notices(s.record), False, s.order) for s in in_line if not s.is_trusted]
    if not trusted or not others:
        return _merged_tier(trusted or others)
    best, rest = _merged_tier(trusted), _merged_tier(others)
    _fill(best, rest)
    return best


def _without_notices(record: PaperRecord) -> PaperRecord:
    """A reader's file cannot put a retraction on somebody's paper."""
    if not any(r.kind in NOTICE_KINDS for r in record.relations):
        return record
    kept = copy.copy(record)
    kept.relations = [r for r in record.relations if r.kind not in NOTICE_KINDS]
    return kept


def _reversed_date(date: str) -> str:
    """Sorts later dates first among strings."""
    return "".join(chr(255 - ord(c)) if ord(c) < 255 else c for c in date) if date else "\xff"


def _merged_tier(said: list[Said]) -> Merged:
    out = PaperRecord(source=said[0].record.source)
    sources: dict[str, str] = {}

    def pick(name: str, quality: Callable[[Any], Any] = lambda _: 0, of: Callable[[PaperRecord], Any] | None = None) -> tuple[Any, Said | None]:
        read = of or (lambda record: getattr(record, name))
        have = [(s, read(s.record)) for s in said]
        have = [(s, value) for s, value in have if value]
        if not have:
            return None, None
        best, value = max(have, key=lambda pair: quality(pair[1]))  # max keeps the first, that is the best ranked, of equals
        sources[name] = best.label
        return value, best

    value, by = pick("title", _title_quality)
    out.title = value or ""
    if by is not None:  # the main title and its language belong together
        out.source_key, out.revised = by.record.source_key, by.record.revised
    value, _ = pick("type", lambda kind: _PLAIN_TYPES.get(kind, 2))
    out.type = value or "other"
    for name in _FIELDS_BY_RANK:
        value, _ = pick(name)
        setattr(out, name, value or "")
    out.publisher = pick("publisher", lambda name: not _is_capitals(name))[0] or ""
    out.pages = pick("pages", lambda pages: "-" in pages)[0] or ""
    out.funding_text = pick("funding_text", len)[0] or ""
    out.published, out.published_label = _published(said, sources)
    out.journal = _journal(said, sources)
    out.titles = _by_language(said, "titles", sources)
    out.summaries = _by_language(said, "summaries", sources)
    out.abstracts = _abstracts(said, out.language, sources)
    out.authors = _authors(said, sources)
    out.keywords = list(_united(said, "keywords", _keyword_key, sources).values())
    out.funding = _funding(said, sources)
    out.references = pick("references", lambda found: (len(found), sum(1 for r in found if r.doi)))[0] or []
    out.relations = list(_united(said, "relations", _relation_key, sources).values())
    out.identifiers = _identifiers(said, sources)
    return Merged(out, sources)


def _fill(best: Merged, rest: Merged) -> None:
    """Puts into the empty fields of the keeper's record what readers' files have."""
    for name, value in ((f, getattr(rest.record, f)) for f in PaperRecord.__slots__):
        if name in ("source", "source_key", "revised", "remarks", "type") or not value:
            continue
        mine = getattr(best.record, name)
        if isinstance(mine, dict):
            gaps = {key: v for key, v in value.items() if key not in mine}
            if not gaps or (name == "abstracts" and mine):
                continue
            setattr(best.record, name, {**mine, **gaps})
            best.field_sources[name] = _joined([best.field_sources.get(name, ""), _label(rest, name)])
        elif isinstance(mine, Journal):
            if not (mine.name or mine.issns):
                best.record.journal = value
                best.field_sources[name] = _label(rest, name)
        elif not mine:
            setattr(best.record, name, value)
            best.field_sources[name] = _label(rest, name)
    if best.record.type == "other":
        best.record.type = rest.record.type
        best.field_sources["type"] = _label(rest, "type")


def _label(found: Merged, name: str) -> str:
    return found.field_sources.get(name) or found.field_sources.get("*", "")


def _joined(labels: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(part for label in labels if label for part in label.split(", ")))


def _is_capitals(text: str) -> bool:
    return len(text) > 8 and text.isupper()


def _title_quality(title: str) -> tuple[bool, bool]:
    words = plain(title)
    return (not words.endswith(("…", "...")), not _is_capitals(words))


def _published(said: list[Said], sources: dict[str, str]) -> tuple[str, str]:
    dated = [s for s in said if s.record.published]
    if not dated:
        labelled = next((s for s in said if s.record.published_label), None)
        return "", labelled.record.published_label if labelled else ""
    year = year_of(dated[0].record.published)
    best = max((s for s in dated if year_of(s.record.published) == year), key=lambda s: len(s.record.published))
    sources["published"] = best.label
    return best.record.published, best.record.published_label


def _journal(said: list[Said], sources: dict[str, str]) -> Journal:
    named = [s for s in said if s.record.journal.name]
    if not named and not any(s.record.journal.issns for s in said):
        return Journal()
    best = max(named, key=lambda s: not _is_capitals(s.record.journal.name)) if named else None
    issns = dict.fromkeys(issn for s in said for issn in s.record.journal.issns)
    short = next((s.record.journal.abbreviation for s in said if s.record.journal.abbreviation), "")
    sources["journal"] = best.label if best else said[0].label
    return Journal(best.record.journal.name if best else "", short, list(issns))


def _by_language(said: list[Said], name: str, sources: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    labels = []
    for s in said:
        for language, value in getattr(s.record, name).items():
            if language not in found:
                found[language] = value
                labels.append(s.label)
    if labels:
        sources[name] = _joined(labels)
    return found


def _size(sections: list[Section]) -> int:
    return sum(len(plain(s.html)) for s in sections)


def _abstracts(said: list[Said], language: str, sources: dict[str, str]) -> dict[str, list[Section]]:
    found: dict[str, tuple[list[Section], str]] = {}
    for s in said:
        for key, sections in s.record.abstracts.items():
            if key == "und":
                text = " ".join(part.html for part in sections)
                key = "zh" if is_han(text) else (language if language not in ("", "zh") else "und")
            if not _size(sections):
                continue
            if key not in found or _size(sections) > MUCH_LONGER * _size(found[key][0]):
                found[key] = (sections, s.label)
            elif len(sections) > len(found[key][0]) == 1 and _size(sections) > 0.8 * _size(found[key][0]):
                found[key] = (sections, s.label)  # the same text, with its parts told apart
    if len(found) > 1:
        found.pop("und", None)
    if found:
        sources["abstracts"] = _joined(label for _, label in found.values())
    return {key: sections for key, (sections, _) in found.items()}


def _united(said: list[Said], name: str, key_of: Callable[[Any], Any], sources: dict[str, str]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    labels = []
    for s in said:
        labels += [s.label for value in getattr(s.record, name) if found.setdefault(key_of(value), value) is value]
    if labels:
        sources[name] = _joined(labels)
    return found


def _keyword_key(keyword: Keyword) -> tuple[str, str, str]:
    return keyword.kind, slug(keyword.term), folded(keyword.qualifier)


def _relation_key(relation: Relation) -> tuple[str, bool, str]:
    return relation.kind, relation.is_from, relation.doi or relation.pmid or relation.arxiv or relation.note


def _identifiers(said: list[Said], sources: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    labels = []
    for s in said:
        for kind, values in s.record.identifiers.items():
            for value in values:
                if value not in found.setdefault(kind, {}):
                    found[kind][value] = None
                    labels.append(s.label)
    if labels:
        sources["identifiers"] = _joined(labels)
    return {kind: list(values) for kind, values in found.items()}


def _funding(said: list[Said], sources: dict[str, str]) -> list[Funding]:
    given = sorted((s for s in said if s.record.funding), key=lambda s: -len(s.record.funding))
    found: list[Funding] = []
    by_key: dict[str, Funding] = {}
    for s in given:
        for one in s.record.funding:
            keys = [k for k in (one.doi, folded(one.name)) if k]
            mine = next((by_key[k] for k in keys if k in by_key), None)
            if mine is None:
                mine = Funding(one.name, one.doi, one.ror, list(one.awards))
                found.append(mine)
            else:
                mine.doi, mine.ror = mine.doi or one.doi, mine.ror or one.ror
                known = {folded(a).replace(" ", "") for a in mine.awards}
                mine.awards += [a for a in one.awards if folded(a).replace(" ", "") not in known]
            by_key.update(dict.fromkeys(keys, mine))
    if given:
        sources["funding"] = _joined(s.label for s in given)
    return found


def _fullness(authors: list[Author]) -> tuple[int, int]:
    """How many names, and how many of them are written out."""
    return len(authors), sum(1 for a in authors if a.is_group or is_han(a.name) or len(folded(a.given).split(" ")[0]) > 1)


def _authors(said: list[Said], sources: dict[str, str]) -> list[Author]:
    given = [s for s in said if s.record.authors]
    if not given:
        return []
    best = max(given, key=lambda s: _fullness(s.record.authors))
    authors = [copy.copy(a) for a in best.record.authors]
    helpers = [s.label for s in given if s is not best and _enrich(authors, s.record.authors)]
    sources["authors"] = _joined([best.label, *helpers])
    return authors


def _person_key(author: Author) -> tuple[str, str]:
    if is_han(author.name):
        return folded(author.name).replace(" ", ""), ""
    return folded(author.family or author.name), folded(author.given)[:1]


def _enrich(authors: list[Author], more: list[Author]) -> bool:
    """Fills the gaps of authors from the same people in another list: same place and family name, or the only bearer of a name in both."""
    is_aligned = len(authors) == len(more)
    mine: dict[tuple[str, str], list[Author]] = {}
    theirs: dict[tuple[str, str], int] = {}
    for author in authors:
        mine.setdefault(_person_key(author), []).append(author)
    for author in more:
        theirs[_person_key(author)] = theirs.get(_person_key(author), 0) + 1
    has_changed = False
    taken = {a.orcid for a in authors if a.orcid}
    for n, other in enumerate(more):
        key = _person_key(other)
        if is_aligned and _person_key(authors[n])[0] == key[0]:
            author = authors[n]
        elif len(mine.get(key, ())) == 1 and theirs[key] == 1:
            author = mine[key][0]
        else:
            continue
        if other.orcid and not author.orcid and other.orcid not in taken:
            author.orcid, has_changed = other.orcid, True
        for name in ("email", "other_name", "suffix", "given", "family"):
            if getattr(other, name) and not getattr(author, name):
                setattr(author, name, getattr(other, name))
                has_changed = True
        for name in ("is_corresponding", "is_equal"):
            if getattr(other, name) and not getattr(author, name):
                setattr(author, name, True)
                has_changed = True
        if other.affiliations and not author.affiliations:
            author.affiliations, has_changed = [Affiliation(a.name, a.ror) for a in other.affiliations], True
    return has_changed
