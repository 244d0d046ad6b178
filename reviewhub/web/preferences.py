"""`/preferences`: light, dark or as the device says; kept in a cookie that holds nothing else."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, RadioField

from ..core.text import message
from .support.entry import entry, own_path
from .support.language import worded
from .support.rendering import page

COOKIE = "theme"
THEMES = {"system": message("Same as my device"), "light": message("Light"), "dark": message("Dark")}
_A_YEAR_S = 365 * 24 * 3600

blueprint = Blueprint("preferences", __name__)


class PreferencesForm(FlaskForm):  # type: ignore[misc]
    """The choice of a theme, and the page to go back to."""

    theme = RadioField(choices=list(THEMES))
    next = HiddenField()


@blueprint.app_context_processor
def theme() -> dict[str, str]:
    """The theme for the page's root; empty means as the device says."""
    chosen = request.cookies.get(COOKIE, "") if request else ""
    return {"theme": chosen if chosen in ("light", "dark") else ""}


@blueprint.route("/preferences", methods=["GET", "POST"])
@entry("anyone")
def show() -> BaseResponse:
    """The form, and where it is sent to."""
    form = PreferencesForm(theme=request.cookies.get(COOKIE, "system"), next=own_path(request.args.get("next", "")))
    if form.validate_on_submit():
        answer = redirect(own_path(form.next.data or "") or url_for("home.show"), 303)
        answer.set_cookie(COOKIE, form.theme.data, max_age=_A_YEAR_S, samesite="Lax", httponly=True, path="/", secure=request.is_secure)
        return answer
    status = 400 if request.method == "POST" else 200
    found: Response = page("preferences/show.html", status, form=form, themes={name: worded(words) for name, words in THEMES.items()})
    return found
