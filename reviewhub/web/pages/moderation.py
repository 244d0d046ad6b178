"""What the pages of reports, queues and the log say: reasons, verdicts, acts, roles and things in words, and where a thing stands."""

from __future__ import annotations

from flask import request

from ...core.text import message
from ...moderation.cases import Case
from ...moderation.targets import Target

REASONS = {
    "abuse": message("Abuse or insult"),
    "spam": message("Spam or advertising"),
    "copyright": message("Copyright"),
    "personal-information": message("Personal information"),
    "off-topic": message("Off topic"),
    "conflict-of-interest": message("Conflict of interest"),
    "other": message("Something else"),
}
# What each reason is for, beside it in the form.
REASON_HINTS = {
    "abuse": message("It attacks people, not arguments."),
    "spam": message("It sells something, or says the same everywhere."),
    "copyright": message("It holds a text or links to a copy that may not be given away."),
    "personal-information": message("It tells of somebody what is nobody's business, or who is behind a pseudonym."),
    "off-topic": message("It has nothing to do with this paper."),
    "conflict-of-interest": message("Its writer gains or loses by this paper and does not say so."),
    "other": message("Say below what is wrong."),
}
VERDICTS = {"upheld": message("upheld: the text is hidden"), "dismissed": message("dismissed: the text stays"), "": message("waits for a moderator")}
KINDS = {"comment": message("Comment"), "review": message("Written review"), "request": message("Request"), "answer": message("Answer to a request")}
# Why somebody leaves a case to another moderator.
OWN = {
    "text": message("You wrote this yourself. Leave it to another moderator."),
    "paper": message("It stands on a paper of yours. Leave it to another moderator."),
    "report": message("You reported it yourself. Leave it to another moderator."),
}
NOT_YOURS = message("This is your own matter: your text, your paper, your report or your request. Leave it to another moderator. Nothing was changed.")
DECIDED_MEANWHILE = message("Another moderator was here meanwhile; below it stands as it is now. Your decision was not taken. What you wrote:")

# The public log: what was done, by whom in which role.
ACTIONS = {
    "hide": message("text hidden"),
    "restore": message("hidden text shown again"),
    "release": message("text released"),
    "lock": message("discussion locked"),
    "unlock": message("discussion opened again"),
    "uphold-report": message("report upheld"),
    "dismiss-report": message("report dismissed"),
    "suspend": message("account suspended"),
    "end-suspension": message("suspension ended"),
    "release-ratings": message("run of ratings released"),
    "remove-ratings": message("run of ratings taken out"),
    "ask-unmasking": message("asked to look behind a pseudonym"),
    "agree-unmasking": message("agreed to look behind a pseudonym"),
    "look-behind-pseudonym": message("looked behind a pseudonym"),
    "approve-claim": message("claim approved"),
    "refuse-claim": message("claim refused"),
    "ask-about-claim": message("asked about a claim"),
    "revoke-claim": message("approval of a claim taken back"),
    "close-authorship": message("authorship closed"),
    "hide-name": message("page of a name hidden"),
    "show-name": message("page of a name shown again"),
    "merge-profiles": message("profiles made one"),
    "split-profile": message("profile parted"),
    "undo-profiles": message("change of profiles undone"),
    "merge-records": message("records made one"),
    "undo-merge": message("merge of records undone"),
}
ROLES = {"moderator": message("a moderator"), "admin": message("an admin"), "keeper": message("a keeper of the site"), "worker": message("the site itself")}
# The first word of a target in the log ("comment:12"); papers are named by their title where they are here.
TARGETS = {
    "comment": message("comment %(n)s"),
    "review": message("review %(n)s"),
    "request": message("request %(n)s"),
    "answer": message("answer %(n)s"),
    "paper": message("record %(n)s"),
    "run": message("run %(n)s"),
    "claim": message("claim %(n)s"),
    "person": message("profile %(n)s"),
    "account": message("an account"),
    "name": message("a printed name"),
}


def place_of(thing: Case | Target) -> str:
    """The address of a text, on the page where readers see it."""
    target = thing.target if isinstance(thing, Case) else thing
    paper = f"{request.script_root}/papers/{target.paper_id}"
    return {
        "comment": f"{paper}/comments/{target.id}#comment-{target.id}",
        "review": f"{paper}/reviews/{target.id}",
        "request": f"{paper}/requests/{target.id}",
        "answer": f"{paper}/requests/{target.under_id}#answer-{target.id}",
    }[target.kind]
