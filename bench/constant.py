"""The reference of the page benchmark: a Flask application that answers every address with the same bytes, under the server that serves the site."""

from __future__ import annotations

import os

import waitress
from flask import Flask, Response

from reviewhub.cli import running

app = Flask(__name__, static_folder=None)
_BODY = b"x" * int(os.environ.get("CONSTANT_BYTES", "5"))


@app.get("/")
def constant() -> Response:
    """As many bytes as CONSTANT_BYTES says."""
    return Response(_BODY, mimetype="text/html")


def main() -> None:
    """Serves on PORT as `flask serve` does."""
    waitress.serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=running.THREADS, ident="reviewhub", _quiet=True)


if __name__ == "__main__":
    main()
