"""What somebody types to get an account or back into one, and what is wrong with it, field by field. Passwords go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...accounts import passwords
from ...accounts.rules import email_fault, name_of
from ...core.errors import RuleBroken
from ...core.text import Message, message, without_controls

# What is shown again of a line somebody typed, however long it was.
MAX_ECHOED_CHARS = 1_000


@dataclass(slots=True)
class AccountForm:
    """The lines of a form that may be shown again, and what is wrong, by field."""

    name: str = ""
    email: str = ""
    next: str = ""
    remember: bool = False
    errors: dict[str, Message] = field(default_factory=dict)

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> AccountForm:
        """The form as a browser sent it."""
        name, email, goal = (without_controls(typed.get(line, ""))[:MAX_ECHOED_CHARS] for line in ("name", "email", "next"))
        return cls(name, email, goal, bool(typed.get("remember")))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What an account is made of, found in order."""

    name: str
    email: str
    password: str


def newcomer(form: AccountForm, typed: Mapping[str, str]) -> Newcomer | None:
    """Who wants an account, or None when something is wrong: then the form says what. Slow: the password is judged."""
    name, email, password = "", typed.get("email", "").strip(), typed.get("password", "")
    try:
        name = name_of(typed.get("name", ""))
    except RuleBroken as error:
        form.errors["name"] = error.message
    if fault := email_fault(email):
        form.errors["email"] = fault
    if fault := passwords.fault_of(password, name, "" if "email" in form.errors else email):
        form.errors["password"] = fault
    return None if form.errors else Newcomer(name, email, password)


def address(form: AccountForm, typed: Mapping[str, str]) -> str:
    """The address somebody typed; empty when it is none: then the form says why."""
    email = typed.get("email", "").strip()
    if fault := email_fault(email):
        form.errors["email"] = fault
        return ""
    return email


def sign_in_faults(form: AccountForm, typed: Mapping[str, str]) -> None:
    """Notes what is missing from a sign-in before anything is compared."""
    if fault := email_fault(typed.get("email", "").strip()):
        form.errors["email"] = fault
    if not typed.get("password"):
        form.errors["password"] = message("Type your password.")
