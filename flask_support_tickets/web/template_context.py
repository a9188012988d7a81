"""Functions and values for our templates: translations, times, text."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from ..current import current_tickets
from ..i18n import catalog
from ..models import TicketStatus
from ..models.status import status_label
from ..rich_text import render_markdown, render_plain
from .formatting import Formatter

#: How many characters of Markdown one page reads; what comes after is shown as plain text.
_MARKDOWN_MAX = 200_000


def template_context() -> dict[str, Any]:
    """Return the names that templates use.

    ``t(message)`` and ``tn(singular, plural, number)`` are `gettext` and `ngettext`;
    ``tb(message, **values)`` is a sentence with names in it, each isolated in ``<bdi>``;
    ``reader`` is the `Formatter` of times and numbers;
    ``status_words(name)`` is what a status is called;
    ``prose(text)`` shows what somebody wrote, as HTML.
    """
    words = catalog()

    def tb(message: str, **values: Any) -> Markup:
        named = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
        return escape(words.gettext(message)) % named

    markup, characters_left = current_tickets.config.markup, _MARKDOWN_MAX

    def prose(text: str) -> Markup:
        nonlocal characters_left
        if markup == "plain":
            return render_plain(text)
        characters_left -= len(text)
        if characters_left < 0:
            return Markup('<div class="st-plain">{}</div>').format(render_plain(text))
        return render_markdown(text)

    return {
        "t": words.gettext,
        "tn": words.ngettext,
        "tb": tb,
        "reader": Formatter(),
        "status_words": lambda name: status_label(TicketStatus[name]),
        "prose": prose,
        "prose_class": f"st-text st-{markup}",
        "has_markdown": markup == "markdown",
    }
