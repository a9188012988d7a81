"""Databases that cannot write, or cannot store every character: nothing typed is lost. Rule U2."""

from __future__ import annotations

import io
from html import unescape

import pytest
from sqlalchemy import event, text

from flask_support_tickets import TicketStatus, Unstorable, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import open_ticket

from .conftest import form_fields
from .databases import every_database, on_mariadb
from .host import db

NEW = "/settings/ticket/new"
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}


def submit(client, typed, **sent):
    """Submit the form for a new ticket with a file."""
    form = {"attachments": (io.BytesIO(b"A line.\n"), "a.log"), **typed, **sent}
    return client.post(NEW, data=form)


@pytest.fixture
def make_read_only(app):
    """Let every connection from now on be read-only, as that of a standby server."""
    statement = READ_ONLY[db.engine.dialect.name]

    def set_up(connection, *_):
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if db.engine.dialect.name == "postgresql":
            connection.commit()

    def start():
        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "connect", set_up)

    return start


@every_database
def test_read_only_database_is_503_and_keeps_what_was_typed(
    client_of, alice, mona, make_ticket, make_read_only
):
    ticket_id = make_ticket(TicketStatus.InProgress).id
    owner, staff, here = client_of(alice), client_of(mona), f"/api/tickets/{ticket_id}"
    typed = form_fields(owner.get(NEW).text)
    make_read_only()
    for answer in (
        owner.post("/api/tickets", json={"subject": "S", "description": "D"}),
        owner.post("/api/ticket-comments", json={"ticketId": ticket_id, "text": "A"}),
        owner.post("/api/ticket-attachments", data={"file": (io.BytesIO(b"A.\n"), "a.log")}),
        staff.put(f"{here}/status", json={"action": "MarkAsResolved"}),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
    answer = submit(owner, typed, subject="My words", description="My words")
    assert answer.status_code == 503
    assert 'value="My words"' in answer.text
    assert list(current_tickets.store.walk()) == []
    assert owner.get(here).json["data"]["status"] == TicketStatus.InProgress


@on_mariadb
def test_text_that_a_small_character_set_cannot_store_is_422_and_kept(client_of, alice, everything):
    change = "ALTER TABLE support_ticket MODIFY {} CHARACTER SET utf8mb3 NOT NULL"
    with db.engine.begin() as connection:
        for column in ("subject VARCHAR(200)", "description LONGTEXT"):
            connection.execute(text(change.format(column)))
    client, before = client_of(alice), everything()
    typed = form_fields(client.get(NEW).text)
    body = {"subject": "It smiles 😀", "description": "D"}
    answer = client.post("/api/tickets", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")
    page = submit(client, typed, subject="My words", description="😀")
    assert page.status_code == 422
    assert "Some characters can't be saved here. Remove emoji" in unescape(page.text)
    assert 'value="My words"' in page.text
    with pytest.raises(Unstorable):
        unit_of_work(open_ticket, actor=actor_for(alice), **body)
    assert everything() == before
    assert list(current_tickets.store.walk()) == []
    body["subject"] = "Ünïcödé 漢字"
    assert client.post("/api/tickets", json=body).status_code == 201
