"""The words of the pages of requests: states, steps of a history, what to say of each kind."""

from __future__ import annotations

from ...core.text import message
from ...resources.rules import STATE_LABELS

STATES = STATE_LABELS
STEPS = {
    "asked": message("asked for it"),
    "asked-again": message("said what is still missing"),
    "told": message("The authors were told."),
    "answered": message("gave an answer"),
    "answer-withdrawn": message("took an answer back"),
    "works": message("found that an answer works"),
    "fails": message("found that an answer does not work"),
    "accepted": message("accepted an answer"),
    "declined": message("declined"),
    "decline-withdrawn": message("took the refusal back"),
    "unreachable": message("could not reach the authors"),
    "link-dead": message("The link of an answer is dead."),
    "link-alive": message("The link of an answer works again."),
    "hidden": message("hid something"),
    "restored": message("restored what was hidden"),
}
# What helps others to answer, kind by kind.
HINTS = {
    "full-text": message("A link must lead to a legal copy: the publisher's open version, a repository, the author's own page."),
    "data": message("Which data: raw or processed, of which figure or table?"),
    "code": message("Which analysis, in which language?"),
    "protocol": message("Which step or method?"),
    "reagent": message("Which reagent: clone, catalogue number, sequence?"),
    "materials": message("Which stimuli, questionnaires or materials?"),
    "slides": message("Of which talk?"),
    "translation": message("Into which language, all of it or which part?"),
    "clarification": message("Which sentence, figure or number is unclear?"),
}
