"""Catalogs of a host, made for one test."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo


def write_catalog(folder: Path, locale: str, **messages: str | tuple[str, ...]) -> str:
    """Write a catalog of ``messages`` below ``folder``; returns the folder.

    A key with ``|`` in it is a singular and its plural. ``_`` stands for a space.
    """
    catalog = Catalog(locale)
    for key, text in messages.items():
        forms = tuple(key.replace("_", " ").split("|"))
        catalog.add(forms if len(forms) > 1 else forms[0], text)
    path = folder / locale / "LC_MESSAGES" / "support_tickets.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalog)
    return str(folder)
