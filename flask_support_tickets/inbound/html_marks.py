"""How mail programs mark quotations and signatures in HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Classes and ids of signatures.
_SIGNATURES = frozenset(
    {
        "gmail_signature", "moz-signature", "protonmail_signature_block", "applemailsignature",
        "ms-outlook-mobile-signature", "signature", "yahoo_signature", "k9mail-signature",
        "lineitemsignature",
    }
)  # fmt: skip
#: Classes of quotations, and of the lines that introduce them.
_QUOTES = frozenset(
    {"gmail_attr", "moz-cite-prefix", "protonmail_quote", "yahoo_quoted", "k9mail-quote-prefix"}
)
#: Ids of what Outlook and others put above the previous email. Everything that follows is quoted.
_ENDS = frozenset(
    {
        "divrplyfwdmsg", "appendonsend", "olk_src_body_section", "isforwardcontent",
        "mail-editor-reference-message-container", "ms-outlook-mobile-body-separator-line",
    }
)  # fmt: skip
#: The line that desktop versions of Outlook draw there.
_OUTLOOK_LINE = re.compile(
    r"border:\s*none;\s*border-top:\s*solid #(?:e1e1e1|b5c4df) 1\.0pt", re.IGNORECASE
)


def kind_of(tag: str, attributes: Mapping[str, str]) -> str:
    """Return ``quote``, ``signature``, ``hidden``, ``pre``, or an empty string."""
    if tag in ("script", "style", "title", "head"):
        return "hidden"
    names = _names_in(attributes)
    if names & _SIGNATURES:
        return "signature"
    if tag == "blockquote" or names & _QUOTES or attributes.get("name") == "quote":
        return "quote"
    return "pre" if tag == "pre" else ""


def begins_previous_email(attributes: Mapping[str, str]) -> bool:
    """Return whether everything from this element on is the previous email."""
    style = attributes.get("style", "")[:500]
    return bool(_names_in(attributes) & _ENDS) or bool(_OUTLOOK_LINE.search(style))


def _names_in(attributes: Mapping[str, str]) -> set[str]:
    """Return the classes and the id in lowercase. Outlook prefixes those of others with ``x_``."""
    names = [*attributes.get("class", "").split(), attributes.get("id", "")]
    return {name.lower().removeprefix("x_") for name in names}
