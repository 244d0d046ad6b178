"""The folder of an index: builds, readers, and writers that take turns."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import pickle
import shutil
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from whoosh import index, scoring, searching, writing
from whoosh.filedb.filestore import FileStorage

from ..backend import Batch, Filters, IndexAway, IndexBusy, Results
from ..documents import Document
from ..language import Query
from .asking import search
from .postings import fingerprint, schema, values_of

# How long a writer waits for another one. Jobs are tried again, so this need not outlast a rebuild.
WRITE_WAIT_S = 20.0
# A commit may delete files between the reading of the list of segments and their opening; the next reading finds the new ones.
OPEN_TRIES = 5
# Saturation and length of BM25, as they did best on judged collections with all text in one field.
K1 = 1.6
B = 0.75
# What Whoosh raises on meeting files that end too early or hold something else.
_DAMAGE = (OSError, EOFError, struct.error, zlib.error, pickle.UnpicklingError)

log = logging.getLogger(__name__)


class WhooshIndex:
    """A `backend.SearchIndex` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._searchers: list[tuple[str, searching.Searcher]] = []  # of the live build, not in use by any thread
        self._lock = threading.Lock()

    def trouble(self) -> str | None:
        try:
            with self._searcher():
                return None
        except IndexAway as error:
            return str(error)

    def count(self) -> int:
        with self._searcher() as searcher:
            return int(searcher.doc_count())

    def versions(self) -> dict[int, int]:
        with self._searcher() as searcher:
            return _versions(searcher)

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        with self._turn("write", WRITE_WAIT_S):
            build = self._live()
            with _writing(self._opened(build)) as batch:
                yield batch

    def rebuild(self, fill: Callable[[Batch], None], catch_up: Callable[[Batch, dict[int, int]], None]) -> None:
        with self._turn("rebuild", 0):
            name = uuid.uuid4().hex
            build = self.folder / name
            build.mkdir()
            try:
                made = index.FileIndex.create(FileStorage(str(build)), schema(), "papers")
                with _writing(made) as batch:
                    fill(batch)
                with self._turn("write", WRITE_WAIT_S):
                    with contextlib.closing(_searcher_of(made)) as searcher:
                        written = _versions(searcher)
                    with _writing(made) as batch:
                        catch_up(batch, written)
                    (build / "fingerprint").write_text(fingerprint())
                    beside = self.folder / "current.new"
                    beside.write_text(name)
                    beside.replace(self.folder / "current")
            except BaseException:
                shutil.rmtree(build, ignore_errors=True)
                raise
            for other in self.folder.iterdir():  # the build before, and what rebuilds that were killed left behind
                if other.is_dir() and other.name != name:
                    shutil.rmtree(other, ignore_errors=True)

    def search(self, asked: Query, filters: Filters, sort: str, offset: int, limit: int) -> Results:
        for n in range(OPEN_TRIES):
            try:
                with self._searcher() as searcher:
                    return search(searcher, asked, filters, sort, offset, limit)
            except FileNotFoundError:  # a file that is opened only when needed went with a commit or a rebuild
                log.info("the index changed under a search; try %d", n + 1)
            except _DAMAGE as error:
                raise IndexAway(f"the live build is damaged: {type(error).__name__}: {error}") from error
        raise IndexAway("its files keep vanishing")

    # Builds

    def _live(self) -> str:
        try:
            name = (self.folder / "current").read_text().strip()
        except FileNotFoundError:
            raise IndexAway("it has not been built") from None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexAway(f"its folder cannot be read: {error}") from error
        if not name.isalnum():
            raise IndexAway("the file that names the live build is broken")
        return name

    def _opened(self, build: str) -> index.FileIndex:
        """The live build as Whoosh knows it. Raises IndexAway when it is not one that this code can use."""
        folder = self.folder / build
        try:
            made_with = (folder / "fingerprint").read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise IndexAway(f"the live build cannot be read: {error}") from error
        if made_with != fingerprint():
            raise IndexAway("it was built by another version of this program")
        try:
            return index.FileIndex(FileStorage(str(folder)), indexname="papers")
        except FileNotFoundError:
            raise
        except Exception as error:
            raise IndexAway(f"the live build is damaged: {type(error).__name__}: {error}") from error

    # Readers

    @contextlib.contextmanager
    def _searcher(self) -> Iterator[searching.Searcher]:
        """A searcher on the newest commit, for one thread at a time: Whoosh's readers hold file positions."""
        build, searcher = self._fresh()
        try:
            yield searcher
        except BaseException:
            searcher.close()
            raise
        with self._lock:
            self._searchers.append((build, searcher))

    def _fresh(self) -> tuple[str, searching.Searcher]:
        for n in range(OPEN_TRIES):
            build = self._live()
            with self._lock:
                kept = self._searchers.pop() if self._searchers else None
            try:
                if kept:
                    if kept[0] == build and kept[1].up_to_date():
                        return kept
                    kept[1].close()
                return build, self._opened_searcher(build)
            except FileNotFoundError as error:
                if n == OPEN_TRIES - 1:
                    raise IndexAway(f"the live build lacks a file: {error}") from error
                time.sleep(0.02 * (n + 1))
            except IndexAway:
                if n == OPEN_TRIES - 1 or self._live() == build:  # else a rebuild has just swapped it away
                    raise
        raise AssertionError("unreachable")

    def _opened_searcher(self, build: str) -> searching.Searcher:
        opened = self._opened(build)
        try:
            return _searcher_of(opened)
        except FileNotFoundError:
            raise
        except Exception as error:
            raise IndexAway(f"the live build is damaged: {type(error).__name__}: {error}") from error

    # Writers

    @contextlib.contextmanager
    def _turn(self, what: str, wait_s: float) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + wait_s
        with (self.folder / f"{what}.lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= until:
                        raise IndexBusy(f"the {what} lock of {self.folder} is taken") from None
                    time.sleep(0.05)
            yield


def _searcher_of(opened: index.FileIndex) -> searching.Searcher:
    return opened.searcher(weighting=scoring.BM25F(B=B, K1=K1))


@contextlib.contextmanager
def _writing(opened: index.FileIndex) -> Iterator[_WhooshBatch]:
    """A batch that is committed when the block ends and dropped when it raises."""
    try:
        writer = opened.writer(timeout=WRITE_WAIT_S)
    except writing.LockError as error:
        raise IndexBusy("another program writes to the index") from error
    batch = _WhooshBatch(writer)
    try:
        yield batch
    except BaseException:
        batch.close()
        writer.cancel()
        raise
    batch.close()
    writer.commit()


def _versions(searcher: searching.Searcher) -> dict[int, int]:
    reader = searcher.reader()
    if not reader.doc_count():
        return {}
    papers, versions = reader.column_reader("paper"), reader.column_reader("version")
    return {papers[n]: versions[n] for n in reader.all_doc_ids()}


class _WhooshBatch:
    """Changes in one Whoosh writer, which knows what was there when it was opened."""

    def __init__(self, writer: writing.SegmentWriter) -> None:
        self._writer = writer
        self._reader = writer.reader()

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._delete(document.id)
            self._writer.add_document(**values_of(document))

    def delete(self, ids: Collection[int]) -> None:
        for paper_id in ids:
            self._delete(paper_id)

    def _delete(self, paper_id: int) -> None:
        key = str(paper_id).encode()
        if ("id", key) in self._reader:
            for number in list(self._reader.postings("id", key).all_ids()):
                if not self._writer.is_deleted(number):
                    self._writer.delete_document(number)

    def close(self) -> None:
        self._reader.close()
