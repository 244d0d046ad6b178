"""`flask search …`: ask, rebuild and check the index."""

from __future__ import annotations

import json
import sys

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from ..core import jobs
from ..core.text import plain
from ..papers.models import Paper
from ..search import services
from ..search.backend import IndexBusy
from ..search.engines import index_for
from ..search.queries import find
from .site import this_site

search = AppGroup("search", help="Ask, rebuild and check the search index.")


@search.command("query")
@click.argument("words")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def query(words: str, limit: int, as_json: bool) -> None:
    """Print the papers that WORDS find, best first."""
    site = this_site()
    with site.database.read() as session:
        found = find(site.settings, session, words, limit=limit)
        ids = [found.goes_to] if found.goes_to is not None else found.ids
        titles = dict(session.execute(sa.select(Paper.id, Paper.title).where(Paper.id.in_(ids))).all())
    if found.is_away:
        trouble = index_for(site.settings).trouble() or "it was for a moment"
        raise click.ClickException(f"Search is away: {trouble}. `flask search rebuild` makes the index anew.")
    hits = [{"id": i, "title": plain(titles[i])} for i in ids if i in titles]
    if as_json:
        click.echo(json.dumps({"total": max(found.total, len(hits)), "relaxed": found.relaxed, "hits": hits}, ensure_ascii=False))
        return
    for hit in hits:
        click.echo(f"{hit['id']:>8}  {hit['title']}")
    click.echo(f"{max(found.total, len(hits)):,} found" + (" (no paper has all the words; these have some)" if found.relaxed else ""))


@search.command("rebuild")
def rebuild() -> None:
    """Build the index anew beside the old one and swap."""
    site = this_site()
    try:
        click.echo(f"{services.rebuild(site.database, site.settings):,} papers indexed")
    except IndexBusy as error:
        raise click.ClickException(f"Not now: {error}") from error


@search.command("check")
def check() -> None:
    """Compare database and index: what is missing, out of date or too much, and other scores. Exit code 1 when they differ.

    While jobs wait, what they will bring up to date shows as a difference.
    """
    site = this_site()
    problems = services.check(site.database, site.settings)
    if not problems:
        click.echo("index and database agree")
        return
    for problem in problems:
        click.echo(problem)
    with site.database.read() as session:
        n_waiting = jobs.counts(session)["waiting"]
    click.echo(f"{n_waiting:,} jobs wait; they may mend it." if n_waiting else "`flask search rebuild` mends it.")
    sys.exit(1)
