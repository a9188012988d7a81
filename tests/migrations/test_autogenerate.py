"""Revisions that a host's own Alembic writes, with our tables in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from flask import Flask, appcontext_pushed

from flask_support_tickets.migrations import autogenerate_options
from flask_support_tickets.migrations.flask_migrate import prepare_migrate

from ..databases import every_database
from .migrated import commands_under

ENV = """
from alembic import context
from flask_support_tickets.migrations import autogenerate_options

host = context.config.attributes["host"]
with host.app.app_context(), host.db.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=host.db.metadata, **autogenerate_options()
    )
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.mark.parametrize(
    ("database", "key"),
    [
        ("sqlite", "string"),
        ("postgresql", "uuid"),
        pytest.param("mariadb", "integer", marks=pytest.mark.slow),
    ],
    indirect=["database"],
)
def test_own_revision_goes_up_down_and_up_and_makes_what_create_all_makes(
    make_host: Any, key: str
) -> None:
    host = make_host(key=key, migrate_first=key != "uuid")  # either order works
    for documented in commands_under("Your own revisions"):  # migrate, upgrade, check
        host.flask(*documented)
    migrated = host.shape()
    assert migrated[""]
    host.flask("db", "downgrade", "base")
    assert set(host.shape()) <= {""}
    host.flask("db", "upgrade")
    assert host.shape() == migrated
    host.flask("db", "migrate", "-m", "Nothing")
    assert len(host.revisions) == 1
    host.flask("support-tickets", "init-db")
    assert host.shape() == migrated
    host.flask("db", "downgrade", "base")
    with host.app.app_context():
        host.db.create_all()
    assert host.shape() == migrated


def test_env_py_of_an_older_flask_migrate_causes_a_warning_that_says_what_to_do(
    make_host: Any,
) -> None:
    host = make_host()
    env = host.folder / "env.py"
    current = env.read_text()
    sets, passes = 'conf_args["process_revision_directives"] = ', "**conf_args"
    assert current.count(sets) == 1
    assert passes in current
    env.write_text(
        current.replace(sets, "ours = ").replace(
            passes, "process_revision_directives=process_revision_directives, **conf_args"
        )
    )
    with pytest.warns(UserWarning, match=r"create_search_index\(op\)"):
        host.flask("db", "migrate")
    (written,) = host.revisions
    assert "search_index" not in written


def test_revision_needs_little_of_this_package(make_host: Any) -> None:
    host = make_host()
    host.flask("db", "migrate")
    (written,) = host.revisions
    used = [line for line in written.splitlines() if "flask_support_tickets" in line]
    assert used == [
        "from flask_support_tickets.migrations import create_search_index",
        "from flask_support_tickets.migrations import drop_search_index",
    ]
    assert "\n    create_search_index(op)\n" in written
    assert "\n    drop_search_index(op)\n" in written
    host.flask("db", "revision", "-m", "An empty one by hand")
    assert len(host.revisions) == 2


def test_alembic_options_of_the_host_are_kept(make_host: Any) -> None:
    asked: list[str] = []

    def render_item(kind: str, item: Any, context: Any) -> Any:
        return "sa.String(81)" if isinstance(item, sa.String) and item.length == 80 else False

    options = {
        "include_name": lambda name, kind, parents: name != "left_alone",
        "render_item": render_item,
        "process_revision_directives": lambda *_: asked.append("process"),
    }
    host = make_host(options=options)
    host.app.extensions["migrate"].configure_args["transaction_per_migration"] = True
    with host.app.app_context(), host.db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE left_alone (id INTEGER)"))
    host.flask("db", "migrate")
    (written,) = host.revisions
    assert "left_alone" not in written
    assert "sa.String(81)" in written
    assert "create_search_index(op)" in written
    assert asked == ["process"]


@every_database
def test_plain_alembic_finds_no_difference_with_our_options(make_host: Any) -> None:
    host = make_host()
    with host.app.app_context():
        host.db.create_all()
        with host.db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=autogenerate_options())
            assert compare_metadata(context, host.db.metadata) == []
            plain = compare_metadata(MigrationContext.configure(connection), host.db.metadata)
    assert {change[0] for change in plain} <= {"remove_table", "remove_index"}  # search index
    assert plain


def test_env_of_plain_alembic_can_take_our_options(make_host: Any, tmp_path: Path) -> None:
    host = make_host()
    config = Config(tmp_path / "alembic.ini", attributes={"host": host})
    config.set_main_option("script_location", str(tmp_path / "plain"))
    command.init(config, str(tmp_path / "plain"))
    (tmp_path / "plain" / "env.py").write_text(ENV)
    command.revision(config, autogenerate=True)
    command.upgrade(config, "head")
    assert host.shape()[""]
    command.check(config)
    command.downgrade(config, "base")
    assert set(host.shape()) <= {""}


def test_app_that_serves_no_longer_waits_for_flask_migrate() -> None:
    app = Flask("plain")
    prepare_migrate(app)
    with app.app_context():
        assert "migrate" not in app.extensions
    assert list(appcontext_pushed.receivers_for(app))
    app.test_client().get("/")
    assert not list(appcontext_pushed.receivers_for(app))
