"""The folder of an index: builds, readers, and writers that take turns."""

from __future__ import annotations

import contextlib
import fcntl
import pickle
import shutil
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

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
# A build that could not be read is not tried again so soon, unless something has been written: trying takes seconds.
RETRY_S = 5.0
# Saturation and length of BM25, as they did best on judged collections with all text in one field.
K1 = 1.6
B = 0.75
# What Whoosh raises on meeting files that end too early or hold something else.
_DAMAGE = (OSError, EOFError, struct.error, zlib.error, pickle.UnpicklingError)

T = TypeVar("T")


class WhooshIndex:
    """A `backend.SearchIndex` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._searchers: list[tuple[str, searching.Searcher]] = []  # of the live build, not in use by any thread
        self._known_bad: tuple[tuple[str, int] | None, str, float] = (None, "", 0.0)  # state, reason, until when it is believed
        self._lock = threading.Lock()

    def trouble(self) -> str | None:
        try:
            self.count()
        except IndexAway as error:
            return str(error)
        return None

    def count(self) -> int:
        return self._read(lambda searcher: int(searcher.doc_count()))

    def versions(self) -> dict[int, int]:
        return self._read(_versions)

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        with self._turn("write", WRITE_WAIT_S):
            self.count()  # a writer opens the files in the same way, but does not say in which way it fails
            with _writing(self._opened(self._live())) as batch:
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
        return self._read(lambda searcher: search(searcher, asked, filters, sort, offset, limit))

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

    def _read(self, work: Callable[[searching.Searcher], T]) -> T:
        """What `work` makes of a searcher on the newest commit, one for each thread at a time: Whoosh's readers hold file positions."""
        for n in range(OPEN_TRIES):
            build = self._live()
            state = self._state(build)
            bad_state, bad_reason, bad_until = self._known_bad
            if state == bad_state and time.monotonic() < bad_until:
                raise IndexAway(bad_reason)
            try:
                searcher = self._taken(build)
                try:
                    done = work(searcher)
                except BaseException:
                    searcher.close()
                    raise
                with self._lock:
                    self._searchers.append((build, searcher))
                return done
            except FileNotFoundError as error:  # went with a commit or a rebuild; the next reading finds the new ones
                reason = f"the live build lacks a file: {error}"
                time.sleep(0.02 * n)
            except _DAMAGE as error:
                reason = f"the live build is damaged: {type(error).__name__}: {error}"
                break
            except IndexAway as error:
                reason = str(error)
                if self._live() == build:  # else a rebuild has just swapped it away
                    break
        if self._state(build) == state:
            self._known_bad = (state, reason, time.monotonic() + RETRY_S)
        raise IndexAway(reason)

    def _state(self, build: str) -> tuple[str, int]:
        """What differs after every commit and swap."""
        try:
            return build, (self.folder / build).stat().st_mtime_ns
        except FileNotFoundError:
            return build, 0

    def _taken(self, build: str) -> searching.Searcher:
        """A searcher that no other thread uses, kept from before when nothing has been committed since."""
        with self._lock:
            gone = [searcher for of, searcher in self._searchers if of != build]  # they hold files that a rebuild has deleted
            self._searchers = [kept for kept in self._searchers if kept[0] == build]
            free = self._searchers.pop()[1] if self._searchers else None
        for searcher in gone:
            searcher.close()
        if free is not None:
            if free.up_to_date():
                return free
            free.close()
        return self._opened_searcher(build)

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
    try:
        with contextlib.closing(_WhooshBatch(writer)) as batch:
            yield batch
        writer.commit()
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise


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
