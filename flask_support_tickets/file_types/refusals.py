"""The messages for refused files: the reason and what to do about it (rule B2)."""

from __future__ import annotations

from collections.abc import Collection

import filetype

from ..i18n import gettext, lazy_gettext
from .content import Content
from .extensions import TEXTS, canonical

_NAMES = {
    "exe": lazy_gettext("a Windows program"),
    "msi": lazy_gettext("a Windows program"),
    "lnk": lazy_gettext("a Windows shortcut"),
    "elf": lazy_gettext("a Linux program"),
    "macho": lazy_gettext("a macOS program"),
    "class": lazy_gettext("a Java program"),
    "dex": lazy_gettext("an Android program"),
    "html": lazy_gettext("a web page (HTML)"),
    "encrypted": lazy_gettext("a password-protected Office document"),
    "ole": lazy_gettext("an old Office document"),
    "ooxml": lazy_gettext("an Office document"),
    "xml": lazy_gettext("an XML file"),
    "txt": lazy_gettext("plain text"),
}
_DOCUMENTS = (
    "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt", "rtf", "epub", "ps",
)  # fmt: skip
_ARCHIVES = ("zip", "rar", "7z", "gz", "bz2", "xz", "tar", "zst", "lz4", "cab")
_MAILS = ("eml", "msg")
#: Kinds of several extensions.
_WITHOUT_EXTENSION = ("encrypted", "ole", "ooxml")
#: The new formats that replace the old ones.
_NEWER = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}
#: Longer lists are grouped, with this number of examples.
_LIST_MAX, _EXAMPLES = 12, 5


class FileRefused(ValueError):
    """Raised for a file that is not accepted. ``str(error)`` is the message for the user."""


def not_accepted(kind: str, accepted: Collection[str] = ()) -> FileRefused:
    message = gettext("This is %(kind)s, which isn't accepted.") % {"kind": name_of(kind)}
    if accepted:
        message += " " + gettext("Allowed types: %(kinds)s.") % {"kinds": type_list(accepted)}
    return FileRefused(message)


def type_not_allowed(accepted: Collection[str]) -> FileRefused:
    message = gettext("This file type isn't allowed. Allowed types: %(kinds)s.")
    return FileRefused(message % {"kinds": type_list(accepted)})


def misnamed(content: Content, stem: str, extension: str, accepted: Collection[str]) -> FileRefused:
    """Return the refusal of a file whose content does not match its extension."""
    kind = content.kind or ("txt" if content.is_text else "")
    if not kind and extension in TEXTS:
        return FileRefused(
            gettext("This isn't text. Give it back its original extension and try again.")
        )
    if not kind:
        message = gettext(
            "This isn't a %(type)s file, or it's damaged. Save it again and try again."
        )
        return FileRefused(message % {"type": extension.upper()})
    if kind in _WITHOUT_EXTENSION:
        message = gettext(
            "This is really %(kind)s. Give it back its original extension and try again."
        )
        return FileRefused(message % {"kind": name_of(kind)})
    newer = _NEWER.get(extension, extension)
    target = newer if newer in accepted else extension
    values = {"kind": name_of(kind), "name": f"{stem}.{kind}", "extension": target}
    if kind in accepted:
        message = gettext("This is really %(kind)s. Rename it to “%(name)s” and try again.")
    elif extension in TEXTS:
        return not_accepted(kind, accepted)
    else:
        message = gettext("This is really %(kind)s. Save it as .%(extension)s and try again.")
    return FileRefused(message % values)


def name_of(kind: str) -> str:
    """Return the name for content of this kind, with an article."""
    if kind in _NAMES:
        return str(_NAMES[kind])
    family = _family_of(kind)
    if family == "image":
        text = gettext("an image (%(type)s)")
    elif family == "video":
        text = gettext("a video (%(type)s)")
    elif family == "audio":
        text = gettext("a sound file (%(type)s)")
    elif kind in _ARCHIVES:
        text = gettext("an archive (%(type)s)")
    elif kind in _MAILS:
        text = gettext("an email (%(type)s)")
    elif kind in _DOCUMENTS:
        text = gettext("a document (%(type)s)")
    else:
        text = gettext("a file of type %(type)s")
    return text % {"type": kind.upper()}


def type_list(allowed: Collection[str]) -> str:
    """Describe the allowed types for users. A long list is grouped and has only examples."""
    names = list(dict.fromkeys(map(canonical, allowed)))
    if len(names) <= _LIST_MAX:
        return ", ".join(names).upper()
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_group_of(name), []).append(name.upper())
    return ", ".join(
        group % {"types": ", ".join(found[:_EXAMPLES] + ["…"] * (len(found) > _EXAMPLES))}
        for group, found in groups.items()
    )


def _family_of(kind: str) -> str:
    """Return the first part of a content type, such as ``image``, or an empty string."""
    found = filetype.get_type(ext=kind)
    return str(found.mime).partition("/")[0] if found else ""


def _group_of(name: str) -> str:
    family = _family_of(name)
    if family == "image":
        return gettext("images (%(types)s)")
    if family == "video":
        return gettext("videos (%(types)s)")
    if name in _MAILS:
        return gettext("emails (%(types)s)")
    if name in TEXTS:
        return gettext("text (%(types)s)")
    return gettext("documents (%(types)s)") if name in _DOCUMENTS else "%(types)s"
