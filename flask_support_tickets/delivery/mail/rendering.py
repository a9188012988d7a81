"""Render emails as text and HTML, in the recipient's language and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from flask import current_app
from markupsafe import Markup

from ...current import current_tickets
from ...i18n import use_language
from ...rich_text import render_markdown, render_plain
from ...web.locale import language_for, time_zone_for
from ...web.template_context import template_context
from ..message import RecipientInfo

_FOLDER = "support_tickets/mail"
#: Longer text is rendered as plain text, because mail programs cut off long emails.
_MARKDOWN_MAX = 20_000


@dataclass(frozen=True)
class Content:
    """The two alternatives of an email's body."""

    text: str
    html: str


def render(
    template: str, recipient: RecipientInfo, context: Mapping[str, Any], **more: Any
) -> Content:
    """Render ``support_tickets/mail/<template>.txt`` and ``.html`` without a request.

    The host's context processors are not called, because most of them need a request. The language
    must have been selected with `use_recipient_language`.
    """
    names = {
        **template_context(time_zone_for(recipient.time_zone)),
        "prose": prose,
        "quoted": quoted,
        "signature_line": "-- ",
        **context,
        **more,
    }
    environment = current_app.jinja_env
    text = environment.get_template(f"{_FOLDER}/{template}.txt").render(names)
    html = environment.get_template(f"{_FOLDER}/{template}.html").render(names)
    return Content(_tidy(text), inline_styles(html))


def use_recipient_language(recipient: RecipientInfo) -> Any:
    """Return a context manager that selects the recipient's language for all messages."""
    return use_language(language_for(recipient.locale))


def prose(text: str) -> Markup:
    """Render a description or a comment as HTML that needs no CSS for its line breaks."""
    if current_tickets.config.markup == "markdown" and len(text) <= _MARKDOWN_MAX:
        return render_markdown(text)
    return render_plain(text).replace("\n", Markup("<br>\n"))


def quoted(text: str) -> str:
    """Return ``text`` with each line marked as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def inline_styles(html: str) -> str:
    """Copy the rules in ``<style>`` to the elements, if css-inline is installed."""
    if not _has_css_inline():
        return html
    import css_inline

    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    return inliner.inline(html)


@cache
def _has_css_inline() -> bool:
    return find_spec("css_inline") is not None


def _tidy(text: str) -> str:
    """Remove the blank lines that conditions in the template leave."""
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line)
    return "\n".join(lines) + "\n"
