"""Notices in words, the same on the page and in mail."""

from __future__ import annotations

from ..core.text import Message, message, plain
from . import searches
from .telling import Told

# What a notice of each kind is called: the subject of its mail.
TITLES = {
    "mention": message("Somebody speaks to you"),
    "reply": message("A reply to you"),
    "comment": message("New in a discussion you follow"),
    "state": message("News of a question or suspected error"),
    "review": message("A new review"),
    "papers": message("New papers"),
    "search": message("New papers for your search"),
    "alarm": message("A notice about a paper you know"),
    "own-text": message("Readers write about your paper"),
    "own-ratings": message("New ratings of your paper"),
    "claim": message("News of your claim"),
    "request": message("Readers ask for more resources"),
    "answer": message("An answer to your request"),
    "verdict": message("What became of your report"),
}
# What readers choose the way of, in words that say what they would get.
CHOICES = {
    "mention": message("Somebody speaks to you by name (@)"),
    "reply": message("Replies to what you wrote"),
    "comment": message("Comments on what you follow"),
    "state": message("Questions and suspected errors there that are answered, confirmed or rebutted"),
    "review": message("Written reviews of papers you follow"),
    "papers": message("New papers of journals, keywords and people you follow"),
    "search": message("New papers that fit a saved search you follow"),
    "alarm": message("Retractions, corrections and expressions of concern about papers you follow, rated or keep"),
    "own-text": message("Reviews of and comments on your own papers"),
    "own-ratings": message("Ratings of your own papers: how many, never whose"),
    "request": message("Requests for more resources to your own papers"),
    "answer": message("Answers to your requests for resources"),
    "verdict": message("What became of your reports"),
}
WAYS = {"on": message("At once"), "daily": message("Once a day"), "weekly": message("Once a week"), "off": message("No mail")}
FOLLOWED = {
    "paper": message("Papers"), "journal": message("Journals"), "keyword": message("Keywords"), "person": message("People"),
    "search": message("Saved searches"),
}  # fmt: skip

_SAID = {
    "mention": message("%(who)s speaks to you"),
    "reply": message("%(who)s replied to you"),
    "comment": message("%(who)s commented"),
    "review": message("%(who)s wrote a review"),
    "own-text": message("%(who)s wrote about your paper"),
}
_STATES = {
    "open": message("Open again"),
    "answered": message("Answered"),
    "confirmed": message("Confirmed by the author"),
    "corrected": message("Corrected by a notice"),
    "rebutted": message("Rebutted by the author"),
    "unresolved": message("Left unresolved"),
}
_ALARMS = {
    "retraction": message("This paper was retracted"),
    "concern": message("The journal has expressed concern about this paper"),
    "correction": message("This paper was corrected"),
}
_CLAIMS = {
    "approved": message("Your authorship is confirmed"),
    "refused": message("Your claim was refused"),
    "revoked": message("Your claim was taken back"),
    "disputed": message("Somebody else claims the same authorship"),
    "asked": message("A question about your claim"),
}
_ANSWERS = {
    "answered": message("An answer to your request"),
    "declined": message("An author declined your request, with a reason"),
    "link-dead": message("The link that answered your request is dead: it is open again"),
    "own-link-dead": message("The link you gave is dead: the request is open again"),
    "works": message("Your answer works for a reader"),
    "fails": message("Your answer does not work for a reader"),
}
_VERDICTS = {
    "upheld": message("Your report was upheld: a moderator acted on it"),
    "dismissed": message("Your report was looked at, and nothing was changed"),
}
_FOLDED = {
    "journal": (message("1 new paper in %(name)s"), message("%(n)s new papers in %(name)s")),
    "keyword": (message("1 new paper with the keyword %(name)s"), message("%(n)s new papers with the keyword %(name)s")),
    "person": (message("1 new paper by %(name)s"), message("%(n)s new papers by %(name)s")),
    "search": (message("1 new paper for your search “%(name)s”"), message("%(n)s new papers for your search “%(name)s”")),
    "ratings": (message("1 new rating of your paper"), message("%(n)s new ratings of your paper")),
}


def title_of(told: Told) -> Message:
    """What a notice is called, in a few words."""
    found = {"alarm": _ALARMS, "claim": _CLAIMS, "verdict": _VERDICTS, "answer": _ANSWERS}.get(told.kind, {}).get(told.what)
    if found is not None:
        return found
    return line_of(told) if told.of_kind else TITLES[told.kind]


def line_of(told: Told) -> Message:
    """A notice in one line: who did what, or how much there is of what."""
    if told.of_kind:
        one, many = _FOLDED[told.of_kind]
        most = searches.known().most_counted if told.of_kind == "search" else 0
        n = f"{told.n:,}+" if most and told.n >= most else f"{told.n:,}"
        return message((one if told.n == 1 else many).template, n=n, name=plain(told.of_name))
    if told.kind == "state" and told.what in _STATES:
        return _STATES[told.what]
    if told.who and told.kind in _SAID:
        who: str | Message = message("A reader under the pseudonym %(name)s", name=told.who) if told.is_masked else told.who
        return message(_SAID[told.kind].template, who=who)
    return title_of(told)
