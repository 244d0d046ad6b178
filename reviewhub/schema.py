"""Every table of the site: importing this module makes the metadata whole, for migrations and tests."""

from __future__ import annotations

from .accounts import models as accounts
from .core.db import Base
from .core.jobs import Job, Timer
from .imports.models import ImportRun
from .library import models as library
from .papers import models as papers
from .ratings import models as ratings
from .recommendations import models as recommendations

__all__ = ["Base", "ImportRun", "Job", "Timer", "accounts", "library", "papers", "ratings", "recommendations"]

metadata = Base.metadata
