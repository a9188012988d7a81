"""Databases that are there and yet not as they should be: refusals that lose nothing."""

from __future__ import annotations

import io
import logging

import pytest
from sqlalchemy import event, text

from flask_support_tickets import TicketStatus, Unstorable, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import open_ticket
from flask_support_tickets.signals import ticket_created

from .cases.conftest import NEW, fill, new_ticket
from .host import db
from .databases import on_mariadb

ONLY_READS = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}


@pytest.fixture
def only_reads(app):
    """Let every connection only read, as that of a server that stands by does."""
    statement = ONLY_READS[db.engine.dialect.name]

    def refuse(connection, *_):
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if db.engine.dialect.name == "postgresql":
            connection.commit()

    def start():
        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "connect", refuse)

    yield start
    db.session.remove()
    event.remove(db.engine, "connect", refuse)
    db.engine.dispose()


def test_one_that_only_reads_is_503_and_keeps_what_was_typed(
    client_of, alice, mona, make_ticket, only_reads
):
    ticket = make_ticket(TicketStatus.InProgress)
    owner, staff, here = client_of(alice), client_of(mona), f"/api/tickets/{ticket.id}"
    typed = fill(owner, subject="My words", description="My words")
    with_a_file = {**typed, "attachments": (io.BytesIO(b"A line.\n"), "a.log")}
    only_reads()
    for answer in (
        new_ticket(owner),
        owner.post("/api/ticket-comments", json={"ticketId": ticket.id, "text": "A"}),
        owner.post("/api/ticket-attachments", data={"file": (io.BytesIO(b"A.\n"), "a.log")}),
        staff.put(f"{here}/status", json={"action": "MarkAsResolved"}),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
    answer = owner.post(NEW, data=with_a_file)
    assert answer.status_code == 503
    assert 'value="My words"' in answer.text
    assert list(current_tickets.store.walk()) == []
    assert owner.get(here).json["data"]["status"] == TicketStatus.InProgress


@on_mariadb
class TestASmallCharacterSet:
    @pytest.fixture
    def small(self, app):
        """The table of tickets without room for an emoji."""
        change = "ALTER TABLE support_ticket MODIFY {} CHARACTER SET utf8mb3 NOT NULL"
        with db.engine.begin() as connection:
            for column in ("subject VARCHAR(200)", "description LONGTEXT"):
                connection.execute(text(change.format(column)))

    @pytest.mark.usefixtures("small")
    def test_refuses_what_it_cannot_store(self, client_of, alice, everything):
        client = client_of(alice)
        before = everything()
        answer = new_ticket(client, subject="It smiles 😀")
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")
        typed = fill(client, subject="My words", description="😀")
        page = client.post(NEW, data={**typed, "attachments": (io.BytesIO(b"A.\n"), "a.log")})
        assert page.status_code == 422
        assert "Some of the characters cannot be stored here." in page.text
        assert 'value="My words"' in page.text
        with pytest.raises(Unstorable):
            unit_of_work(open_ticket, actor=actor_for(alice), subject="😀", description="D")
        assert everything() == before
        assert list(current_tickets.store.walk()) == []
        assert new_ticket(client, subject="Ünïcödé 漢字").status_code == 201


def test_an_async_receiver_is_told_of(app, alice, caplog):
    async def listen(_app, payload):
        raise AssertionError("nobody waits for it")

    with ticket_created.connected_to(listen), caplog.at_level(logging.ERROR):
        unit_of_work(open_ticket, actor=actor_for(alice), subject="S", description="D")
    assert "A receiver of" in caplog.text
    assert "must not be async" in caplog.text
