"""Templates: one Jinja environment a language, with constant sentences folded in when a template is compiled."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from ...core.markdown import rendered
from ...core.text import plain
from ...ratings.rules import percentages
from ...resources.rules import KINDS, STATE_LABELS
from . import assets, keeping, language
from .labels import BCP47, label_of


class _Folder(NodeTransformer):
    """Replaces `_("a constant")` by its translation: what is left for each request is a plain string."""

    def __init__(self, to: str) -> None:
        self.to = to

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's visitor names methods after nodes
        self.generic_visit(node)
        is_constant = isinstance(node.node, nodes.Name) and node.node.name == "_" and len(node.args) == 1 and isinstance(node.args[0], nodes.Const)
        if not is_constant or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        return nodes.Const(language.catalogue(self.to).gettext(node.args[0].value), lineno=node.lineno)  # type: ignore[attr-defined]


class LanguageEnvironment(Environment):
    """A Jinja environment for one language."""

    language = "en"

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Folder(self.language).visit(tree)
        return tree


class ChineseEnvironment(LanguageEnvironment):
    """The same templates in Chinese."""

    language = "zh"


def prepare(app: Flask) -> None:
    """Gives the application its environments, filters and words."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "autoescape": True}
    app.jinja_environment = LanguageEnvironment
    environments = {"en": app.jinja_env}
    app.jinja_environment = ChineseEnvironment
    environments["zh"] = app.create_jinja_environment()
    for name, environment in environments.items():
        environment.globals |= {
            "gap": "" if name == "zh" else " ",  # between two sentences: a full stop in Chinese brings its own
            "_": language.gettext, "ngettext": language.ngettext, "page_language": name, "page_tag": language.TAGS[name], "label_of": label_of,
            "site_url": app.extensions["settings"].site_url, "worded": language.worded, "address_in": language.address_in, "asset": assets.address,
            "language_names": language.NAMES, "suggested": language.suggested, "suggestions": language.SUGGESTIONS,
            "percentages": percentages, "address_of": _address_of,
            "request_kinds": KINDS, "request_states": STATE_LABELS, "kept_state": keeping.kept_state, "has_keep_buttons": keeping.has_buttons,
        }  # fmt: skip
        environment.filters |= {
            "markup": _as_markup,
            "plain": plain,
            "number": number,
            "date": language.date_in_words,
            "bcp47": _tag,
            "rendered": _rendered,
            "fragment": _fragment,
        }
    app.extensions["environments"] = environments


def render(template: str, **context: Any) -> str:
    """The page in the language of the request."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    app.update_template_context(context)
    return str(app.extensions["environments"][language.current()].get_template(template).render(context))


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A response with the page."""
    return Response(render(template, **context), status=status, mimetype="text/html")


def _as_markup(text: str) -> Markup:
    """Text that the readers of formats have already brought into the allow-list of safe inline HTML; only such text may come here."""
    return Markup(text)  # noqa: S704


def _rendered(text: str, highest: int) -> Markup:
    """Markdown of a reader as HTML that can do no harm; `highest`: the level of its highest heading."""
    return Markup(rendered(text, highest))  # noqa: S704


def _fragment(words: str) -> str:
    """Words as an address points at them in a page ("#:~:text="); a hyphen or comma there has a meaning of its own."""
    return quote(words, safe="").replace("-", "%2D")


def number(n: int) -> str:
    return f"{n:,}"


def _address_of(family: str, number: int) -> str:
    """The address of a paper or journal: what `url_for` says, in a fiftieth of the time. A list has two of them a line."""
    return f"{request.script_root}/{family}/{number}"


def _tag(code: str) -> str:
    """A language code of a record as a `lang` attribute wants it."""
    return BCP47.get(code, code)
