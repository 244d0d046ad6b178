"""`/moderation/recommendations`: the models behind recommendations, what they are worth, and whether one is being made."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..core.text import message
from ..recommendations import services
from ..recommendations.standing import standing
from .support import notice
from .support.entry import entry
from .support.rendering import page
from .support.signing import actor
from .support.transaction import session

_WANTED = message("A new model is wanted: the worker begins within seconds. Reload the page to see it.")
# State of training -> its words.
STATES = {
    "training": message("A model is being made right now."),
    "waiting": message("A training is due and waits for the worker."),
    "failed": message("The last training failed; the model before it stays in place."),
    "resting": message("No training is going on."),
}

blueprint = Blueprint("models", __name__)


@blueprint.get("/moderation/recommendations")
@entry("admin")
def show() -> Response:
    """The models that are remembered, with their figures; how many lists wait."""
    found = standing(session())
    return page("models/show.html", found=found, state=STATES[found.state], said=notice.take())


@blueprint.post("/moderation/recommendations/train")
@entry("admin")
def train() -> BaseResponse:
    """Wants a new model now."""
    services.want_model(session(), actor())
    notice.leave(_WANTED)
    return redirect(url_for("models.show"), 303)
