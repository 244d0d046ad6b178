"""What accounts are written by mail, in the language of whoever gets it."""

from __future__ import annotations

from ..config import Settings
from ..core.i18n import worded_in
from ..core.mail import Link, Mail, letter
from ..core.text import Message, message
from .models import Account, AccountToken, Registration
from .rules import REGISTRATION_LASTS, TOKEN_LASTS, email_on_the_wire

# The names of languages as `lang` attributes want them.
_TAGS = {"en": "en", "zh": "zh-Hans"}
_NOT_YOU = message("If this was not you, you need do nothing: without the link nothing happens.")
_ALERTS = {
    "password-changed": (
        message("Your password was changed"),
        message("The password of your account was changed, and every other browser was signed out."),
    ),
    "address-changed": (
        message("Your address is about to change"),
        message("A link to make another address that of your account was asked for. It was mailed to the new address; opening it changes yours."),
    ),
    "orcid-linked": (
        message("Your account is connected with ORCID"),
        message("An ORCID iD was connected to your account; whoever signs in at ORCID with it is signed in here."),
    ),
}


def proof_of_address(settings: Settings, registration: Registration, token: str) -> Mail:
    """The link that makes an account. It greets nobody: whoever typed the address may have typed any name."""
    return _mail(
        registration.email,
        registration.language,
        message("Confirm your address"),
        message("Somebody, presumably you, wants an account at reviewhub with this address."),
        Link(_address(settings, registration.language, f"/account/confirm/{token}"), worded_in(registration.language, message("To confirm it, open:"))),
        message("The link works once, within %(n)s hours.", n=_hours(REGISTRATION_LASTS.total_seconds())),
        message("If this was not you, you need do nothing: no account is made, and this is the only mail."),
    )


def already_there(settings: Settings, account: Account) -> Mail:
    """To somebody who registers again. Goes to the address on record, which may be written otherwise than the one just typed."""
    assert account.email is not None
    language = account.language
    return _mail(
        account.email,
        language,
        message("You already have an account"),
        message("Somebody, presumably you, wanted to register at reviewhub with this address. It has an account already."),
        Link(_address(settings, language, "/account/login"), worded_in(language, message("To sign in, open:"))),
        Link(_address(settings, language, "/account/reset"), worded_in(language, message("If you forgot the password, open:"))),
        message("If this was not you, you need do nothing: your account is as it was."),
    )


def link_wanted(settings: Settings, account: Account, link: AccountToken, token: str) -> Mail:
    """The link that sets a password, or proves a new address."""
    language = account.language
    hours = message("The link works once, within %(n)s hours.", n=_hours(TOKEN_LASTS[link.purpose].total_seconds()))
    if link.purpose == "address":
        way = Link(_address(settings, language, f"/account/address/{token}"), worded_in(language, message("To make it your address, open:")))
        words = message("This is to become the address of your account at reviewhub.")
        return _mail(link.email, language, message("Confirm your new address"), words, way, hours, _NOT_YOU)
    way = Link(_address(settings, language, f"/account/password/{token}"), worded_in(language, message("To set a new password, open:")))
    words = message("Somebody, presumably you, asked to set a new password for your account at reviewhub.")
    return _mail(link.email, language, message("Set a new password"), words, way, hours, _NOT_YOU)


def alert(settings: Settings, account: Account, what: str) -> Mail:
    """That something was done to an account; `what` as in `events.AccountAlerted`."""
    assert account.email is not None
    title, words = _ALERTS[what]
    way = Link(_address(settings, account.language, "/account/reset"), worded_in(account.language, message("If it was not you, set a new password at once:")))
    return _mail(account.email, account.language, title, words, way)


def _mail(to: str, language: str, title: Message, *parts: Message | Link) -> Mail:
    paragraphs = [part if isinstance(part, Link) else worded_in(language, part) for part in parts]
    return letter(email_on_the_wire(to), f"{worded_in(language, title)} · reviewhub", paragraphs, tag=_TAGS[language])


def _address(settings: Settings, language: str, path: str) -> str:
    return f"{settings.site_url}{'/zh' if language == 'zh' else ''}{path}"


def _hours(seconds: float) -> int:
    return round(seconds / 3600)
