"""Describe in one line who else has a ticket's page open."""

from __future__ import annotations

from collections.abc import Sequence

from babel.lists import format_list

from ..i18n import current_locale, ngettext
from ..services.presence import PresenceInfo

#: The maximum number of names in a sentence.
_NAMES_MAX = 3


def presence_text(present: Sequence[PresenceInfo]) -> str:
    """Return a text such as ``Mona is replying · Adam and Tom are viewing``; "" if nobody is."""
    replying = [each.user_name for each in present if each.is_replying]
    viewing = [each.user_name for each in present if not each.is_replying]
    sentences = (
        ngettext("%(names)s is replying", "%(names)s are replying", len(replying)),
        ngettext("%(names)s is viewing", "%(names)s are viewing", len(viewing)),
    )
    groups = zip(sentences, (replying, viewing), strict=True)
    return " · ".join(text % {"names": _join(names)} for text, names in groups if names)


def _join(names: list[str]) -> str:
    shown, count = names[:_NAMES_MAX], len(names) - _NAMES_MAX
    if count > 0:
        shown.append(ngettext("%(count)s other", "%(count)s others", count) % {"count": count})
    return format_list(shown, locale=current_locale())
