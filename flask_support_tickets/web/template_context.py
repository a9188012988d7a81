"""The template context: translations, formatting and text rendering."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from markupsafe import Markup, escape

from ..current import current_tickets
from ..i18n import catalog
from ..models import TicketStatus
from ..models.status import action_label, status_label
from ..rich_text import render_markdown, render_plain
from .formatting import Formatter

#: A page renders up to this many characters as Markdown, and shows the rest as plain text.
_MARKDOWN_MAX = 200_000


def template_context(zone: tzinfo | None = None) -> dict[str, Any]:
    """Return the context for all templates, with times in ``zone`` or the current user's zone.

    ``t(message)`` and ``tn(singular, plural, number)`` are `gettext` and `ngettext`;
    ``tb(message, **values)`` translates a message and isolates each value in ``<bdi>``;
    ``action_label(name)`` returns the label for an action;
    ``formatter`` is a `Formatter`; ``status_label(name)`` returns the label for a status;
    ``prose(text)`` renders a description or a comment as HTML.
    """
    messages = catalog()

    def tb(message: str, **values: Any) -> Markup:
        isolated = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
        return escape(messages.gettext(message)) % isolated

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
        "action_label": action_label,
        "t": messages.gettext,
        "tn": messages.ngettext,
        "tb": tb,
        "formatter": Formatter(zone),
        "status_label": lambda name: status_label(TicketStatus[name]),
        "prose": prose,
        "prose_class": f"st-text st-{markup}",
        "has_markdown": markup == "markdown",
    }
