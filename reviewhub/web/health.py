"""`/healthz` and `/readyz`: is the process up, and can it serve?"""

from __future__ import annotations

import logging
from functools import lru_cache

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify

from ..core import migrating
from ..search.engines import index_for
from .support.entry import entry

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@entry("anyone")
def alive() -> Response:
    """The process answers. Nothing else is asked, so that a slow database does not get a sound process killed."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


@blueprint.get("/readyz")
@entry("anyone")
def ready() -> Response:
    """Whether pages can be served: 200 when the database answers in its newest shape, else 503, and which of the three is missing.

    Without its index the site still serves everything but search: that is told, and does not take it out of service.
    """
    database = _database_state()
    found = {"database": database, "migrations": _migrations_state() if database == "ok" else "unknown", "search": _search_state()}
    answer = jsonify(found)
    answer.status_code = 200 if found["database"] == found["migrations"] == "ok" else 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _database_state() -> str:
    try:
        with current_app.extensions["database"].engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        log.exception("the database does not answer")
        return "away"
    return "ok"


def _migrations_state() -> str:
    return "ok" if migrating.current(current_app.extensions["database"]) in _heads() else "behind"


@lru_cache(maxsize=1)
def _heads() -> tuple[str, ...]:
    """The newest revisions; the files cannot change under a running process."""
    return migrating.heads()


def _search_state() -> str:
    trouble = index_for(current_app.extensions["settings"]).trouble()
    if trouble:
        log.warning("the search index: %s", trouble)
    return "to be rebuilt" if trouble else "ok"
