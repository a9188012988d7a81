"""A host that migrates with Flask-Migrate, made anew for each test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate

from flask_support_tickets import SupportTickets
from flask_support_tickets.cli import support_tickets_cli

from ..hosts.small import declare_users, dispose, make_app

PAGE = Path(__file__).parents[2] / "docs" / "migrations.md"
#: The kinds of user keys that the extension takes over.
KEYS: dict[str, Any] = {"integer": sa.Integer, "uuid": sa.Uuid, "string": lambda: sa.String(20)}
#: The revision that makes the host's users.
USERS = "0123456789ab"


class MigratedHost:
    """An app with users, Flask-Migrate and tickets, and a folder for its migrations."""

    def __init__(
        self,
        uri: str,
        folder: Path,
        *,
        key: str = "integer",
        bind_key: str | None = None,
        model_mixins: Any = None,
        options: dict[str, Any] | None = None,
        migrate_first: bool = True,
        **config: Any,
    ) -> None:
        self.key = key
        column: Any = sa.Column("id", KEYS[key](), primary_key=True)
        self.users = declare_users(column, bind_key=bind_key)
        self.db = self.users.db
        self.folder = folder
        self.app = make_app(self.users, uri, **config)
        self.tickets = SupportTickets(
            db=self.db, user_model=self.users.User, model_mixins=model_mixins
        )
        self.app.cli.add_command(support_tickets_cli)  # an entry point of the ``flask`` command
        migrate = Migrate(directory=str(folder), **options or {})
        if migrate_first:
            migrate.init_app(self.app, self.db)
        self.tickets.init_app(self.app)
        if not migrate_first:
            migrate.init_app(self.app, self.db)

    def flask(self, *args: str) -> str:
        """Run ``flask …`` and return what it printed."""
        return run_flask(self.app, *args)

    def write_users(self) -> None:
        """Write a revision that makes the users, and nothing of ours."""
        key = {"integer": "sa.Integer()", "uuid": "sa.Uuid()", "string": "sa.String(20)"}[self.key]
        (self.folder / "versions" / "users.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision, down_revision, depends_on = {USERS!r}, None, None\n"
            "branch_labels = ('app',)\n"
            "def upgrade():\n"
            "    op.create_table('person', "
            f"sa.Column('id', {key}, primary_key=True), "
            "sa.Column('username', sa.String(80), nullable=False, unique=True), "
            "sa.Column('role', sa.String(20)))\n"
            "def downgrade():\n    op.drop_table('person')\n"
        )

    def add_branch(self) -> None:
        """Add our branch to the host's migrations."""
        add_branch(self.folder)

    @property
    def revisions(self) -> list[str]:
        """What the host's own revisions say, in the order they were written."""
        files = (self.folder / "versions").glob("*.py")
        return [
            file.read_text() for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)
        ]

    def shape(self) -> dict[str, Any]:
        """Return all that the database tells of its tables."""
        with self.app.app_context(), self.db.engine.connect() as connection:
            return shape_of(connection)

    def dispose(self) -> None:
        """Give the connections back."""
        dispose(self.app, self.users)


def run_flask(app: Flask, *args: str) -> str:
    """Run ``flask …`` as if in a process of its own, and return what it printed."""
    options = app.extensions["migrate"].configure_args
    before = set(options)
    done = app.test_cli_runner().invoke(args=args)
    for name in set(options) - before:  # what ``env.py`` leaves there
        del options[name]
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def add_branch(folder: Path) -> None:
    """Name the folder of our revisions in ``alembic.ini``, as the documentation says."""
    page = PAGE.read_text("utf-8")
    (lines,) = re.findall(r"^```ini\n\[alembic\]\n(.*?)^```$", page, re.M | re.S)
    ini = folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("[alembic]\n", f"[alembic]\n{lines}", 1))


def shape_of(connection: sa.Connection) -> dict[str, Any]:
    """Return columns, keys, constraints and indexes of each table, without an order."""
    inspector = sa.inspect(connection)
    found: dict[str, Any] = {
        name: {
            "columns": _sorted(inspector.get_columns(name)),
            "key": inspector.get_pk_constraint(name),
            "foreign": _sorted(inspector.get_foreign_keys(name)),
            "unique": _sorted(inspector.get_unique_constraints(name)),
            "checks": _sorted(inspector.get_check_constraints(name)),
            "indexes": _sorted(inspector.get_indexes(name)),
        }
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }
    return {**found, "": _words_of(connection)}


def _sorted(items: Any) -> list[str]:
    return sorted(
        repr(sorted((name, repr(value)) for name, value in item.items())) for item in items
    )


def _words_of(connection: sa.Connection) -> list[Any]:
    """Return what the search index is, in the database's own words."""
    kind = connection.dialect.name
    if kind == "mysql":
        rows = connection.execute(sa.text("SHOW TABLES LIKE 'support_ticket_words'")).all()
        return [
            tuple(connection.execute(sa.text(f"SHOW CREATE TABLE {row[0]}")).one()) for row in rows
        ]
    question = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name LIKE 'support_ticket_words%'",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename = 'support_ticket_words'",
    }[kind]
    return sorted(str(row[0]) for row in connection.execute(sa.text(question)))
