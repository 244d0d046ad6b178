"""Who acts: what a domain may know of the person or program behind a call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is "anyone" (nobody is signed in), "keeper" (a command on the machine) or "worker" (a job)."""

    kind: str = "anyone"

    @property
    def is_trusted(self) -> bool:
        """Whether what this actor imports may outrank what is on record."""
        return self.kind in ("keeper", "worker")


ANYONE = Actor("anyone")
KEEPER = Actor("keeper")
WORKER = Actor("worker")
