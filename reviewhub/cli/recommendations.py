"""`flask recommendations …`: the model made anew, and what it is worth on a published collection."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from .site import this_site

# Lists made between two looks at what waits.
LISTS_AT_ONCE = 500

recommendations = AppGroup("recommendations", help="Related papers and papers for readers.")


@recommendations.command("evaluate")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--run", type=click.Path(path_type=Path, dir_okay=False), help="Write every reader's 300 best papers there: reader, tab, papers.")
def evaluate(folder: Path, run: Path | None) -> None:
    """Train on the collection in DIR and print recall, nDCG and MAP of what was kept aside, beside the simple ways."""
    from ..recommendations import dataset, evaluating  # noqa: PLC0415 - numpy and scipy take half a second to load, and few commands need them
    from ..recommendations.judging import CUTS  # noqa: PLC0415

    try:
        collection = dataset.read(folder)
    except dataset.BadFolder as error:
        click.echo(str(error.args[0]), err=True)
        sys.exit(2)
    corpus = collection.corpus
    n_entries, n_hidden = corpus.libraries.nnz, collection.hidden.nnz
    click.echo(f"{corpus.n_papers:,} papers, {corpus.libraries.shape[0]:,} readers, {n_entries:,} entries to train on, {n_hidden:,} to find")
    names = [*(f"recall@{cut}" for cut in CUTS), "nDCG@20", "MAP"]
    click.echo(f"{'':12}{'':18}" + "".join(f"{name:>12}" for name in names))
    for found in evaluating.evaluate(collection, run=run):
        if isinstance(found, evaluating.Row):
            click.echo(f"{found.task:12}{found.method:18}" + "".join(f"{found.figures[name]:12.4f}" for name in names) + f"   {found.n_readers:,} readers")
        else:
            took = f"{found.training_s:.1f} s of processor time ({found.training_wall_s:.1f} s on the clock), {found.training_mb:.0f} MB at most"
            click.echo(f"trained in {took}; one reader {found.reader_ms:.1f} ms, one record {found.record_ms:.1f} ms")


@recommendations.command("train")
def train() -> None:
    """Make the model anew now, and the lists of related papers that follow from it; print what was made."""
    from ..recommendations import relating, training  # noqa: PLC0415
    from ..recommendations.queries import lists_of_older_models, papers_without_list  # noqa: PLC0415

    site = this_site()
    made = training.train(site.database, site.settings)
    if made is None:
        click.echo(f"No model: another process is at it, or there are fewer than {training.FEWEST_PAPERS} papers. Lists are made by text alone.")
        return
    size_mb = made.size_bytes / 1e6
    click.echo(f"{made.n_papers:,} papers, {made.n_readers:,} readers, {made.n_entries:,} entries; {made.training_s:.1f} s, {size_mb:.1f} MB in {made.folder}")
    if made.figures:
        click.echo("  ".join(f"{name} {value:g}" for name, value in made.figures.items()))
    n = 0
    while True:
        with site.database.read() as session:
            waiting = lists_of_older_models(session, made.id, LISTS_AT_ONCE) or papers_without_list(session, LISTS_AT_ONCE)
        if not waiting:
            break
        relating.relate_in_turn(site.database, site.settings.home, waiting)
        n += len(waiting)
    click.echo(f"{n:,} lists of related papers")
