"""`flask papers …`: records in and out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from ..core.actor import KEEPER
from ..imports.detecting import READERS
from ..imports.services import Report, import_file
from ..papers.models import PaperSource
from ..papers.services import record_of
from .site import Site, this_site

papers = AppGroup("papers", help="Bring records in and out.")

# Formats the contract names; those this build cannot read yet are refused by name, not as a slip of the tongue.
FORMATS = ("auto", "pubmed-xml", "crossref-json", "openalex-json", "datacite-json", "jats-xml", "wos-text", "ris", "bibtex", "csl-json", "endnote-xml", "jsonl")


@papers.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="auto", show_default=True, help="What the files hold.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def import_(paths: tuple[Path, ...], format_name: str, as_json: bool) -> None:
    """Read records from PATHS, plain or gzipped, one record or many.

    Exit code 0: nothing was rejected; 1: some records were; 2: a file could not be read at all. A run that was stopped goes on where it was.
    """
    if format_name != "auto" and format_name not in READERS:
        raise click.UsageError(f"This build does not read {format_name} yet. It reads: {', '.join(READERS)}.")
    site = this_site()
    reports = [_import_one(site, path, format_name) for path in paths]
    if as_json:
        click.echo(json.dumps(_as_json(reports), ensure_ascii=False))
    else:
        _print_table(reports)
    sys.exit(2 if any(r.is_unreadable for r in reports) else 1 if any(r.n_rejected for r in reports) else 0)


def _import_one(site: Site, path: Path, format_name: str) -> Report:
    if not sys.stderr.isatty():
        return import_file(site.database, KEEPER, path, format=format_name, movers=site.movers)
    size = path.stat().st_size if path.is_file() else 0
    bar: Any
    with click.progressbar(length=max(size, 1), label=path.name[:40], file=sys.stderr, item_show_func=lambda r: f"{r.n_read:,} records" if r else "") as bar:

        def show(n_bytes: int, report: Report) -> None:
            bar.update(max(0, n_bytes - bar.pos), report)

        report = import_file(site.database, KEEPER, path, format=format_name, movers=site.movers, on_progress=show)
        bar.update(max(0, size - bar.pos), report)
    return report


def _as_json(reports: list[Report]) -> dict[str, Any]:
    return {
        "read": sum(r.n_read for r in reports),
        "created": sum(r.n_created for r in reports),
        "updated": sum(r.n_updated for r in reports),
        "unchanged": sum(r.n_unchanged for r in reports),
        "rejected": sum(r.n_rejected for r in reports),
        "problems": [
            {"file": p.file, "where": p.where, "reason": str(p.reason), "kind": "rejected" if p.is_rejection else "left out"}
            for r in reports
            for p in r.problems
        ],
    }


def _print_table(reports: list[Report]) -> None:
    heads = ("read", "created", "updated", "unchanged", "rejected")
    lines = [(r.file, [r.n_read, r.n_created, r.n_updated, r.n_unchanged, r.n_rejected]) for r in reports]
    if len(lines) > 1:
        lines.append(("all files", [sum(column) for column in zip(*(figures for _, figures in lines), strict=True)]))
    width = max(len("file"), *(len(name) for name, _ in lines))
    click.echo(f"{'file':<{width}}" + "".join(f"{h:>11}" for h in heads))
    for name, figures in lines:
        click.echo(f"{name:<{width}}" + "".join(f"{n:>11,}" for n in figures))
    for report in reports:
        if report.n_resumed:
            click.echo(f"{report.file}: an earlier run was stopped; went on after its {report.n_resumed:,} records.")
    for is_rejection, head in ((True, "Rejected:"), (False, "Taken in, but a value was left out:")):
        found = [p for r in reports for p in r.problems if p.is_rejection == is_rejection]
        if found:
            click.echo(f"\n{head}")
        for p in found:
            click.echo("  " + ": ".join(part for part in (p.file, p.where, str(p.reason)) if part))


@papers.command("export")
@click.option("--format", "format_name", type=click.Choice(["jsonl"]), default="jsonl", show_default=True)
def export(format_name: str) -> None:
    """Print every record as our own JSON lines: one line for each source of each paper, whole, so that importing them gives the same papers.

    For keepers: the lines hold e-mail addresses of authors, which no page shows.
    """
    del format_name  # there is one so far
    site = this_site()
    last = 0
    while True:
        with site.database.read() as session:
            found = session.execute(sa.select(PaperSource.id, PaperSource.content).where(PaperSource.id > last).order_by(PaperSource.id).limit(500)).all()
        if not found:
            return
        for _, content in found:
            click.echo(json.dumps(record_of(content).to_json(), ensure_ascii=False))
        last = found[-1].id
