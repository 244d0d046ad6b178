"""The whole site: the only place that knows everything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect

from . import cli, web
from .accounts import handlers as accounts
from .accounts.belongings import Belongings
from .config import Settings
from .core import changes, jobs
from .core.db import Database
from .discussion import belongings as comment_belongings
from .discussion import drafts as comment_drafts
from .discussion import handlers as discussion
from .discussion import moderating as discussion_moderating
from .imports import handlers as imports
from .library import belongings as library_belongings
from .library import services as library
from .moderation import belongings as report_belongings
from .moderation import handlers as moderation
from .moderation import journal
from .notifications import belongings as notice_belongings
from .notifications import handlers as notifications
from .notifications import requests as request_notices
from .notifications import searches as notice_searches
from .notifications import services as notices
from .notifications.queries import followed_by
from .people import belongings as people_belongings
from .people import handlers as people_handlers
from .people import rehanging
from .people.identities import FromClaims
from .ratings import belongings as rating_belongings
from .ratings import drafts, identities
from .ratings import handlers as rating_handlers
from .ratings import services as ratings
from .recommendations import belongings as recommendation_belongings
from .recommendations import handlers as recommendation_handlers
from .recommendations import services as recommendations
from .recommendations import signals
from .resources import belongings as request_belongings
from .resources import handlers as resources
from .resources import moderating as requests
from .search import belongings as search_belongings
from .search import handlers as search
from .search.watching import SavedSearches
from .web.support import assets, entry, faults, headers, kept_pages, language, pace, rendering, signing, transaction

ROOT = Path(__file__).resolve().parents[1]
# The largest file somebody may upload, with what a form puts around it.
MAX_BODY_BYTES = 20 * 1024**2 + 64 * 1024
SUBSCRIPTIONS = (
    accounts.SUBSCRIPTIONS,
    people_handlers.SUBSCRIPTIONS,
    rating_handlers.SUBSCRIPTIONS,
    resources.SUBSCRIPTIONS,
    moderation.SUBSCRIPTIONS,
    notifications.SUBSCRIPTIONS,
    request_notices.SUBSCRIPTIONS,
    search.SUBSCRIPTIONS,
    imports.SUBSCRIPTIONS,
    recommendation_handlers.SUBSCRIPTIONS,
)
# What is done now and then, and every how many seconds.
SCHEDULES: tuple[Mapping[jobs.Handler, float], ...] = (
    changes.SCHEDULE,
    accounts.SCHEDULE,
    people_handlers.SCHEDULE,
    rating_handlers.SCHEDULE,
    discussion.SCHEDULE,
    resources.SCHEDULE,
    moderation.SCHEDULE,
    notifications.SCHEDULE,
    request_notices.SCHEDULE,
    search.SCHEDULE,
    recommendation_handlers.SCHEDULE,
)
# What has to move when two papers turn out to be one.
MOVERS = (
    journal.begin,  # first and last: what they see between them can be undone
    rehanging.move_to,
    drafts.move_to,
    ratings.move_to,
    library.move_to,
    comment_drafts.move_to,
    discussion_moderating.move_to,
    requests.move_to,
    notices.move_to,
    recommendations.move_to,
    journal.end,
)
# What every domain keeps for an account: its owner may have it erased, left without a name, handed out.
BELONGINGS: tuple[Belongings, ...] = (
    people_belongings,
    rating_belongings,
    library_belongings,
    comment_belongings,
    request_belongings,
    report_belongings,
    notice_belongings,
    search_belongings,
    recommendation_belongings,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The site for these settings (default: from the environment), with its database, jobs, pages and commands."""
    settings = settings or Settings.from_environment()
    app = Flask("reviewhub", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key, TESTING=settings.testing, MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=4 * 1024**2,
        SESSION_COOKIE_NAME="reviewhub", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=settings.site_url.startswith("https://"), WTF_CSRF_TIME_LIMIT=12 * 3600, PROPAGATE_EXCEPTIONS=False,
    )  # fmt: skip
    app.url_map.strict_slashes = False
    app.extensions["settings"] = settings
    app.extensions["database"] = Database(settings.database_url)
    app.extensions["movers"] = MOVERS
    app.extensions["belongings"] = BELONGINGS
    app.extensions["assets"] = assets.gather()
    identities.ask(identities.FromRecord(), FromClaims())
    notice_searches.ask(SavedSearches())
    signals.ask(followed_by)
    jobs.subscribe(jobs.Subscriptions(*SUBSCRIPTIONS, schedules=SCHEDULES))
    rendering.prepare(app)
    entry.guard(app)
    CSRFProtect(app)
    transaction.bind(app)
    signing.bind(app)
    pace.bind(app)
    headers.bind(app)
    faults.bind(app)
    for blueprint in web.blueprints():
        app.register_blueprint(blueprint)
    app.extensions["kept_pages"] = kept = kept_pages.KeptPages(app.wsgi_app, app.extensions["database"])
    app.wsgi_app = language.LanguageMount(kept)  # type: ignore[method-assign]
    cli.register(app)
    return app
