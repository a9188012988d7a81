"""Operators in a search. Rule S3."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import (
    Actor,
    Policy,
    SupportTickets,
    TicketStatus,
    actor_for,
    unit_of_work,
)
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.errors import Invalid
from flask_support_tickets.services import TicketFilter, TicketOrder, list_tickets, open_ticket
from flask_support_tickets.services.search.operators import split_search
from flask_support_tickets.services.tickets import listing
from flask_support_tickets.services.tickets.tags import set_tags

from ..databases import every_database
from ..host import db

STAFF = Actor(id=None, is_staff=True, name="Staff")


def ids_of(search, actor=STAFF, **criteria):
    page = list_tickets(actor=actor, criteria=TicketFilter(search=search, **criteria))
    assert page.total_count == len(page.items)
    db.session.rollback()
    return [ticket.id for ticket in page.items]


@pytest.mark.parametrize(
    ("search", "words", "operators"),
    [
        ("printer from:alice", "printer", [("from", "alice")]),
        ('FROM:"Ann Lee" Status:open', "", [("from", "Ann Lee"), ("status", "open")]),
        ("status：open from:“Ann”", "", [("status", "open"), ("from", "Ann")]),
        ('from:"Ann Le', "", [("from", "Ann Le")]),
        ("a\x00from:b\nc", "a   c", [("from", "b")]),
        ("foo:bar http://x.org a:b", "foo:bar http://x.org a:b", []),
        ('from: status: from:"" x', 'from: status: from:"" x', []),
        ('"from:alice" (status:open)', '"from:alice" (status:open)', []),
        ('from:"Ann"Lee -from:bob xfrom:c', 'from:"Ann"Lee -from:bob xfrom:c', []),
    ],
)
def test_search_is_split_into_words_and_operators(search, words, operators):
    found, found_operators = split_search(search)
    assert found.split() == words.split()
    assert found_operators == operators


def test_tags_are_an_operator_for_staff_and_words_for_requesters(make_ticket, alice):
    """Rule M2."""
    tagged = make_ticket(subject="Printer").id
    words = make_ticket(subject="Printer tag:vpn").id
    unit_of_work(set_tags, tagged, ["VPN", "head office"])
    assert ids_of("tag:vpn") == ids_of('printer tag:"Head Office" tag:Vpn') == [tagged]
    assert ids_of("tag:nothing") == []
    assert ids_of("tag:vpn", actor_for(alice)) == [words]
    assert ids_of('tag:"head office"', actor_for(alice)) == []


@every_database
def test_operators_limit_a_search(make_ticket, alice, bob, mona, choose_search):
    new = make_ticket(owner=alice, subject="Printer one", department="Sales")
    old = make_ticket(TicketStatus.Closed, owner=bob, subject="Printer two", department="IT")
    other = make_ticket(TicketStatus.InProgress, owner=bob, subject="Scanner")
    choose_search()
    for search, found in {
        "from:alice": [new],
        "from:ALI": [new],
        f"from:{bob.id}": [other, old],
        'from:"bob"': [other, old],
        "from:bob printer": [old],
        "from:nobody-at-all": [],
        "from:%": [],
        "from:99999999999999999999": [],
        "assignee:mona": [other, old],
        f"assignee:{mona.id} print": [old],
        "assignee:none": [new],
        "assignee:alice": [],
        "assignee:me": [],
        "status:new": [new],
        "status:open": [other, new],
        "status:OPEN,closed prin": [old, new],
        'status:"In progress"': [other],
        "status:in-progress,3": [other, old],
        "status:new status:closed": [],
        "department:sales": [new],
        "department:it status:closed from:bob assignee:mona printer": [old],
        "department:none": [],
        "priority:normal print": [old, new],
        "priority:HIGH,urgent": [],
        "status:closed 🔥": [old],
        f"#{old.id} status:closed": [old],
        f"#{old.id} status:new": [],
        f"{new.id} from:alice": [new],
    }.items():
        assert ids_of(search) == [ticket.id for ticket in found], search
    assert ids_of("assignee:me", actor_for(mona)) == [other.id, old.id]
    assert ids_of("status:open", statuses=[TicketStatus.InProgress]) == [other.id]
    assert ids_of("status:open", owner=alice.id) == [new.id]
    assert ids_of("status:open", order=TicketOrder.OLDEST) == [other.id, new.id]


def test_unknown_operators_are_words(make_ticket):
    ticket = make_ticket(subject="See http://example.org foo:bar status: from:")
    make_ticket(subject="example")
    for search in ("http://example.org", "foo:bar", "status:", '"from:"', 'foo:"bar'):
        assert ids_of(search) == [ticket.id], search


class TestConfiguredDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ("Ärger & Lob", "IT")}

    def test_department_is_found_without_case_and_accents(self, make_ticket):
        ticket = make_ticket(department="Ärger & Lob")
        make_ticket(department="IT")
        assert ids_of('department:"arger lob"') == ids_of('department:"ÄRGER & LOB"') == [ticket.id]


@pytest.mark.parametrize("value", ["nope", "4", "new,nope", "new,", "-1", '"new closed"'])
def test_wrong_status_is_refused_on_every_face(app, client_of, alice, mona, make_ticket, value):
    make_ticket()
    search = f"status:{value}"
    with pytest.raises(Invalid):
        ids_of(search)
    db.session.rollback()
    for user, url in ((mona, "/api/tickets"), (alice, "/api/tickets")):
        answer = client_of(user).get(url, query_string={"search": search})
        assert answer.status_code == 422
        [text] = answer.json["error"]["fields"]["search"]
        assert text.startswith("Use status: with one or more of: New, In")
    for user, url in ((mona, "/admin/tickets/"), (alice, "/settings/ticket")):
        answer = client_of(user).get(url, query_string={"search": search})
        assert answer.status_code == 422
        assert "Use status: with one or more of" in answer.text
        assert "It does not work" not in answer.text
    result = app.test_cli_runner().invoke(support_tickets_cli, ["list", "--search", search])
    assert result.exit_code == 1, result.output
    assert "Use status: with" in result.output


def test_queue_marks_the_words_of_a_search_but_not_its_operators(client_of, mona, make_ticket):
    make_ticket(subject="Status of alice", department="Sales")
    query = {"search": "status:new from:alice department:sales status"}
    page = client_of(mona).get("/admin/tickets/", query_string=query).text
    assert "<mark>Status</mark> of alice" in page
    assert "1 ticket found" in page
    only = client_of(mona).get("/admin/tickets/?search=from:alice+status:new").text
    assert "1 ticket found" in only
    assert "<mark>" not in only


def test_operators_alone_are_counted_like_a_search(make_ticket, monkeypatch):
    for _ in range(4):
        make_ticket()
    monkeypatch.setattr(listing, "COUNT_MAX", 3)
    page = list_tickets(actor=STAFF, criteria=TicketFilter(search="status:new"), page_size=2)
    assert (len(page.items), page.total_count, page.is_capped, page.has_more) == (2, 3, True, True)


def test_requester_finds_only_people_on_tickets_that_they_see(alice, bob, mona, make_ticket):
    own = make_ticket(TicketStatus.InProgress, owner=bob)
    make_ticket(owner=alice)
    actor = actor_for(bob)
    for search in ("from:me", "from:bo", f"from:{bob.id}", "assignee:mona", f"assignee:{mona.id}"):
        assert ids_of(search, actor) == [own.id], search
    for search in ("from:alice", f"from:{alice.id}", "from:mona", "assignee:me", "assignee:none"):
        assert ids_of(search, actor) == [], search


class Names(Policy):
    def display_name(self, user):
        return user.nickname

    def visible_tickets(self, user, Ticket):
        return Ticket.department == "Shared"


def test_colleague_cannot_search_for_what_names_hide():
    """A colleague sees names, but no email addresses, user names or people elsewhere."""
    desk = SQLAlchemy()
    columns = {name: sa.Column(sa.String(50)) for name in ("username", "email", "nickname")}
    key = sa.Column(sa.Integer, primary_key=True)
    user_model = type("Member", (UserMixin, desk.Model), {"id": key, **columns})
    app = Flask("colleagues")
    app.config |= {"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": "sqlite://"}
    desk.init_app(app)
    LoginManager(app)
    SupportTickets(app, desk, user_model, policy=Names())
    with app.app_context():
        desk.create_all()
        ann, bob, eve = (
            user_model(username=f"{name}-login", email=f"{name}@example.org", nickname=name)
            for name in ("ann", "bob", "eve")
        )
        desk.session.add_all([ann, bob, eve])
        desk.session.commit()
        opened = [
            unit_of_work(
                open_ticket, actor=actor_for(user), subject="S", description="D", department=place
            ).id
            for user, place in ((ann, "Shared"), (bob, "Shared"), (eve, "Other"))
        ]

        def found(search, user=ann):
            page = list_tickets(actor=actor_for(user), criteria=TicketFilter(search=search))
            return [each.id for each in page.items]

        assert found("from:bob") == found(f"from:{bob.id}") == [opened[1]]
        assert found("from:ann@example.org") == found("from:ann-login") == [opened[0]]
        for search in ("from:bob@example.org", "from:bob-login", "from:eve", "from:example.org"):
            assert opened[1] not in found(search), search
            assert opened[2] not in found(search), search
