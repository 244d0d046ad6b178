"""What people are written about claims. The link goes to the printed address, everything else to the claimant's own."""

from __future__ import annotations

from ..accounts.models import Account
from ..accounts.rules import email_on_the_wire
from ..config import Settings
from ..core.i18n import worded_in
from ..core.mail import Link, Mail, letter
from ..core.text import Message, message
from .ladder import LINK_LASTS
from .models import Claim, ClaimLink

# The names of languages as `lang` attributes want them.
_TAGS = {"en": "en", "zh": "zh-Hans"}
_SOMEBODY = message("Somebody, presumably you, says they are %(name)s, an author of “%(title)s”. This address is printed on the paper.")
_NEWS = {
    "approved": (message("Your authorship is confirmed"), message("Your claim of “%(title)s” was approved. The paper stands on your profile now.")),
    "refused": (message("Your claim was refused"), message("Your claim of “%(title)s” was refused. You may try again with new evidence.")),
    "revoked": (message("Your claim was taken back"), message("A moderator took back the approval of your claim of “%(title)s”.")),
    "disputed": (
        message("Somebody else claims the same authorship"),
        message("Two people claim one authorship of “%(title)s”. Both claims rest until a moderator has compared them. You may add evidence meanwhile."),
    ),
    "asked": (message("A question about your claim"), message("A moderator would like to know more about your claim of “%(title)s”.")),
}


def claim_link(settings: Settings, claim: Claim, link: ClaimLink, token: str, *, title: str, language: str) -> Mail:
    """The link that proves a claim, to whoever reads mail at the printed address. It tells the claimant's words to nobody."""
    return _mail(
        link.email,
        language,
        message("Are you the author?"),
        message(_SOMEBODY.template, name=claim.name, title=title),
        Link(
            _address(settings, language, f"/people/claims/link/{token}"), worded_in(language, message("If it was you, open, signed in with the same account:"))
        ),
        message("The link works once, within %(n)s hours.", n=round(LINK_LASTS.total_seconds() / 3600)),
        message("If this was not you, you need do nothing: without the link nothing happens."),
    )


def news(settings: Settings, account: Account, claim: Claim, what: str, *, title: str) -> Mail:
    """What others did to a claim; `what` as in `events.ClaimNews`."""
    assert account.email is not None
    subject, words = _NEWS[what]
    language = account.language
    reason = [message("The reason: %(reason)s", reason=claim.reason)] if claim.reason and what in ("refused", "revoked", "asked") else []
    way = Link(_address(settings, language, "/people/claims"), worded_in(language, message("Your claims:")))
    return _mail(account.email, language, subject, message(words.template, title=title), *reason, way)


def _mail(to: str, language: str, title: Message, *parts: Message | Link) -> Mail:
    paragraphs = [part if isinstance(part, Link) else worded_in(language, part) for part in parts]
    return letter(email_on_the_wire(to), f"{worded_in(language, title)} · reviewhub", paragraphs, tag=_TAGS[language])


def _address(settings: Settings, language: str, path: str) -> str:
    return f"{settings.site_url}{'/zh' if language == 'zh' else ''}{path}"
