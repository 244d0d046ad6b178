"""`flask accounts …`: making accounts, suspending them, what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from ..accounts.inviting import invite
from ..accounts.models import Account
from ..accounts.rules import INVITATION_LASTS, email_fault, email_key, name_of
from ..accounts.suspending import change_role
from ..core.actor import KEEPER, ROLES
from ..core.errors import RuleBroken
from ..moderation.services import end_suspension, suspend
from .site import this_site

accounts = AppGroup("accounts", help="Make, suspend and list accounts.")

_email = click.option("--email", required=True, help="Address of the account.")


@accounts.command("create")
@_email
@click.option("--name", required=True, help="As shown beside what they write.")
@click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of their mail, and of the page the link opens.")
def create(email: str, name: str, role: str, language: str) -> None:
    """Make an account and print the link with which its owner sets a password. The link works once."""
    site = this_site()
    with _writing() as session:
        if fault := email_fault(email.strip()):
            raise RuleBroken("email", fault)
        token = invite(session, name=name_of(name), email=email.strip(), role=role, language=language)
    click.echo(f"{site.settings.site_url}{'/zh' if language == 'zh' else ''}/account/password/{token}")
    click.echo(f"The link works once, within {INVITATION_LASTS.days} days; it is kept nowhere.", err=True)


@accounts.command("suspend")
@_email
@click.option("--because", required=True, help="The reason; the owner of the account reads it.")
def suspend_(email: str, because: str) -> None:
    """Keep an account from writing. Its ratings stay to be seen and no longer count."""
    with _writing() as session:
        suspend(session, KEEPER, _id_of(session, email), because)
    click.echo(f"{email} is suspended.")


@accounts.command("restore")
@_email
def restore_(email: str) -> None:
    """End a suspension."""
    with _writing() as session:
        end_suspension(session, KEEPER, _id_of(session, email), "Ended by a keeper.")
    click.echo(f"{email} may write again.")


@accounts.command("role")
@_email
@click.argument("role", type=click.Choice(ROLES))
def role_(email: str, role: str) -> None:
    """Make an account a reader, a moderator or an admin."""
    with _writing() as session:
        change_role(session, KEEPER, _id_of(session, email), role)
    click.echo(f"{email} is now {role}.")


@accounts.command("list")
@click.option("--role", type=click.Choice(ROLES), help="Only those.")
def list_(role: str | None) -> None:
    """Print every account on a line: number, role, address or ORCID iD, day of joining, name, whether it is suspended; between tabs."""
    with this_site().database.read() as session:
        found = sa.select(
            Account.id, Account.role, Account.email, Account.orcid, Account.joined_at, Account.name, Account.is_suspended, Account.suspended_because
        )
        for row in session.execute((found.where(Account.role == role) if role else found).order_by(Account.id)).yield_per(500):
            state = f"suspended: {row.suspended_because}" if row.is_suspended else ""
            click.echo("\t".join((str(row.id), row.role, row.email or row.orcid or "-", row.joined_at.date().isoformat(), row.name, state)).rstrip("\t"))


@contextmanager
def _writing() -> Iterator[Session]:
    """A transaction that is committed at the end; a broken rule becomes one line and exit code 1."""
    try:
        with this_site().database.write() as session, session.begin():
            yield session
    except RuleBroken as error:
        raise click.ClickException(str(error.message)) from None


def _id_of(session: Session, email: str) -> int:
    found = session.scalar(sa.select(Account.id).where(Account.email_key == email_key(email)))
    if found is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    return found
