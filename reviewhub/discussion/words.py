"""What kinds of comments, their states and roles are called, and who speaks."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.text import message
from .rules import AUTHOR_REPLY, ERROR, QUESTION

KINDS = {
    "remark": message("Remark"),
    "question": message("Question"),
    "answer": message("Answer"),
    "suspected-error": message("Suspected error"),
    "author-reply": message("Reply of the author"),
    "replication": message("Replication"),
    "related-work": message("Related work"),
    "suggestion": message("Suggestion"),
}
# The word in the list of a form, with what it is for.
CHOICES = {
    "remark": message("Remark: what you noticed"),
    "question": message("Question: to the authors or to anybody who knows"),
    "answer": message("Answer: to the question or doubt above"),
    "suspected-error": message("Suspected error: what is wrong, and how one can see it"),
    "author-reply": message("Reply of the author: shown with the author's mark"),
    "replication": message("Replication: you or somebody else tried it again"),
    "related-work": message("Related work: what readers should see beside it"),
    "suggestion": message("Suggestion: what would make it better"),
}
STATES = {
    "open": message("still open"),
    "answered": message("answered"),
    "confirmed": message("confirmed by an author"),
    "corrected": message("corrected by a notice"),
    "rebutted": message("rebutted by an author"),
    "unresolved": message("unresolved"),
}
ROLES = {"asker": message("who wrote it"), "author": message("author of the paper"), "moderator": message("moderator")}
# What was found between who writes under a pseudonym and the paper; beside a name it is told alike.
CONFLICTS = {
    "own-paper": message("author of this paper"),
    "co-author": message("has published with an author of this paper"),
    "same-institution": message("works where an author of this paper works"),
}
NO_CONFLICT = message("no conflict of interest found")
AUTHOR_ELSEWHERE = message("verified author of other papers")


def kinds_of_heads(*, is_author: bool) -> Sequence[str]:
    """The kinds that begin a thread, in the order in which a form offers them."""
    return ("question", ERROR, "remark", "replication", "related-work", "suggestion", *((AUTHOR_REPLY,) if is_author else ()))


def kinds_of_replies(head_kind: str, *, is_author: bool) -> Sequence[str]:
    """The kinds of a reply, the likeliest first."""
    first = (AUTHOR_REPLY,) if is_author else ()
    return (*first, *(("answer",) if head_kind in (QUESTION, ERROR) else ()), "remark", "question", ERROR, "replication", "related-work")
