"""What `docs/scaling.md` shows of read replicas works; a replica here is a read-only copy."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import UserMixin

from flask_support_tickets import SupportTickets

from .hosts.small import Users, dispose, make_app, new_admin, settle, sign_in
from .test_docs import DOCS, code_blocks

TICKET = {"subject": "It does not work", "description": "Nothing happens."}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The code of the page, from a file of its own."""
    [code] = [block for block in code_blocks(DOCS / "scaling.md", "python") if "class " in block]
    (tmp_path / "st_scaling.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("st_scaling")
    del sys.modules["st_scaling"]


@pytest.fixture
def users(module: ModuleType) -> Users:
    db = module.db

    class User(UserMixin, db.Model):
        __tablename__ = "person"
        id = db.Column(db.Integer, primary_key=True)
        username = db.Column(db.String(80))
        role = db.Column(db.String(20))

        def get_id(self) -> str:
            return str(self.username)

    return Users(db, User)


@pytest.fixture
def app(module: ModuleType, users: Users, tmp_path: Path) -> Iterator[Flask]:
    replica = f"sqlite:///file:{tmp_path}/replica.db?mode=ro&uri=true"
    primary = f"sqlite:///{tmp_path}/primary.db"
    app = make_app(users, primary, SQLALCHEMY_BINDS={"replica": replica})
    module.remember_writes(app)
    tickets = SupportTickets(db=users.db, user_model=users.User)
    tickets.init_app(app, admin=new_admin(app))
    shutil.copyfile("/dev/null", tmp_path / "replica.db")
    settle(app, users)
    yield app
    dispose(app, users)


@pytest.fixture
def replicate(app: Flask, users: Users, tmp_path: Path) -> Callable[[], None]:
    """Let the replica catch up; it does so once at the start."""

    def catch_up() -> None:
        dispose(app, users)
        shutil.copyfile(tmp_path / "primary.db", tmp_path / "replica.db")

    catch_up()
    return catch_up


@pytest.fixture
def alice(app: Flask, replicate: object) -> FlaskClient:
    return sign_in(app, "alice")


@pytest.fixture
def mona(app: Flask, replicate: object) -> FlaskClient:
    """Signed in some time ago."""
    mona = sign_in(app, "mona")
    with mona.session_transaction() as session:
        session["wrote_at"] = 0
    return mona


def test_who_has_written_reads_it_at_once_and_others_when_it_arrives(
    alice: FlaskClient, mona: FlaskClient, replicate: Callable[[], None]
) -> None:
    made = alice.post("/api/tickets", json=TICKET)
    assert made.status_code == 201
    address = f"/api/tickets/{made.json['data']['id']}"
    assert alice.get(address).status_code == 200
    assert mona.get(address).status_code == 404
    replicate()
    assert mona.get(address).status_code == 200


def test_a_write_goes_to_the_primary_whoever_reads_the_replica(
    alice: FlaskClient, mona: FlaskClient
) -> None:
    ticket_id = alice.post("/api/tickets", json=TICKET).json["data"]["id"]
    step = {"action": "StartProgress"}
    assert mona.put(f"/api/tickets/{ticket_id}/status", json=step).status_code == 200
    assert mona.get(f"/api/tickets/{ticket_id}").json["data"]["statusName"] == "InProgress"


@pytest.mark.parametrize(
    "address",
    [
        "/settings/ticket",
        "/settings/ticket/new",
        "/settings/ticket/1",
        "/admin/tickets/",
        "/admin/tickets/1",
        "/api/tickets",
        "/api/tickets?search=work&status=New",
        "/api/tickets/1",
        "/api/tickets/1/events",
        "/api/ticket-comments/ticket/1",
        "/api/ticket-comments/1/replies",
    ],
)
def test_no_read_needs_the_primary(
    mona: FlaskClient, replicate: Callable[[], None], address: str
) -> None:
    mona.post("/api/tickets", json=TICKET)
    mona.put("/api/tickets/1/status", json={"action": "StartProgress"})
    mona.post("/api/ticket-comments", json={"ticketId": 1, "text": "Which one?"})
    replicate()
    with mona.session_transaction() as session:
        session["wrote_at"] = 0
    assert mona.get(address).status_code == 200
