"""File extensions: their names, their content, and their content types."""

from __future__ import annotations

import re
from collections.abc import Collection

import filetype

from .content import Content

#: The content type of unknown formats, and of text that browsers might execute.
BINARY = "application/octet-stream"
#: Extensions of text files, and the content types they are served with if they are UTF-8.
TEXTS = {
    **dict.fromkeys(("html", "htm", "xhtml", "svg", "xml"), BINARY),
    **dict.fromkeys(
        ("txt", "log", "sql", "ics", "yaml", "yml", "ini", "conf", "cfg", "toml", "diff", "patch",
         "eml", "har", "jsonl", "ndjson"),
        "text/plain",
    ),
    "md": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values",
    "json": "application/json",
}  # fmt: skip
#: Image formats. The content decides between them, whatever image extension a file has.
IMAGES = frozenset({"png", "jpg", "gif", "webp", "heic", "avif"})
PROGRAMS = frozenset({"exe", "elf", "macho", "class", "dex", "msi", "lnk"})
_ALIASES = {
    "jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "apng": "png", "heif": "heic", "hif": "heic",
    "tiff": "tif",
}  # fmt: skip
#: The extensions that a misnamed image can have.
PICTURES = IMAGES | {name for name, target in _ALIASES.items() if target in IMAGES}

_OFFICE = ("docx", "docm", "dotx", "dotm"), ("xlsx", "xlsm", "xltx", "xltm"), (
    "pptx", "pptm", "ppsx", "ppsm", "potx", "potm",
)  # fmt: skip
_OLE = frozenset({"doc", "xls", "ppt", "ole", "encrypted"})
_MP4 = frozenset({"mp4", "mov", "m4v", "m4a", "3gp"})
_MATROSKA = frozenset({"webm", "mkv"})
#: The kinds of content that an extension can have, unless it is only the kind of the same name.
_KINDS: dict[str, Collection[str]] = {
    **{name: {names[0], "ooxml", "encrypted"} for names in _OFFICE for name in names},
    **dict.fromkeys(("doc", "xls", "ppt"), _OLE),
    **dict.fromkeys(_MP4, _MP4),
    **dict.fromkeys(_MATROSKA, _MATROSKA),
    "zip": {"zip", "ooxml", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"},
    "ai": {"pdf"}, "eps": {"ps"}, "dll": {"exe"}, "sys": {"exe"}, "so": {"elf"}, "dylib": {"macho"},
}  # fmt: skip
#: Known formats whose content is always recognized.
_RECOGNIZED = IMAGES | _KINDS.keys() | {"pdf", "odt", "ods", "odp", "msg"}
#: Formats on which others are based, so a file with an unknown extension can contain them.
_CONTAINERS = frozenset({
    "zip", "ooxml", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "ole", "gz", "bz2", "xz",
    "zst", "tar", "sqlite", "tif", "ogg", "wav", "ps", "rtf", "html", "xml", "svg",
    *_MP4, *_MATROSKA,
})  # fmt: skip

#: Suffixes from log rotation, editors and downloads: ``.1``, ``.2026-11-28``, ``.old``, `` (1)``.
ROTATION = r"(?:[._-](?:\d+(?:T\d+Z?)?|old|bak|backup|orig|prev|save)|~| ?\(\d+\))+$"
_EXTENSION = re.compile(r"\.([a-z0-9_+-]{1,20})$", re.IGNORECASE)


def canonical(extension: str) -> str:
    """Return the extension to compare, such as ``jpg`` for ``JPEG``."""
    name = extension.lower()
    return _ALIASES.get(name, name)


def split_name(filename: str) -> tuple[str, str]:
    """Return the stem and the extension, which is empty if there is none.

    A suffix from log rotation is part of neither: ``app.log.1`` has the extension ``log``.
    """
    name = re.sub(ROTATION, "", filename, flags=re.IGNORECASE)
    found = _EXTENSION.search(name)
    return (name[: found.start()], found[1]) if found else (name, "")


def acceptable(allowed: Collection[str]) -> list[str]:
    """Return ``allowed`` with all extensions that a file of an allowed type can have."""
    names = {canonical(each) for each in allowed}
    pictures = PICTURES if names & IMAGES else frozenset()
    others = {alias for alias, target in _ALIASES.items() if target in names}
    return [*allowed, *sorted((pictures | others) - set(allowed))]


def matches(extension: str, content: Content) -> bool:
    """Return whether a file with this extension can have this content."""
    kind = content.kind
    if extension in TEXTS:
        return content.is_text and kind != "pdf"
    if extension == "pdf" and content.has_pdf:
        return kind in ("pdf", "ps", "html", "xml", "")
    if kind in _KINDS.get(extension, (extension,)):
        return True
    if extension in _RECOGNIZED:
        return False
    if filetype.get_type(ext=extension) is not None:
        return not kind and not content.is_text
    return not kind or kind in _CONTAINERS


def content_type_of(extension: str, kind: str) -> str:
    """Return the content type of an accepted file, except for text that is not UTF-8."""
    if extension in TEXTS:
        return TEXTS[extension]
    if extension == "msg":
        return "application/vnd.ms-outlook"
    found = filetype.get_type(ext=kind if extension in _MP4 | _MATROSKA else extension)
    return BINARY if found is None else str(found.mime)
