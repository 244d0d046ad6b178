"""Rating a paper in a browser."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.people import person, rated, signed_in
from tests.web.reading import bare_record, full_record, take_in, tree


def test_smoke(app: Flask, client: FlaskClient) -> None:
    (pid,) = take_in(app, full_record())
    with app.extensions["database"].write() as s, s.begin():
        rated(s, pid, [7, 8, 9, 7, 6, 7], text="Good *work* $x^2$", novelty=4, familiarity=3)
    for c in (client, signed_in(app), signed_in(app, hides_numbers=True)):
        for path in ("", "/rate", "/reviews", "/reviews/1", "/reviews/1.md"):
            for pre in ("", "/zh"):
                a = c.get(f"{pre}/papers/{pid}{path}")
                assert a.status_code in (200, 303), (path, a.status_code, a.text[:3000])
