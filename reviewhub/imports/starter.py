"""The starter shelf: well-known papers that a new site begins with, so that nobody meets an empty room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from ..accounts.models import Account
from ..accounts.services import create_account
from ..core.actor import KEEPER, Actor
from ..core.db import Database
from ..papers.models import Paper, PaperIdentifier
from ..papers.services import Mover
from ..ratings.services import Given, rate
from .services import import_file

SHELF = Path(__file__).with_name("starter_shelf")
# The page this site follows shows a mean for its record, and says that too few people rated it; how many, it does not say. So one rating stands for it, in
# half stars, of an account that nobody can sign in to.
STARTER_RATINGS = {"10.3389/fnmol.2022.1074205": 9}
STARTER_RATER = "Source page · 来源页面"


def is_empty(database: Database) -> bool:
    """Whether no paper is here yet."""
    with database.read() as session:
        return session.scalar(sa.select(Paper.id).limit(1)) is None


def load_shelf(database: Database, *, movers: Sequence[Mover] = ()) -> int:
    """Imports the shelf; the number of papers made. A shelf that cannot be read whole is a fault of this project and raises RuntimeError."""
    n = 0
    for path in sorted(SHELF.glob("*.jsonl")):
        report = import_file(database, KEEPER, path, format="jsonl", movers=movers)
        if report.problems:
            raise RuntimeError(f"the starter shelf is damaged: {path.name}: {report.problems[0].where}: {report.problems[0].reason}")
        n += report.n_created
    with database.write() as session, session.begin():
        rater = session.scalar(sa.select(Account).where(Account.name == STARTER_RATER, Account.email.is_(None)))
        rater = rater or create_account(session, name=STARTER_RATER, email=None)
        for doi, half_stars in STARTER_RATINGS.items():
            paper_id = session.scalar(sa.select(PaperIdentifier.paper_id).where(PaperIdentifier.kind == "doi", PaperIdentifier.value == doi))
            if paper_id is not None:
                rate(session, Actor("account", rater.id, "reader"), paper_id, Given(half_stars))
    return n
