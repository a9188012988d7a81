"""The commands of the page, run in its order."""

from __future__ import annotations

import re
from typing import Any

from .migrated import PAGE, USERS


def commands_under(title: str) -> list[list[str]]:
    """Return the arguments of each ``flask`` command of a section."""
    section = PAGE.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S)
    lines = re.findall(r"^flask --app app (.+)$", "".join(blocks), re.M)
    return [[word.strip('"') for word in re.findall(r'"[^"]+"|\S+', line)] for line in lines]


class TestThePage:
    def test_your_own_revisions(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        commands = commands_under("Your own revisions")
        assert len(commands) == 3
        for command in commands:
            host.flask(*command)
        assert host.shape()["support_ticket"]

    def test_the_shipped_branch(self, make_host_with_users: Any) -> None:
        assert f'["SUPPORT_TICKETS_MIGRATE_AFTER"] = "{USERS}"' in PAGE.read_text("utf-8")
        host = make_host_with_users(SUPPORT_TICKETS_MIGRATE_AFTER=USERS)
        commands = commands_under("The shipped branch")
        assert len(commands) == 5
        for command in commands:
            host.flask(*command)
        assert set(host.shape()) == {"person", ""}

    def test_tables_that_are_there(self, make_host_with_users: Any) -> None:
        host = make_host_with_users()
        host.flask("support-tickets", "init-db")
        commands = commands_under("A database with tickets")
        assert commands[0] == ["support-tickets", "init-db"]
        assert commands[1][:2] == ["db", "stamp"]
        for command in commands:
            host.flask(*command)
        host.flask("db", "upgrade", "heads")
        host.flask("db", "check")
