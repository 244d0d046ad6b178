"""Sixteen readers rate, change and withdraw at the same moment: no error, nothing lost, and the score is the one that a recomputation gives."""

from __future__ import annotations

import random
import threading

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from reviewhub.core.db import Database
from reviewhub.core.jobs import run_due
from reviewhub.papers.record import PaperRecord
from reviewhub.ratings.models import PaperScore, Rating, RatingVersion
from reviewhub.ratings.services import recompute_all
from tests.people import signed_in
from tests.web.reading import one, take_in, tree

N_READERS = 16


def press(client: FlaskClient, paper_id: int, **fields: str) -> int:
    """Opens the form, fills it in, sends it; the status."""
    form = one(tree(client.get(f"/papers/{paper_id}/rate")), "//form[@id='rating']")
    hidden = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    return client.post(f"/papers/{paper_id}/rate", data={**hidden, "action": "send", **fields}).status_code


def scores(database: Database) -> dict[int, tuple[object, ...]]:
    """Every number kept of every paper, but when it was computed."""
    columns = [c for c in PaperScore.__table__.columns if c.name not in ("computed_at", "model_id")]
    with database.read() as session:
        return {row.paper_id: tuple(row) for row in session.execute(sa.select(*columns))}


def test_sixteen_at_once(app: Flask, database: Database) -> None:
    papers = take_in(app, *(PaperRecord("hand", title=f"Paper {n}") for n in range(4)))
    clients = [signed_in(app) for _ in range(N_READERS)]
    together = threading.Barrier(N_READERS)
    answers: list[int] = []
    faults: list[BaseException] = []

    def go(n: int) -> None:
        chance = random.Random(n)
        try:
            together.wait(60)
            answers.extend(press(clients[n], paper_id, overall=str(1 + n % 5)) for paper_id in chance.sample(papers, len(papers)))
            answers.append(press(clients[n], papers[0], overall=str(5 - n % 5), text="On second thoughts."))
            if n % 4 == 0:
                token = one(tree(clients[n].get(f"/papers/{papers[1]}/rate/withdraw")), "//main//form//input[@name='csrf_token']/@value")
                answers.append(clients[n].post(f"/papers/{papers[1]}/rate/withdraw", data={"csrf_token": token}).status_code)
        except BaseException as error:  # noqa: BLE001 - shown to the test below
            faults.append(error)

    threads = [threading.Thread(target=go, args=(n,)) for n in range(N_READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(answers) == {303}
    assert len(answers) == N_READERS * 5 + N_READERS // 4
    with database.read() as session:
        given = dict(session.execute(sa.select(Rating.paper_id, sa.func.count()).group_by(Rating.paper_id)).all())
        assert given == {paper_id: N_READERS - (N_READERS // 4 if paper_id == papers[1] else 0) for paper_id in papers}
        actions = dict(session.execute(sa.select(RatingVersion.action, sa.func.count()).group_by(RatingVersion.action)).all())
        assert actions == {"given": N_READERS * 4, "changed": N_READERS, "withdrawn": N_READERS // 4}
    run_due(database, app.extensions["settings"])  # who rates in step with whom shows as they rate; papers they rated before follow in a job
    kept = scores(database)
    with database.write() as session, session.begin():
        session.execute(sa.delete(PaperScore))
    with database.write() as session, session.begin():
        recompute_all(session, papers)
    assert kept == scores(database)
    assert [kept[paper_id][1] for paper_id in papers] == [given[paper_id] for paper_id in papers]
