"""Settings, read from the environment once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What a keeper can set; docs/operations.md explains each."""

    home: Path  # where all state lives
    database_url: str
    search_url: str
    redis_url: str | None
    secret_key: str
    site_url: str  # without a slash at the end
    mail_url: str
    contact_email: str | None
    port: int
    testing: bool = False
    orcid_client_id: str = ""  # without both there is no sign-in with ORCID
    orcid_client_secret: str = ""
    orcid_issuer: str = "https://orcid.org"

    @property
    def has_orcid(self) -> bool:
        """Whether people can sign in with ORCID here."""
        return bool(self.orcid_client_id and self.orcid_client_secret)

    @property
    def orcid_api_url(self) -> str:
        """Where public ORCID records are read: of the issuer itself, but of orcid.org and its sandbox on a host of their own."""
        scheme, _, host = self.orcid_issuer.partition("://")
        return f"{scheme}://pub.{host}/v3.0" if host in ("orcid.org", "sandbox.orcid.org") else f"{self.orcid_issuer}/v3.0"

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Settings from `env` (default: the process environment). Makes the home folder and, once, the secret key in it."""
        env = os.environ if env is None else env
        home = Path(env.get("REVIEWHUB_HOME") or "instance").resolve()
        home.mkdir(parents=True, exist_ok=True)
        port = int(env.get("PORT") or 8000)
        return cls(
            home=home,
            database_url=env.get("REVIEWHUB_DATABASE_URL") or f"sqlite:///{home / 'reviewhub.sqlite3'}",
            search_url=env.get("REVIEWHUB_SEARCH_URL") or f"whoosh:{home / 'search'}",
            redis_url=env.get("REVIEWHUB_REDIS_URL") or None,
            secret_key=env.get("REVIEWHUB_SECRET_KEY") or _kept_secret(home / "secret_key"),
            site_url=(env.get("REVIEWHUB_SITE_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
            mail_url=env.get("REVIEWHUB_MAIL_URL") or "file:",
            contact_email=env.get("REVIEWHUB_CONTACT_EMAIL") or None,
            port=port,
            orcid_client_id=env.get("REVIEWHUB_ORCID_CLIENT_ID") or "",
            orcid_client_secret=env.get("REVIEWHUB_ORCID_CLIENT_SECRET") or "",
            orcid_issuer=(env.get("REVIEWHUB_ORCID_ISSUER") or "https://orcid.org").rstrip("/"),
        )


def _kept_secret(path: Path) -> str:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text().strip()
        if len(kept) < 32:
            raise RuntimeError(f"{path} does not hold a secret key; delete it to have a new one made") from None
        return kept
    made = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(made)
    return made
