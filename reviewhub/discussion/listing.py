"""Papers by how much is said of them, page by page like all lists."""

from __future__ import annotations

from ..papers.models import Paper
from ..papers.queries import Order
from .models import Discussion

# By comments that are shown; the newest of equals first.
DISCUSSED = Order("discussed", (Discussion.n_comments, Discussion.paper_id), True, Discussion, Discussion.paper_id == Paper.id, (Discussion.n_comments > 0,))
