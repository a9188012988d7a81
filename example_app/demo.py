"""The demo's files: a secret and a database, each made whole or not at all.

Both are written under another name and linked into place, so that of two first starts at once
one wins and the other takes what is there; a start that is killed leaves nothing half done.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL, create_engine, inspect

from .extensions import db
from .seed import seed_demo, seed_people

DATABASE = "commons.sqlite3"
SECRET = "secret_key"
MAIL = "mail"
#: Where ``python -m example_app`` serves the demo.
ADDRESS = "http://127.0.0.1:5000"


def settings(folder: Path, address: str) -> dict[str, Any]:
    """Return the demo's secret, the address of its database, and the settings for email."""
    folder.mkdir(parents=True, exist_ok=True)
    mail = folder.resolve() / MAIL
    return {
        "DEMO_MAIL": str(mail),
        "SUPPORT_TICKETS_BASE_URL": address,
        "SUPPORT_TICKETS_MAIL_FROM": "Acme Commons <support@commons.example>",
        "SUPPORT_TICKETS_NOTIFY_DELAY_SECONDS": 3,
        "SUPPORT_TICKETS_REPLY_ADDRESS": "support+{token}@commons.example",
        "SUPPORT_TICKETS_SMTP_URL": mail.as_uri(),
        "SECRET_KEY": _secret(folder / SECRET),
        "SQLALCHEMY_DATABASE_URI": sqlite_uri(folder / DATABASE),
    }


def sqlite_uri(path: Path) -> str:
    """Return the address of a SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def make_database(folder: Path, create_app: Callable[..., Flask]) -> None:
    """Make the demo's database in ``folder`` if it is not there yet.

    Raises RuntimeError when the one that is there was made by another version of the tables.
    """
    path = folder / DATABASE
    if not path.exists():
        _forget_logs(path)
        with tempfile.TemporaryDirectory(dir=folder, prefix="making-") as workshop:
            draft = Path(workshop) / DATABASE
            config = {"SECRET_KEY": "unused", "SQLALCHEMY_DATABASE_URI": sqlite_uri(draft)}
            _fill(create_app(config, instance_path=folder))
            _publish(draft, path)
    if not _is_current(path):
        raise RuntimeError(f"{path} was made by another version. Delete it to start afresh.")


def make_accounts(app: Flask) -> None:
    """Give an empty database the tables and the demo's accounts, and no posts or tickets."""
    with app.app_context():
        db.create_all()
        seed_people()
        db.session.remove()


def _forget_logs(path: Path) -> None:
    """Remove what a killed server left of a database that was deleted since.

    SQLite would play such a log into the new database of the same name.
    """
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _fill(app: Flask) -> None:
    with app.app_context():
        db.create_all()
        seed_demo()
        db.session.remove()
        with db.engine.connect() as connection:
            # Fold the write-ahead log into the one file that is published.
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
        db.engine.dispose()


def _secret(path: Path) -> str:
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix="making-")  # mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        _publish(Path(draft), path)
        Path(draft).unlink(missing_ok=True)
    return path.read_text().strip()


def _publish(draft: Path, path: Path) -> None:
    """Give ``draft`` the name ``path``, unless somebody else was first."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            draft.replace(path)


def _is_current(path: Path) -> bool:
    """Whether every table and column we know is in the file."""
    engine = create_engine(sqlite_uri(path))
    try:
        there = inspect(engine).get_multi_columns()
        names = {
            table: {column["name"] for column in columns} for (_, table), columns in there.items()
        }
        return all(
            set(table.columns.keys()) <= names.get(table.name, set())
            for table in db.metadata.sorted_tables
        )
    finally:
        engine.dispose()
