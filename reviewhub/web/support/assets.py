"""Styles and scripts: one file of each for the whole site, put together when the site starts, named by content, kept by browsers for ever."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import brotli
from flask import Blueprint, Response, abort, current_app, request

from .entry import entry

STATIC = Path(__file__).resolve().parents[3] / "static"
# Styles in the order of their layers; within a folder by name.
_STYLES = tuple(f"css/{name}.css" for name in ("tokens", "layers", "reset", "base", "layout", "components/*", "pages/*", "utilities", "print"))
_SCRIPTS = ("js/*.js",)
_FOR_EVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in each of the encodings a browser may ask for."""

    name: str
    content_type: str
    bodies: dict[str, bytes]  # "", "gzip", "br"


def gather() -> dict[str, Asset]:
    """Every asset by the name templates know ("site.css") and by the name it is served under."""
    found = {}
    for name, patterns, content_type in (("site.css", _STYLES, "text/css; charset=utf-8"), ("site.js", _SCRIPTS, "text/javascript; charset=utf-8")):
        parts = [path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(STATIC.glob(pattern))]
        found[name] = _asset(name, "\n".join(parts).encode(), content_type)
    for path in sorted((STATIC / "images").glob("*.svg")):
        found[path.name] = _asset(path.name, path.read_bytes(), "image/svg+xml")
    return {**found, **{asset.name: asset for asset in found.values()}}


def _asset(name: str, body: bytes, content_type: str) -> Asset:
    stem, _, ending = name.rpartition(".")
    served = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
    return Asset(served, content_type, {"": body, "gzip": gzip.compress(body, 9, mtime=0), "br": brotli.compress(body)})


def address(name: str) -> str:
    """The path of an asset; never under /zh, so that both languages share it."""
    root = request.script_root.removesuffix("/zh")
    return f"{root}/static/{current_app.extensions['assets'][name].name}"


@blueprint.get("/static/<name>")
@entry("anyone")
def serve(name: str) -> Response:
    """An asset under the name that holds its content, in the best encoding the browser takes."""
    asset = current_app.extensions["assets"].get(name)
    if asset is None:
        abort(404)
    encoding = next((e for e in ("br", "gzip") if request.accept_encodings.quality(e) > 0), "")
    answer = Response(asset.bodies[encoding], content_type=asset.content_type)
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = _FOR_EVER if name == asset.name else "no-cache"
    return answer
