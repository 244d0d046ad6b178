"""Claims: "I am an author on this paper", the ladder of evidence, the claim's own page, mailed links, suggestions.

`/papers/<id>/authors/<position>/claim` is open to anyone: who clicks a name and is not that author finds the papers that print it.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..accounts.models import Account
from ..accounts.settings import account_of
from ..core.errors import NotAllowed, NotFound, RuleBroken
from ..core.text import Message, message
from ..papers.queries import Line, lines_of
from ..people import own, proving, services, suggesting
from ..people import queries as people
from ..people.ladder import APPROVED, DISPUTED, MAX_NOTE_CHARS, PENDING, RUNG_WORDS
from ..people.models import Claim, Person
from .pages import claim as words
from .support import looking, notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor, reader
from .support.tokens import STALE, check_themselves, is_fresh
from .support.transaction import session

# Ids beyond this do not fit their column.
MAX_ID = 2**31 - 1
# A place of a list: "paper:position".
_PLACE = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,8})")

_PROVED = message("Your authorship is confirmed. The paper stands on your profile now.")
_MAILED = message("Your claim is noted, and a link is on its way to the printed address. Open it while you are signed in here.")
_LOOKING = message("Your claim is noted. Your public ORCID record is being looked at; reload this page in a minute.")
_NOTED = message("Your claim is noted and waits.")
_RESTS = message("Your claim is noted, and rests: somebody else claims the same authorship.")
_GIVEN_UP = message("The claim is given up.")
_CONFIRMED = message("Thank you. What you said stands on the claim now.")
_NOT_MINE = message("Noted: that is somebody else's, and you will not be asked again.")
_TAKEN = message("Done. What could be proved at once stands on your profile; the rest waits below.")
_TOO_MANY = message("Done for some of them. The rest must wait: there is a limit to the claims of an hour.")
_NO_CO_AUTHOR = message("Only an author of this paper whose own claim is approved can confirm it.")
_NONE_CHOSEN = message("Nothing was chosen. Nothing was changed.")

blueprint = Blueprint("claims", __name__)


@blueprint.route("/papers/<int:paper_id>/authors/<int:position>/claim", methods=["GET", "POST"])
@entry("anyone")
def claim(paper_id: int, position: int) -> BaseResponse:
    """One printed name: claim it, or find the other papers that print it."""
    if max(paper_id, position) > MAX_ID:
        abort(404)
    if request.method == "GET":
        return _form(paper_id, position)
    if reader() is None:
        return redirect(url_for("accounts.login", next=url_for("claims.claim", paper_id=paper_id, position=position)), 303)
    evidence, note = request.form.get("evidence", ""), request.form.get("note", "")
    if not is_fresh():
        return _form(paper_id, position, 400, evidence=evidence, note=note, errors={"": STALE})
    try:
        made = services.claim(session(), actor(), paper_id, position, evidence=evidence, note=note)
    except RuleBroken as broken:
        session().rollback()
        if broken.field in ("paper", "position"):
            return _closed(broken, paper_id, position)
        return _form(paper_id, position, 422, evidence=evidence, note=note, errors={broken.field: broken.message})
    except NotAllowed:
        abort(403)
    said = {APPROVED: _PROVED, DISPUTED: _RESTS}.get(made.state, {"mail": _MAILED, "works": _LOOKING}.get(evidence, _NOTED))
    notice.leave(said)
    return redirect(url_for("claims.show", claim_id=made.id), 303)


@blueprint.get("/people/claims")
@entry("reader")
def mine() -> Response:
    """The reader's claims, co-authors' claims that wait for their word, and the way to their profile and to suggestions."""
    return _mine()


@blueprint.get("/people/claims/<int:claim_id>")
@entry("reader")
def show(claim_id: int) -> Response:
    """One claim with its state, evidence and steps; for its claimant."""
    return _claim_page(claim_id)


@blueprint.post("/people/claims/<int:claim_id>/withdraw")
@entry("reader")
def withdraw(claim_id: int) -> BaseResponse:
    """Gives a claim up."""
    _check(claim_id)
    try:
        services.withdraw(session(), actor(), claim_id)
    except RuleBroken as broken:
        session().rollback()
        return _claim_page(claim_id, 409, fault=broken.message)
    except NotAllowed:
        abort(403)
    notice.leave(_GIVEN_UP)
    return redirect(url_for("claims.show", claim_id=claim_id), 303)


@blueprint.post("/people/claims/<int:claim_id>/confirm")
@entry("reader")
def confirm(claim_id: int) -> BaseResponse:
    """A co-author's word for somebody else's claim."""
    _check(claim_id)
    try:
        services.confirm(session(), actor(), claim_id)
    except RuleBroken as broken:
        session().rollback()
        return _mine(409, fault=broken.message)
    except NotAllowed:
        session().rollback()
        return _mine(403, fault=_NO_CO_AUTHOR)
    notice.leave(_CONFIRMED)
    return redirect(url_for("claims.mine"), 303)


@blueprint.route("/people/claims/link/<token>", methods=["GET", "POST"])
@entry("reader")
def link(token: str) -> BaseResponse:
    """The link mailed to a printed address: programs that look at mail open links, so only the button takes it for proof."""
    try:
        if request.method == "POST":
            made = proving.open_link(session(), actor(), token)
            notice.leave(_PROVED if made.state == APPROVED else _NOTED)
            return redirect(url_for("claims.show", claim_id=made.id), 303)
        _, found = proving.link_of(session(), actor(), token)
        answer = page("claims/link.html", claim=found, line=_line(found.paper_id))
    except RuleBroken as broken:
        session().rollback()
        answer = page("claims/link.html", 410 if broken.field == "token" else 409, fault=broken.message)
    except NotAllowed:
        abort(403)
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address of the page opens the door
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/people/claims/suggested", methods=["GET", "POST"])
@entry("reader")
def suggested() -> BaseResponse:
    """ "Is this you?": one answer each, or one for all."""
    if request.method == "GET":
        return _suggested()
    places = {name: _places(request.form.getlist(name)) for name in ("mine", "not_mine", "shown")}
    wanted = places["shown"] if "all" in request.form else places["mine"]
    if not wanted and not places["not_mine"]:
        return _suggested(422, fault=_NONE_CHOSEN)
    try:
        for paper_id, position in places["not_mine"]:
            services.not_mine(session(), actor(), paper_id, position)
        taken = suggesting.accept(session(), actor(), wanted) if wanted else None
    except NotAllowed:
        abort(403)
    notice.leave(_NOT_MINE if taken is None else _TOO_MANY if taken.n_left else _TAKEN)
    return redirect(url_for("claims.suggested"), 303)


check_themselves(blueprint, claim)


def _form(paper_id: int, position: int, status: int = 200, *, evidence: str = "", note: str = "", errors: dict[str, Message] | None = None) -> BaseResponse:
    """The page of one printed name; for who is signed in, with the form."""
    try:
        printed = services.claimable(session(), paper_id, position, locks=False)
    except RuleBroken as broken:
        if kept_id := broken.facts.get("kept_id"):
            return redirect(url_for("records.show", paper_id=kept_id), 301)
        return _closed(broken, paper_id, position)
    account = _account()
    person = people.person_of(session(), account.id) if account else None
    before = own.claim_at(session(), person.id, paper_id, position) if person else None
    line = _line(paper_id)
    mark = people.marks_of(session(), paper_id).get(position)
    has_identifier = bool(line.doi) or own.has_pmid(session(), paper_id)
    found = words.ways(account, printed, has_identifier=has_identifier, n_authors=line.n_authors)
    chosen = evidence or next((way.rung for way in found if way.is_open), "")
    answer = page(
        "claims/form.html", status, printed=printed, line=line, before=before, mark=mark, ways=found, chosen=chosen, note=note, errors=errors or {},
        fits=own.fit_of(session(), person.id if person else None, account.name, printed) if account else None, most=MAX_NOTE_CHARS, states=words.STATES,
        case_id=own.standing_claim(session(), paper_id, position) if actor().has_role("moderator") else None,
        n_papers=own.n_printed(session(), printed.name_key), here=request.script_root + request.path,
    )  # fmt: skip
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _closed(broken: RuleBroken, paper_id: int, position: int) -> BaseResponse:
    """Why a name cannot be claimed. No such place: 404; else the page is asked for in good faith, and the form is not taken."""
    printed = people.printed(session(), paper_id, position)
    kept_id = broken.facts.get("kept_id")
    status = 422 if request.method == "POST" else 200 if printed else 404
    answer = page("claims/closed.html", status, words=broken.message, paper_id=kept_id or paper_id, printed=printed)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _mine(status: int = 200, *, fault: Message | None = None) -> Response:
    account = _account()
    assert account is not None
    person = people.person_of(session(), account.id)
    asked = own.merges_asked(session(), person.id) if person else []
    return page(
        "claims/mine.html", status, claims=people.claims_of(session(), account.id), person=person,
        to_confirm=own.to_confirm(session(), person.id) if person else [],
        asked=asked, has_profile=_has_profile(person), states=words.STATES, flags=words.FLAGS, fault=fault, said=notice.take(),
    )  # fmt: skip


def _claim_page(claim_id: int, status: int = 200, *, fault: Message | None = None) -> Response:
    _check(claim_id)
    account = _account()
    found = session().get(Claim, claim_id)
    person = people.person_of(session(), account.id) if account else None
    if found is None or person is None or found.person_id != person.id:
        raise NotFound
    return page(
        "claims/show.html", status, claim=found, line=_line(found.paper_id), steps=people.steps_of(session(), claim_id), rungs=RUNG_WORDS,
        judged=people.judgement_of(session(), found), states=words.STATES, flags=words.FLAGS, steps_said=words.STEPS, by=words.BY, fault=fault,
        said=notice.take(), waits=found.state in (PENDING, DISPUTED),
    )  # fmt: skip


def _suggested(status: int = 200, *, fault: Message | None = None) -> Response:
    account = _account()
    person = people.person_of(session(), account.id) if account else None
    found = suggesting.suggestions(session(), person.id) if person else suggesting.Suggestions([], 0, 0)
    scores = looking.scores_for([one.paper.id for one in found.found])
    return page("claims/suggested.html", status, found=found, scores=scores, has_profile=_has_profile(person), fault=fault, said=notice.take())


def _has_profile(person: Person | None) -> bool:
    return person is not None and own.has_papers(session(), person.id)


def _account() -> Account | None:
    who = reader()
    return account_of(session(), who.account_id) if who else None


def _line(paper_id: int) -> Line:
    found = lines_of(session(), [paper_id])
    if not found:
        raise NotFound
    return found[0]


def _places(given: list[str]) -> list[tuple[int, int]]:
    """The places named in a form; what is none is passed over."""
    return [(int(found[1]), int(found[2])) for one in given if (found := _PLACE.fullmatch(one))]


def _check(claim_id: int) -> None:
    if claim_id > MAX_ID:
        raise NotFound
