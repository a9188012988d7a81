"""What `docs/scaling.md` shows of read replicas works; the replica here is a read-only copy."""

from __future__ import annotations

import re
import shutil
import sys
import types
from pathlib import Path

import pytest
from flask_login import UserMixin

from flask_support_tickets import SupportTickets

from .hosts.small import Users, dispose, make_app, new_admin, settle, sign_in

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
TICKET = {"subject": "It does not work", "description": "Nothing happens."}
ADDRESSES = [
    "/settings/ticket", "/settings/ticket/new", "/settings/ticket/2", "/admin/tickets/",
    "/admin/tickets/1", "/api/tickets", "/api/tickets?search=work&status=New", "/api/tickets/1",
    "/api/tickets/1/events", "/api/ticket-comments/ticket/1", "/api/ticket-comments/1/replies",
]  # fmt: skip


@pytest.fixture
def module(monkeypatch):
    """Return a module with the code of the page."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    [code] = [block for block in blocks if "class " in block]
    module = types.ModuleType("st_scaling")
    monkeypatch.setitem(sys.modules, "st_scaling", module)
    exec(compile(code, str(PAGE), "exec"), module.__dict__)
    return module


@pytest.fixture
def users(module):
    db = module.db

    class User(UserMixin, db.Model):
        __tablename__ = "person"
        id = db.Column(db.Integer, primary_key=True)
        username = db.Column(db.String(80))
        role = db.Column(db.String(20))

        def get_id(self):
            return str(self.username)

    return Users(db, User)


@pytest.fixture
def app(module, users, tmp_path):
    replica = f"sqlite:///file:{tmp_path}/replica.db?mode=ro&uri=true"
    primary = f"sqlite:///{tmp_path}/primary.db"
    app = make_app(users, primary, SQLALCHEMY_BINDS={"replica": replica})
    module.remember_writes(app)
    tickets = SupportTickets(db=users.db, user_model=users.User)
    tickets.init_app(app, admin=new_admin(app))
    (tmp_path / "replica.db").touch()
    settle(app, users)
    yield app
    dispose(app, users)


@pytest.fixture
def replicate(app, users, tmp_path):
    """Let the replica catch up; it does so once at the start."""

    def catch_up():
        dispose(app, users)
        shutil.copyfile(tmp_path / "primary.db", tmp_path / "replica.db")

    catch_up()
    return catch_up


def forget_writes(client):
    with client.session_transaction() as session:
        session["wrote_at"] = 0


@pytest.fixture
def alice(app, replicate):
    return sign_in(app, "alice")


@pytest.fixture
def mona(app, replicate):
    """Return a client that signed in some time ago."""
    mona = sign_in(app, "mona")
    forget_writes(mona)
    return mona


def test_writer_reads_the_primary_and_others_the_replica(alice, mona, replicate):
    made = alice.post("/api/tickets", json=TICKET)
    assert made.status_code == 201
    address = f"/api/tickets/{made.json['data']['id']}"
    assert alice.get(address).status_code == 200
    assert mona.get(address).status_code == 404
    replicate()
    assert mona.get(address).status_code == 200


def test_writes_go_to_the_primary_and_reads_need_only_the_replica(alice, mona, replicate):
    alice.post("/api/tickets", json=TICKET)
    body = {"action": "StartProgress"}  # by mona, who does not see the ticket yet
    assert mona.put("/api/tickets/1/status", json=body).status_code == 200
    assert mona.get("/api/tickets/1").json["data"]["statusName"] == "InProgress"
    mona.post("/api/tickets", json=TICKET)  # of her own, ticket 2
    mona.post("/api/ticket-comments", json={"ticketId": 1, "text": "Which one?"})
    replicate()
    for address in ADDRESSES:
        forget_writes(mona)
        assert mona.get(address).status_code == 200, address
