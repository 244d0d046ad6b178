"""Every table of the site: importing this module makes the metadata whole, for migrations and tests."""

from __future__ import annotations

from .accounts import models as accounts
from .core.changes import PageChange
from .core.db import Base
from .core.jobs import Job, Timer
from .discussion import models as discussion
from .imports.models import ImportRun
from .library import models as library
from .moderation import models as moderation
from .notifications import models as notifications
from .papers import models as papers
from .people import models as people
from .ratings import models as ratings
from .recommendations import models as recommendations
from .resources import models as resources
from .search import models as search

__all__ = [
    "Base", "ImportRun", "Job", "PageChange", "Timer", "accounts", "discussion", "library", "moderation", "notifications", "papers", "people", "ratings",
    "recommendations", "resources", "search",
]  # fmt: skip

metadata = Base.metadata
