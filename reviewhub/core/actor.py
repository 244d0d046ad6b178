"""Who acts: what a domain may know of the person or program behind a call."""

from __future__ import annotations

from dataclasses import dataclass

# What an account may do, each more than the one before.
ROLES = ("reader", "moderator", "admin")


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is "anyone" (nobody is signed in), "account" (a person), "keeper" (a command on the machine) or "worker" (a job)."""

    kind: str = "anyone"
    account_id: int | None = None
    role: str = ""  # of an account
    is_suspended: bool = False

    @property
    def is_trusted(self) -> bool:
        """Whether what this actor imports may outrank what is on record."""
        return self.kind in ("keeper", "worker")

    def has_role(self, role: str) -> bool:
        """Whether this is an account with this role or a higher one. A suspended account has no more than a reader's."""
        if self.kind != "account":
            return False
        own = "reader" if self.is_suspended else self.role
        return ROLES.index(own) >= ROLES.index(role)


ANYONE = Actor("anyone")
KEEPER = Actor("keeper")
WORKER = Actor("worker")
