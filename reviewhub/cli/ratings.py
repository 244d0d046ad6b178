"""`flask ratings …`: scores made anew, and what the whole site's ratings say about ratings."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from ..ratings import rescoring
from .site import this_site

ratings = AppGroup("ratings", help="Make scores anew.")


@ratings.command("recompute")
def recompute() -> None:
    """Compute the score of every paper anew from its ratings. Changes nothing where all is as it should be."""
    click.echo(f"{sum(rescoring.recompute_everything(this_site().database)):,} scores")


@ratings.command("model")
def model() -> None:
    """Make prior and leniencies anew now, and the scores that follow from them; print what was found."""
    from ..ratings import modelling  # noqa: PLC0415 - numpy and scipy take half a second to load, and no other command needs them

    database = this_site().database
    trained = modelling.train(database, always=True)
    rescoring.rescore(database)
    prior = trained.prior
    click.echo(f"{trained.n_ratings:,} ratings count; {trained.n_papers:,} papers have two or more")
    click.echo("shares of 0.5 to 5 stars: " + " ".join(f"{100 * share:.1f}%" for share in prior.shares))
    agreement = f"ICC {prior.icc:.3f}" if prior.icc is not None else f"ICC not told by fewer than {modelling.ENOUGH_PAPERS} papers"
    click.echo(f"{agreement}; the prior weighs as much as {prior.weight:g} ratings")
    click.echo(f"{len(trained.leniencies.raters):,} raters are known to be more or less lenient than others")
