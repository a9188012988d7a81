"""Revisions that the host's own Alembic writes, tables of ours included."""

from __future__ import annotations

import re
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

from .migrated import KEYS

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


class TestFlaskMigrate:
    @pytest.mark.parametrize("key", KEYS)
    def test_nothing_is_left_to_do_up_down_and_up(self, make_host: Any, key: str) -> None:
        host = make_host(key=key, migrate_first=key != "uuid")  # either order will do
        host.flask("db", "init")
        host.flask("db", "migrate", "-m", "Add support tickets")
        host.flask("db", "upgrade")
        host.flask("db", "check")
        first = host.shape()
        assert first[""]

        host.flask("db", "downgrade", "base")
        assert set(host.shape()) <= {""}
        host.flask("db", "upgrade")
        assert host.shape() == first

        host.flask("db", "migrate", "-m", "Nothing")
        assert len(host.revisions) == 1
        host.flask("support-tickets", "init-db")
        assert host.shape() == first

    def test_it_is_what_create_all_makes(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        host.flask("db", "migrate")
        host.flask("db", "upgrade")
        migrated = host.shape()
        host.flask("db", "downgrade", "base")
        with host.app.app_context():
            host.db.create_all()
        assert host.shape() == migrated

    def test_a_revision_needs_little_of_this_package(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        host.flask("db", "migrate")
        (written,) = host.revisions
        used = [line for line in written.splitlines() if "flask_support_tickets" in line]
        assert used == [
            "from flask_support_tickets.migrations import create_search_index",
            "from flask_support_tickets.migrations import drop_search_index",
        ]
        assert "\n    create_search_index(op)\n" in written
        assert "\n    drop_search_index(op)\n" in written

    def test_the_hosts_own_options_are_kept(self, make_host: Any) -> None:
        asked: list[str] = []

        def include_name(name: str | None, kind: str, parents: Any) -> bool:
            return name != "left_alone"

        def render_item(kind: str, item: Any, context: Any) -> Any:
            return "sa.String(81)" if isinstance(item, sa.String) and item.length == 80 else False

        def process(context: Any, revision: Any, scripts: list[Any]) -> None:
            asked.append("process")

        options = {
            "include_name": include_name,
            "render_item": render_item,
            "process_revision_directives": process,
        }
        host = make_host(options=options)
        host.app.extensions["migrate"].configure_args["transaction_per_migration"] = True
        with host.app.app_context(), host.db.engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE left_alone (id INTEGER)"))
        host.flask("db", "init")
        host.flask("db", "migrate")
        (written,) = host.revisions
        assert "left_alone" not in written
        assert "sa.String(81)" in written
        assert "create_search_index(op)" in written
        assert asked == ["process"]

    def test_an_env_of_an_older_version_works_with_init_db(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        env = host.folder / "env.py"
        old = "**conf_args, process_revision_directives=process_revision_directives"
        rule = r"    if conf_args\.get\(.*?= process_revision_directives\n"
        text, count = re.subn(rule, "", env.read_text(), flags=re.S)
        assert count == 1
        env.write_text(text.replace("**conf_args", old))
        host.flask("db", "migrate")
        assert "search_index" not in host.revisions[0]
        host.flask("db", "upgrade")
        host.flask("support-tickets", "init-db")
        host.flask("db", "check")
        host.flask("db", "migrate")
        assert len(host.revisions) == 1

    def test_an_empty_revision_by_hand_is_written(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        host.flask("db", "revision", "-m", "By hand")
        assert len(host.revisions) == 1

    def test_statements_are_printed_as_well(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        host.flask("db", "migrate")
        assert "support_ticket_words" in host.flask("db", "upgrade", "--sql")
        assert "support_ticket" not in host.shape()


class TestPlainAlembic:
    def test_a_database_that_is_right_has_no_difference(self, make_host: Any) -> None:
        host = make_host()
        with host.app.app_context():
            host.db.create_all()
            with host.db.engine.connect() as connection:
                found = [
                    compare_metadata(
                        MigrationContext.configure(connection, opts=options), host.db.metadata
                    )
                    for options in (autogenerate_options(), {})
                ]
        assert found[0] == []
        assert found[1]  # the tables of the search index
        assert {change[0] for change in found[1]} <= {"remove_table", "remove_index"}

    def test_an_env_of_ones_own_takes_the_options(self, make_host: Any, tmp_path: Path) -> None:
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


class TestApps:
    def test_an_app_without_migrations_has_no_options(self) -> None:
        app = Flask("plain")
        prepare_migrate(app)
        with app.app_context():
            assert "migrate" not in app.extensions

    def test_one_without_the_package_is_not_watched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "flask_support_tickets.migrations.flask_migrate.find_spec", lambda name: None
        )
        app = Flask("plain")
        prepare_migrate(app)
        app.extensions["migrate"] = None  # would be an error if anybody looked
        with app.app_context():
            pass

    def test_one_that_serves_is_not_watched_any_more(self) -> None:
        app = Flask("plain")
        prepare_migrate(app)
        assert list(appcontext_pushed.receivers_for(app))
        app.test_client().get("/")
        assert not list(appcontext_pushed.receivers_for(app))
        app.extensions["migrate"] = None  # would be an error if anybody looked
        with app.app_context():
            pass
