"""A host that migrates with Flask-Migrate, and what its database looks like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import SupportTickets
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.migrations import versions

from ..hosts.small import Users, declare_users, dispose, make_app

PAGE = Path(__file__).parents[2] / "docs" / "migrations.md"
#: The newest of the shipped revisions.
HEAD = max(file.stem for file in Path(*versions.__path__).glob("support_tickets_*.py"))
#: The types of user keys that the extension supports, and how a revision writes them.
KEYS: dict[str, tuple[Any, str]] = {
    "integer": (sa.Integer(), "sa.Integer()"),
    "uuid": (sa.Uuid(), "sa.Uuid()"),
    "string": (sa.String(20), "sa.String(20)"),
}
#: The revision that makes the host's users.
USERS = "0123456789ab"
USERS_REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, depends_on, branch_labels = {users!r}, None, None, ("app",)


def upgrade():
    op.create_table(
        "person",
        sa.Column("id", {key}, primary_key=True),
        sa.Column("username", sa.String(80), nullable=False, unique=True),
        sa.Column("role", sa.String(20)),
    )


def downgrade():
    op.drop_table("person")
"""


class MigratedHost:
    """An app with users, Flask-Migrate and tickets, and a folder for its migrations."""

    def __init__(
        self,
        uri: str,
        folder: Path,
        *,
        key: str = "integer",
        bind_key: str | None = None,
        schema: str | None = None,
        model_mixins: Any = None,
        options: dict[str, Any] | None = None,
        migrate_first: bool = True,
        **config: Any,
    ) -> None:
        self.key, self.folder = key, folder
        column: Any = sa.Column("id", KEYS[key][0], primary_key=True)
        self.users = (
            declare_users(column, bind_key=bind_key) if schema is None else users_in(schema, column)
        )
        self.db = self.users.db
        self.app = make_app(self.users, uri, **config)
        tickets = SupportTickets(db=self.db, user_model=self.users.User, model_mixins=model_mixins)
        self.tickets = tickets
        self.app.cli.add_command(support_tickets_cli)  # an entry point of the ``flask`` command
        migrate = Migrate(directory=str(folder), **options or {})
        if migrate_first:
            migrate.init_app(self.app, self.db)
        tickets.init_app(self.app)
        if not migrate_first:
            migrate.init_app(self.app, self.db)

    def flask(self, *args: str) -> str:
        """Run ``flask …`` as if in a process of its own, and return what it printed."""
        options = self.app.extensions["migrate"].configure_args
        before = set(options)
        done = self.app.test_cli_runner().invoke(args=args)
        for name in set(options) - before:  # what ``env.py`` leaves there
            del options[name]
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def write_users(self) -> None:
        """Write a revision that makes the users, and nothing of ours."""
        text = USERS_REVISION.format(users=USERS, key=KEYS[self.key][1])
        (self.folder / "versions" / "users.py").write_text(text)

    def add_branch(self) -> None:
        """Name the folder of our revisions in ``alembic.ini``, as the documentation says."""
        page = PAGE.read_text("utf-8")
        (lines,) = re.findall(r"^```ini\n\[alembic\]\n(.*?)^```$", page, re.M | re.S)
        ini = self.folder / "alembic.ini"
        ini.write_text(ini.read_text().replace("[alembic]\n", f"[alembic]\n{lines}", 1))

    @property
    def revisions(self) -> list[str]:
        """The texts of the host's own revisions, in the order they were written."""
        files = (self.folder / "versions").glob("*.py")
        return [
            file.read_text() for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)
        ]

    def shape(self) -> dict[str, Any]:
        """Return columns, keys, constraints and indexes of each table, without an order."""
        with self.app.app_context(), self.db.engine.connect() as connection:
            inspector = sa.inspect(connection)
            tables = {
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
            return {**tables, "": _search_index(connection)}

    def dispose(self) -> None:
        """Give the connections back."""
        dispose(self.app, self.users)


def commands_under(title: str) -> list[list[str]]:
    """Return the ``flask`` commands of a section of the documentation."""
    section = PAGE.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S)
    lines = re.findall(r"^flask --app app (.+)$", "".join(blocks), re.M)
    return [[word.strip('"') for word in re.findall(r'"[^"]+"|\S+', line)] for line in lines]


def users_in(schema: str, key: Any) -> Users:
    """Declare a user model on a new db object whose tables are all in one schema."""
    db = SQLAlchemy(metadata=sa.MetaData(schema=schema))
    model = type("User", (db.Model,), {"__tablename__": "person", "id": key})
    return Users(db, model)


def _sorted(items: Any) -> list[str]:
    return sorted(
        repr(sorted((name, repr(value)) for name, value in item.items())) for item in items
    )


def _search_index(connection: sa.Connection) -> list[str]:
    """Return the definition of the search index, in the words of the database."""
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name LIKE 'support_ticket_words%'",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename = 'support_ticket_words'",
        "mysql": "SELECT index_name, index_type FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND table_name = 'support_ticket_words'",
    }[connection.dialect.name]
    return sorted(str(tuple(row)) for row in connection.execute(sa.text(query)))
