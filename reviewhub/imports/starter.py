"""The starter shelf: well-known papers that a new site begins with, so that nobody meets an empty room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from ..core.actor import KEEPER
from ..core.db import Database
from ..papers.models import Paper, PaperIdentifier
from ..papers.services import Mover
from ..ratings.services import carry_over
from .services import import_file

SHELF = Path(__file__).with_name("starter_shelf")
# The page this site follows shows a mean for its record, and says that too few people rated it; how many, it does not say.
CARRIED_OVER = {"10.3389/fnmol.2022.1074205": (4.5, "source page")}


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
        for doi, (mean, source) in CARRIED_OVER.items():
            paper_id = session.scalar(sa.select(PaperIdentifier.paper_id).where(PaperIdentifier.kind == "doi", PaperIdentifier.value == doi))
            if paper_id is not None:
                carry_over(session, paper_id, mean, source)
    return n
