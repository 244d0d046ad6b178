"""What every answer carries: the policy that keeps foreign code out, and compression where no secret is on the page."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

# Nothing but our own files, and nothing inline. Images from `data:` serve the small signs in the styles. `form_action`: where a form may lead in the end.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
# Shorter answers fit one packet as they are.
_WORTH_PACKING_BYTES = 1_000
_GZIP_LEVEL = 5


def bind(app: Flask) -> None:
    """Sets the headers of each answer."""

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _POLICY.format(form_action=_form_action()))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if response.mimetype == "text/html":
            # What a signed-in reader sees is for them alone, also where a proxy keeps pages.
            headers.setdefault("Cache-Control", "private, no-cache" if g.get("reader") else "no-cache")
            _pack(response)
        return response


def _form_action() -> str:
    """Browsers hold the policy also against the redirect that answers a form: the one to sign in with ORCID leads to its issuer."""
    settings = current_app.extensions["settings"]
    if not settings.has_orcid:
        return "'self'"
    issuer = urlsplit(settings.orcid_issuer)
    return f"'self' {issuer.scheme}://{issuer.netloc}"


def _pack(response: Response) -> None:
    """Compresses a page, but for one with a form's secret token on it: lengths of packed pages tell secrets (BREACH)."""
    response.vary.update(("Accept-Encoding", "Accept-Language"))
    if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers or _holds_token():
        return
    if request.accept_encodings.quality("gzip") <= 0:
        return
    body = response.get_data()
    if len(body) >= _WORTH_PACKING_BYTES:
        response.set_data(gzip.compress(body, _GZIP_LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def _holds_token() -> bool:
    """Whether a form's token was made for this page: Flask-WTF keeps it in `g`. To ask the session whether it was used would be to use it."""
    return current_app.config["WTF_CSRF_FIELD_NAME"] in g
