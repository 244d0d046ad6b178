"""What is put away now and then."""

from __future__ import annotations

from ..core.jobs import Handler
from . import drafts

SCHEDULE: dict[Handler, float] = {drafts.drop_old: 86_400}
