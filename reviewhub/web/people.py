"""`/people/<id>`: who is behind claimed names, with their papers; as a page, as files for reference managers, as a feed. And names nobody has claimed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from xml.etree import ElementTree

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from ..core.errors import NotAllowed, NotFound
from ..core.text import message, plain
from ..library.queries import ListLine, lists_of
from ..moderation import claims as moderated
from ..papers.citation import FORMATS
from ..papers.queries import Line, lines_of, printed_name
from ..people import own
from ..people import queries as people
from ..people.queries import Profile
from ..ratings.own import Own, ratings_of
from . import structured_data
from .support import citation_files, language, looking, notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# Ratings on a profile, and papers in a feed: the newest.
MOST_RATINGS = 10
MOST_IN_FEED = 50

_ATOM = "http://www.w3.org/2005/Atom"
_HIDDEN = message("The page of this name is hidden now. The papers stay as printed.")
_SHOWN = message("The page of this name is shown again.")
_NOT_YOURS = message("Your own name cannot be this one, so its page is not yours to hide. If it is, add the name to your profile, or write to a moderator.")
_NOT_HIDDEN_BY_YOU = message("Somebody else had this page hidden; only they and moderators show it again.")

blueprint = Blueprint("people", __name__)


@dataclass(frozen=True, slots=True)
class Given:
    """A rating that somebody lets stand on their profile."""

    line: Line
    rating: Own


@blueprint.get("/people/<int:person_id>")
@entry("anyone")
def show(person_id: int) -> BaseResponse:
    """The profile; the address of one that was merged leads on, for now: merges can be undone."""
    found = _profile(person_id)
    if isinstance(found, BaseResponse):
        return found
    who = reader()
    lines = [line for _, papers in found.papers_by_year for line, _ in papers]
    scores = looking.scores_for([line.id for line in lines])
    mine = people.person_of(session(), who.account_id) if who else None
    is_own = mine is not None and mine.id == found.id
    is_moderator = actor().has_role("moderator")
    return page(
        "people/show.html", person=found, scores=scores, given=_given(found), lists=_lists(found), formats=FORMATS, is_own=is_own, is_moderator=is_moderator,
        json_ld=_json_ld(found), can_ask=mine is not None and not is_own and own.has_papers(session(), mine.id), said=notice.take(), places=_places(found),
    )  # fmt: skip


@blueprint.get("/people/<int:person_id>/cite/<format_name>")
@entry("anyone")
def cite(person_id: int, format_name: str) -> BaseResponse:
    """All papers of a profile as one file."""
    citation_files.format_asked(format_name)
    found = _profile(person_id)
    if isinstance(found, BaseResponse):
        return found
    ids = [line.id for _, papers in found.papers_by_year for line, _ in papers]
    return citation_files.papers_sent(format_name, f"reviewhub-{found.id}", ids)


@blueprint.get("/feeds/people/<int:person_id>.atom")
@entry("anyone")
def feed(person_id: int) -> BaseResponse:
    """The papers of a profile as they come, for feed readers."""
    found = _profile(person_id)
    if isinstance(found, BaseResponse):
        return found
    claims = sorted(own.claims_on(session(), found.id), key=lambda pair: (pair[0].changed_at, pair[0].id), reverse=True)[:MOST_IN_FEED]
    site_url = current_app.extensions["settings"].site_url
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    address = f"{site_url}{url_for('people.show', person_id=found.id)}"
    _say(root, "title", found.name)
    _say(root, "id", f"{site_url}/people/{found.id}")
    _say(root, "updated", _moment(claims[0][0].changed_at if claims else found.changed_at))
    ElementTree.SubElement(root, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=address)
    ElementTree.SubElement(root, f"{{{_ATOM}}}link", rel="self", type="application/atom+xml", href=f"{site_url}{request.script_root}{request.path}")
    _say(ElementTree.SubElement(root, f"{{{_ATOM}}}author"), "name", found.name)
    for claim, line in claims:
        one = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        _say(one, "title", plain(line.title))
        _say(one, "id", f"{site_url}/papers/{line.id}")
        _say(one, "updated", _moment(claim.changed_at))
        ElementTree.SubElement(one, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=f"{site_url}{url_for('records.show', paper_id=line.id)}")
        _say(one, "summary", " · ".join(part for part in (line.authors_line, line.journal, line.published_label or line.published) if part))
    ElementTree.register_namespace("", _ATOM)
    return Response(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True), content_type="application/atom+xml; charset=utf-8")


@blueprint.route("/people/<name_key>/hide", methods=["GET", "POST"])
@entry("anyone")
def hide(name_key: str) -> BaseResponse:
    """Hides the page of an unclaimed name, or shows it again; who is not signed in reads what that takes."""
    subject = printed_name(session(), name_key)
    if subject is None:
        abort(404)
    is_hidden = people.is_hidden(session(), name_key)
    if request.method == "GET":
        return page("people/hide.html", subject=subject, name_key=name_key, is_hidden=is_hidden)
    if reader() is None:
        return redirect(url_for("accounts.login", next=url_for("people.hide", name_key=name_key)), 303)
    wants_hidden = request.form.get("hide") != "no"
    try:
        if wants_hidden:
            moderated.hide_name(session(), actor(), name_key)
        elif is_hidden:
            moderated.show_name(session(), actor(), name_key)
    except NotAllowed:
        session().rollback()
        fault = _NOT_YOURS if wants_hidden else _NOT_HIDDEN_BY_YOU
        return page("people/hide.html", 403, subject=subject, name_key=name_key, is_hidden=is_hidden, fault=fault)
    notice.leave(_HIDDEN if wants_hidden else _SHOWN)
    return redirect(url_for("browsing.person", name_key=name_key), 303)


def _profile(person_id: int) -> Profile | BaseResponse:
    """The profile, or the way to the one it was made part of. NotFound."""
    living = people.living_id(session(), person_id) if person_id <= MAX_ID else None
    if living is None:
        raise NotFound
    if living != person_id:
        return redirect(url_for(str(request.endpoint), **{**(request.view_args or {}), "person_id": living}), 302)
    found = people.profile(session(), person_id)
    if found is None:
        raise NotFound
    return found


def _given(found: Profile) -> list[Given]:
    """The newest ratings, where their giver lets them be seen."""
    if not found.shows_activity:
        return []
    ratings = sorted(
        (one for account_id in found.account_ids for one in ratings_of(session(), account_id, size=MOST_RATINGS).ratings),
        key=lambda one: one.given_at,
        reverse=True,
    )[:MOST_RATINGS]
    lines = {line.id: line for line in lines_of(session(), [one.paper_id for one in ratings])}
    hidden = {paper_id for paper_id, score in looking.scores_for(list(lines)).items() if score.is_hidden}
    return [Given(lines[one.paper_id], one) for one in ratings if one.paper_id in lines and one.paper_id not in hidden]


def _lists(found: Profile) -> list[ListLine]:
    """The public lists of whoever lets what they do stand on their profile."""
    if not found.shows_activity:
        return []
    return [one for account_id in found.account_ids for one in lists_of(session(), account_id, only_public=True)]


def _json_ld(found: Profile) -> Markup:
    """What search engines read of a claimed profile."""
    site_url = current_app.extensions["settings"].site_url
    address = structured_data.canonical(site_url, f"/people/{found.id}", language.current())
    described = structured_data.profile_ld(
        found.name, address, other_names=[found.other_name, *(name for name, _ in found.other_names)], orcids=found.orcids,
        links=[link["url"] for link in found.links], affiliation=found.places[0].name if found.places else "", n_papers=found.n_papers,
    )  # fmt: skip
    return structured_data.as_script(described)


def _places(found: Profile) -> list[tuple[str, str]]:
    """Affiliations with their years: "2019–2023"."""
    return [
        (one.name, "" if one.first_year is None else str(one.first_year) if one.first_year == one.last_year else f"{one.first_year}–{one.last_year}")
        for one in found.places
    ]


def _say(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _moment(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds")
