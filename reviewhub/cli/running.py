"""`flask setup`, `flask serve`, `flask worker`: a site from nothing, and its processes."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import click
import waitress
from flask import current_app
from flask.cli import with_appcontext

from ..core import jobs
from ..core.migrating import migrate
from ..imports.starter import is_empty, load_shelf
from ..papers.queries import n_papers
from ..ratings.rescoring import recompute_missing
from ..search import services as search
from ..search.backend import IndexAway, IndexBusy
from .site import Site, this_site

# Requests at work at one time. Pages are short; SQLite serves many readers at once and one writer.
THREADS = 8
# A worker that dies is started again, but not faster than this.
RESTART_PAUSE_S = 2.0
# What a stopping site gives its worker to finish the job in hand; after that the lease brings the job back.
GRACE_S = 20.0
# Up to so many papers `./run` builds an index before it serves, some seconds; a larger one is left to the worker, with the site up meanwhile.
WORTH_WAITING_FOR = 5_000
# Bodies larger than the largest upload are refused by the server itself.
MAX_BODY_BYTES = 21 * 1024**2

log = logging.getLogger(__name__)


@click.command("setup")
@click.option("--soon", is_flag=True, help="Leave a large search index to the worker, so that the site can be served meanwhile.")
@with_appcontext
def setup(soon: bool) -> None:
    """Bring the database to its newest shape, load the starter shelf into an empty one, build the search index. Safe to repeat."""
    site = this_site()
    migrate(site.database)
    recompute_missing(site.database)  # the ratings that a migration made of carried-over means
    if is_empty(site.database):
        n = load_shelf(site.database, movers=site.movers)
        click.echo(f"Starter shelf: {n} papers.")
    try:
        _prepare_search(site, soon=soon)
    except IndexBusy as error:  # two were started at once, or a cluster is out of reach; browsing works meanwhile, and the worker tries again
        click.echo(f"The search index waits: {error}")
    except (IndexAway, OSError) as error:  # the site is worth serving without search; the worker tries again
        click.echo(f"Search is away: {error}")


def _prepare_search(site: Site, *, soon: bool) -> None:
    with site.database.read() as session:
        is_left = soon and n_papers(session) > WORTH_WAITING_FOR
    if not is_left:
        if n := search.prepare(site.database, site.settings):
            click.echo(f"Search index: {n} papers.")
    elif search.needs_rebuild(site.database, site.settings):
        click.echo("The search index has to be built: the worker does it, with the site up meanwhile.")


@click.command("worker")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process is gone.")
@with_appcontext
def worker(parent: int) -> None:
    """Do the jobs that wait: keep the search index and everything else that follows from a change."""
    site = this_site()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if parent:
        threading.Thread(target=_stop_with, args=(parent, stop), daemon=True).start()
    try:
        search.prepare(site.database, site.settings)  # before the jobs: what they change could not be shown without it
    except (IndexBusy, IndexAway, OSError) as error:  # it is tried again now and then; mail and scores must not wait for it
        log.warning("the search index could not be prepared: %s", error)
    jobs.work(site.database, site.settings, stop)


def _stop_with(parent: int, stop: threading.Event) -> None:
    while not stop.wait(1.0):
        if os.getppid() != parent:
            stop.set()


@click.command("serve")
@click.option("--port", type=int, default=None, help="Default: PORT, else 8000.")
@click.option("--host", default="127.0.0.1", show_default=True)
@with_appcontext
def serve(port: int | None, host: str) -> None:
    """Serve the site, with its worker beside it, until Ctrl-C or SIGTERM."""
    site = this_site()
    if port is None:
        port = site.settings.port
    elif port not in (0, site.settings.port):  # the settings hold it, and every absolute address; the site is made with them, so make it anew
        os.execve(sys.executable, [sys.executable, "-m", "flask", "serve", "--host", host], {**os.environ, "PORT": str(port)})  # noqa: S606 - no shell is wanted
    application = current_app._get_current_object()  # type: ignore[attr-defined]  # threads have no context to find it by
    try:
        server = waitress.create_server(
            application, host=host, port=port, threads=THREADS, max_request_body_size=MAX_BODY_BYTES, ident="reviewhub", clear_untrusted_proxy_headers=True
        )
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {error.strerror}. Is another site running there? PORT=9000 ./run serves elsewhere."
        ) from None
    keeper = _WorkerKeeper()
    signal.signal(signal.SIGTERM, _leave)
    keeper.start()
    click.echo(f"reviewhub is at {site.settings.site_url if port == site.settings.port else f'http://{host}:{server.effective_port}'}  (Ctrl-C stops it)")
    try:
        server.run()
    finally:
        server.close()
        keeper.stop()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


class _WorkerKeeper(threading.Thread):
    """Runs `flask worker` in a process of its own, for Python has one interpreter lock a process, and starts it again when it dies."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._is_stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while not self._is_stopping.is_set():
            self._process = subprocess.Popen([sys.executable, "-m", "flask", "worker", "--parent", str(os.getpid())])
            code = self._process.wait()
            if not self._is_stopping.is_set():
                log.error("the worker ended with code %s; starting it again", code)
                self._is_stopping.wait(RESTART_PAUSE_S)

    def stop(self) -> None:
        self._is_stopping.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        until = time.monotonic() + GRACE_S
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        if process.poll() is None:
            process.kill()
