"""References as files for reference managers: of one paper, of a profile, a library, a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flask import Response, abort, current_app

from ...library.writing import written
from ...papers.citation import FORMATS, Format


def format_asked(name: str) -> Format:
    """The format of this name; none: 404."""
    found = FORMATS.get(name)
    if found is None:
        abort(404)
    return found


def sent(chosen: Format, stem: str, body: str | Iterable[str]) -> Response:
    """A file to keep, named `stem` with the ending of its format; search engines leave it alone."""
    answer = Response(body, content_type=chosen.content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{stem}.{chosen.extension}")
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def papers_sent(format_name: str, stem: str, paper_ids: Sequence[int]) -> Response:
    """These papers as one file, written while it is sent: a library of a hundred thousand is never held whole."""
    database, site_url = current_app.extensions["database"], current_app.extensions["settings"].site_url

    def pieces() -> Iterator[str]:
        with database.read() as session:  # that of the request is closed before the last piece goes out
            yield from written(session, paper_ids, format_name, site_url=site_url)

    return sent(format_asked(format_name), stem, pieces())
