"""The Chinese catalogue against what the code and the templates say.

`python -m tests.house.translations` tells what is wrong with it; `--update` writes new sentences into it, without Chinese, and drops those that
nothing says any more.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import nodes

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path("reviewhub/translations/zh/LC_MESSAGES/messages.po")
# `message` is core.text.message: a sentence of a domain that a door words.
KEYWORDS = {**DEFAULT_KEYWORDS, "message": None}

_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{4,}")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_PLACES = re.compile(r"%\((\w+)\)[sd]")
# Names that are written alike in both languages.
NAMES = frozenset(
    {"reviewhub", "doi", "pmid", "pmcid", "orcid", "issn", "isbn", "arxiv", "bibtex", "ris", "csl-json", "mesh", "pubmed", "crossref", "openalex"}
    | {"pubmed central", "web of science", "ror", "id"}
)
# Blocks of the layout that stand inside a tag: what fills them is a class, not a word.
_CLASS_BLOCKS = frozenset({"width"})
# An address or the name of a host is the same in every language.
_ADDRESS = re.compile(r"https?://\S*|\b(?:[a-z0-9-]+\.)+(?:org|gov|net|com)\b")
# Attributes that are read out or shown.
_SPOKEN = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title", "label"})


def extracted(root: Path = ROOT) -> Catalog:
    """Every sentence for people in the package and the templates, with where it stands."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(rule["pattern"], rule["method"]) for rule in settings]
    options = {rule["pattern"]: {k: v for k, v in rule.items() if k not in ("pattern", "method")} for rule in settings}
    found = Catalog(locale="zh_Hans_CN")
    for folder in ("reviewhub", "templates"):
        for name, line, sentence, comments, context in extract_from_dir(
            root,
            methods,
            options,
            KEYWORDS,
            ("NOTE:",),
            directory_filter=lambda path, start=folder: _is_within(Path(path), root, start),
            strip_comment_tags=True,
        ):
            if Path(name).parts[0] == folder:
                found.add(sentence, None, [(name, line)], auto_comments=comments, context=context)
    return found


def _is_within(path: Path, root: Path, start: str) -> bool:
    parts = path.absolute().relative_to(root.absolute()).parts  # a linked folder (an environment, say) stands where its link does
    return not parts or parts[0] == start


def kept(root: Path = ROOT) -> Catalog:
    """The Chinese catalogue as it lies in the repository."""
    with (root / CATALOGUE).open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def problems(root: Path = ROOT) -> Iterator[str]:
    """What is wrong, a line each: nothing when every sentence has its Chinese and every Chinese its sentence."""
    said = extracted(root)
    chinese = kept(root)
    if not len(said):
        yield "no sentence was found at all: the extraction itself is broken"
    for sentence in said:
        if not sentence.id:
            continue
        place = ":".join(map(str, sentence.locations[0])) if sentence.locations else "?"
        known = chinese.get(sentence.id, sentence.context)
        if known is None:
            yield f"{place}: not in the catalogue: {sentence.id!r}"
            continue
        if known.fuzzy:
            yield f"{place}: marked fuzzy: {sentence.id!r}"
        yield from (f"{place}: {error}" for error in _faults(known))
    wanted = {(_key(s.id), s.context) for s in said if s.id}
    for known in chinese:
        if known.id and (_key(known.id), known.context) not in wanted:
            yield f"{CATALOGUE}:{known.lineno}: nothing says this any more: {known.id!r}"


def _key(sentence: str | tuple[str, ...] | list[str]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _faults(known) -> Iterator[str]:
    english = [known.id] if isinstance(known.id, str) else list(known.id)
    chinese = [known.string] if isinstance(known.string, str) else list(known.string)
    if not all(chinese):
        yield f"no Chinese for {known.id!r}"
        return
    # A plural may leave its number out in English ("one paper"), so the places of all its forms count together.
    places = {name for text in english for name in _PLACES.findall(text)}
    for text in chinese:
        if (wrong := set(_PLACES.findall(text)) ^ places) and not (isinstance(known.id, tuple) and wrong <= places):
            yield f"the facts {sorted(wrong)} are not the same in both languages: {known.id!r}"
        words = [w for w in _WORD.findall(_PLACES.sub("", english[0])) if w not in NAMES]
        if words and not _HAN.search(text) and not _is_name(english[0]):
            yield f"the Chinese has no Chinese in it: {known.id!r}"


def _is_name(text: str) -> bool:
    return text.lower() in NAMES or all(word.lower() in NAMES for word in re.findall(r"[\w-]+", text))


def bare_words(root: Path = ROOT) -> Iterator[str]:
    """Words in templates that no call of gettext stands around, so that they show in both languages alike."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in sorted((root / "templates").rglob("*.html")):
        source = path.read_text()
        tree = environment.parse(source)
        classes = {id(data) for block in tree.find_all(nodes.Block) if block.name in _CLASS_BLOCKS for data in block.find_all(nodes.TemplateData)}
        data = [node for node in tree.find_all(nodes.TemplateData) if _is_said(node) and id(node) not in classes]
        reader = _Reader()
        for node in data:
            reader.line = node.lineno
            reader.feed(node.data)
        for line, text in reader.found:
            yield f"{path.relative_to(root)}:{line}: not translatable: {text!r}"


def _is_said(node: nodes.TemplateData) -> bool:
    return bool(node.data.strip())


class _Reader(HTMLParser):
    """Collects what a reader would read; tags cut apart by template expressions are put together as far as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.line = 1
        self.depth_unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.depth_unread += 1
        language = dict(attrs).get("lang")
        for name, value in attrs:
            if name in _SPOKEN and value and not language:
                self._take(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.depth_unread -= 1

    def handle_data(self, data: str) -> None:
        if not self.depth_unread:
            self._take(data)

    def _take(self, text: str) -> None:
        text = " ".join(text.split())
        words = [w for w in re.findall(r"[A-Za-z][\w-]+", _ADDRESS.sub("", text)) if w.lower() not in NAMES]
        if words or _HAN.search(text):
            self.found.append((self.line, text[:80]))


def update(root: Path = ROOT) -> None:
    """Brings the catalogue to what is said now; Chinese that is there stays as it is."""
    said = extracted(root)
    chinese = kept(root) if (root / CATALOGUE).exists() else Catalog(locale="zh_Hans_CN")
    made_at = chinese.creation_date
    chinese.update(said, no_fuzzy_matching=True, update_header_comment=False)
    # Today's date would change this file at every look.
    chinese.creation_date = made_at
    chinese.obsolete.clear()
    for sentence in chinese:
        # Line numbers would change this file with every change of any other.
        sentence.locations = sorted({(name, 0) for name, _ in sentence.locations})
    buffer = io.BytesIO()
    write_po(buffer, chinese, width=120, sort_by_file=False, include_lineno=False, ignore_obsolete=True)
    (root / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
    (root / CATALOGUE).write_bytes(buffer.getvalue())


def main() -> int:
    """Exit status 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write new sentences into the catalogue and drop old ones")
    if parser.parse_args().update:
        update()
    found = [*problems(), *bare_words()]
    for line in found:
        print(line)
    print(f"{len(found)} to mend" if found else "every sentence is there in both languages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
