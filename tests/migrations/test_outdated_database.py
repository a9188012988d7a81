"""A database that an older version created is reported, not served as an unknown error."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ..databases import every_database
from .test_batch import execute


@every_database
def test_requests_to_an_outdated_database_get_503_and_the_log_says_why(
    make_host_with_users: Any, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host_with_users()
    host.flask("db", "upgrade", "support_tickets_0001")
    execute(host, "INSERT INTO person (id, username, role) VALUES (1, 'mona', 'moderator')")
    columns = "comment_count, staff_comment_count, thread_count, attachment_count, version"
    execute(
        host,
        "INSERT INTO support_ticket (subject, description, status, user_id, created_at, "
        f"updated_at, {columns})"
        " VALUES ('S', 'D', 0, 1, '2026-01-01', '2026-01-01', 0, 0, 0, 0, 1)",
    )
    client = host.app.test_client()
    client.post("/login", data={"username": "mona"})
    body = {"subject": "Printer", "description": "Smoke"}
    caplog.set_level(logging.ERROR)
    answer = client.post("/api/tickets", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    assert "lacks a table or column of Support Tickets" in caplog.text
    for page in ("/settings/ticket", "/api/tickets"):
        caplog.clear()
        assert client.get(page).status_code == 503
        assert "flask db upgrade heads" in caplog.text
    assert client.get("/login").status_code < 500
    done = host.app.test_cli_runner().invoke(args=["support-tickets", "init-db"])
    assert done.exit_code == 1
    assert "support_ticket.priority" in done.output
    host.flask("db", "upgrade", "heads")
    assert client.post("/api/tickets", json=body).status_code == 201
    assert host.flask("support-tickets", "init-db")
