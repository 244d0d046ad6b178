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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from whoosh import index
from whoosh.filedb.filestore import FileStorage

from ..backend import Batch, Filters, IndexAway, IndexBusy, Results, Suggestions
from ..documents import Standing
from ..language import Query
from . import asking, standings, suggesting, vocabulary
from .codec import INDEX_NAME, ArraySegment
from .containers import Damaged
from .postings import fingerprint, schema
from .snapshot import Snapshot
from .writing import BuildWriter, alive

# How long a writer waits for another one. Jobs are tried again, so this need not outlast a rebuild.
WRITE_WAIT_S = 20.0
# A commit may delete files between the reading of the list of segments and their opening; the next reading finds the new ones.
OPEN_TRIES = 5
# A build that could not be read is not tried again so soon, unless something has been written: trying takes seconds.
RETRY_S = 5.0
# File systems tell time in steps of some milliseconds: a folder that changed so lately may change again without its time doing so.
SETTLED_S = 0.1
# What reading files raises that end too early or hold something else.
_DAMAGE = (Damaged, OSError, EOFError, struct.error, zlib.error, pickle.UnpicklingError)

T = TypeVar("T")
State = tuple[str, int]


class WhooshIndex:
    """A `backend.SearchIndex` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshot: tuple[State, float, Snapshot] | None = None  # of which state, when it was read
        self._newest_known: Snapshot | None = None  # also when something about it turned out to be wrong
        self._known_bad: tuple[State | None, str, float] = (None, "", 0.0)  # state, reason, until when it is believed
        self._lock = threading.Lock()

    def trouble(self) -> str | None:
        try:
            self.count()
        except IndexAway as error:
            return str(error)
        return None

    def count(self) -> int:
        return self._read(lambda snapshot: snapshot.n_documents)

    def versions(self) -> dict[int, int]:
        """As the protocol says; reads and checks every file, so that damage is found when an index is compared."""
        return self._read(_checked_versions)

    def standings(self) -> dict[int, Standing]:
        return self._read(_standings)

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        with self._turn("write", WRITE_WAIT_S):
            self.count()  # raises when the build cannot be read
            with _writing(self.folder / self._live()) as writer:
                yield writer
                writer.commit()

    def rebuild(self, fill: Callable[[Batch], None], catch_up: Callable[[Batch, dict[int, int]], None]) -> None:
        with self._turn("rebuild", 0):
            name = uuid.uuid4().hex
            build = self.folder / name
            build.mkdir()
            try:
                index.FileIndex.create(FileStorage(str(build)), schema(), INDEX_NAME)
                with _writing(build) as writer:
                    fill(writer)
                    writer.commit(tidy=True)
                with self._turn("write", WRITE_WAIT_S):
                    written = _versions(_opened(build, None))
                    with _writing(build) as writer:
                        catch_up(writer, written)
                        writer.commit()
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

    def search(self, query: Query, filters: Filters, sort: str, offset: int, limit: int, *, facets: bool = False) -> Results:
        return self._read(lambda snapshot: asking.search(snapshot, query, filters, sort, offset, limit, facets=facets))

    def suggest(self, text: str, limit: int) -> Suggestions:
        return self._read(lambda snapshot: suggesting.suggest(snapshot, text, limit))

    def correct(self, text: str) -> str:
        return self._read(lambda snapshot: vocabulary.corrected(snapshot, text))

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

    # Readers

    def _read(self, work: Callable[[Snapshot], T]) -> T:
        """What `work` makes of the newest commit. All threads read the same snapshot."""
        for n in range(OPEN_TRIES):
            build = self._live()
            state = self._state(build)
            bad_state, bad_reason, bad_until = self._known_bad
            if state == bad_state and time.monotonic() < bad_until:
                raise IndexAway(bad_reason)
            try:
                snapshot = self._taken(state)
                return self._worked(snapshot, work)
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
        self._snapshot = None
        if self._state(build) == state:
            self._known_bad = (state, reason, time.monotonic() + RETRY_S)
        raise IndexAway(reason)

    def _worked(self, snapshot: Snapshot, work: Callable[[Snapshot], T]) -> T:
        try:
            return work(snapshot)
        except (IndexError, ValueError, KeyError, UnicodeDecodeError):
            snapshot.check()  # numbers that lead nowhere come of damaged files; if these are whole, the fault is ours
            raise

    def _state(self, build: str) -> State:
        """What differs after every commit and swap."""
        try:
            return build, (self.folder / build).stat().st_mtime_ns
        except FileNotFoundError:
            return build, 0

    def _taken(self, state: State) -> Snapshot:
        """The snapshot of this state, from before or new."""
        known = self._snapshot
        if known is not None and known[0] == state and known[1] - state[1] / 1e9 > SETTLED_S:
            return known[2]
        with self._lock:
            known = self._snapshot
            if known is not None and known[0] == state and known[1] - state[1] / 1e9 > SETTLED_S:
                return known[2]
            now = time.time()
            snapshot = self._newest(self.folder / state[0])
            self._snapshot = (state, now, snapshot)
            return snapshot

    def _newest(self, build: Path) -> Snapshot:
        """The build as it is now. What was open already stays open. Raises IndexAway when it is not one that this code can use."""
        try:
            made_with = (build / "fingerprint").read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise IndexAway(f"the live build cannot be read: {error}") from error
        if made_with != fingerprint():
            raise IndexAway("it was built by another version of this program")
        try:
            snapshot = _opened(build, self._newest_known)
        except FileNotFoundError:
            raise
        except Exception as error:
            raise IndexAway(f"the live build is damaged: {type(error).__name__}: {error}") from error
        self._newest_known = snapshot
        return snapshot

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


@contextlib.contextmanager
def _writing(build: Path) -> Iterator[BuildWriter]:
    """A writer whose changes are dropped when the block raises."""
    writer = BuildWriter(build, WRITE_WAIT_S)
    try:
        yield writer
    except BaseException:
        writer.cancel()
        raise
    finally:
        writer.close()


def _opened(build: Path, known: Snapshot | None) -> Snapshot:
    """What the newest table of contents names. What is `known` already is not opened again; after a rating all of it is known but numbers."""
    storage = FileStorage(str(build))
    segments: list[ArraySegment] = index.TOC.read(storage, INDEX_NAME).segments
    numbers = standings.read(build)
    content = [(segment.segment_id(), segment.deleted_count()) for segment in segments]
    if known is not None and known.content == content:
        return known.with_standings(numbers)
    files = {one.name: one for one in known.segments} if known is not None else {}
    opened = [(files.get(segment.segment_id()) or segment.opened(storage), alive(segment) if segment.deleted_count() else None) for segment in segments]
    return Snapshot(opened, numbers)


def _checked_versions(snapshot: Snapshot) -> dict[int, int]:
    snapshot.check()
    return _versions(snapshot)


def _versions(snapshot: Snapshot) -> dict[int, int]:
    papers, versions = snapshot.column("paper"), snapshot.column("version")
    if snapshot.alive is not None:
        papers, versions = papers[snapshot.alive], versions[snapshot.alive]
    return dict(zip(papers.tolist(), versions.tolist(), strict=True))


def _standings(snapshot: Snapshot) -> dict[int, Standing]:
    columns = [snapshot.standings[name].tolist() for name in standings.NUMBERS]
    return {row[0]: Standing(*row) for row in zip(*columns, strict=True)}
