"""`flask moderation …`: whether the public log is whole."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from ..moderation import log
from .site import this_site

moderation = AppGroup("moderation", help="The public log of moderators' decisions.")


@moderation.command("verify-log")
def verify_log() -> None:
    """Compute every hash of the public log anew. Exit code 1 when a line was removed, put in or altered; the lines are named."""
    with this_site().database.read() as session:
        found = list(log.faults(session))
        newest = log.lines(session, size=1)
    for fault in found:
        click.echo(fault)
    if found:
        raise SystemExit(1)
    click.echo(f"{newest[0].number:,} entries, whole; the last hash is {newest[0].hash}" if newest else "The log is empty, and whole.")
