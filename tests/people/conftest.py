"""What tests of people ask for: papers by named authors, claimants, the jobs of the site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from reviewhub.app import SCHEDULES, SUBSCRIPTIONS
from reviewhub.config import Settings
from reviewhub.core import jobs
from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.record import Affiliation, Author, PaperRecord
from reviewhub.papers.services import add_or_update

ORCID, OTHER_ORCID, THIRD_ORCID = "0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-9079-593X"
FUDAN = Affiliation("Huashan Hospital, Fudan University, Shanghai, China")
PEKING = Affiliation("School of Medicine, Peking University, Beijing, China")
LEI = Author("Lei Wang", "Wang", "Lei", orcid=ORCID, email="lwang@fudan.edu.cn", affiliations=[FUDAN])
MING = Author("Ming Li", "Li", "Ming", affiliations=[PEKING])
ANNA = Author("Anna Schmidt", "Schmidt", "Anna", affiliations=[PEKING])


@pytest.fixture(autouse=True)
def subscribed() -> Iterator[None]:
    """The site's jobs follow its events."""
    jobs.subscribe(jobs.Subscriptions(*SUBSCRIPTIONS, schedules=SCHEDULES))
    yield
    jobs.subscribe(jobs.Subscriptions())


AddPaper = Callable[..., int]


@pytest.fixture
def paper(database: Database) -> AddPaper:
    """Adds a paper by these authors and gives its id."""

    def add(*authors: Author, title: str = "A long enough title of a paper", **fields: Any) -> int:
        record = PaperRecord("hand", title=title, authors=[replace(author) for author in authors], **fields)
        with database.write() as session, session.begin():
            return add_or_update(session, KEEPER, [record])[0].paper_id or 0

    return add


@pytest.fixture
def run_jobs(database: Database, settings: Settings) -> Callable[[], int]:
    """Does every job that is due."""
    return lambda: jobs.run_due(database, settings)
