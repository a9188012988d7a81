"""The requester's card on a ticket's page, and the links to their tickets in the queue."""

from __future__ import annotations

import re

import pytest
from jinja2 import StrictUndefined

from flask_support_tickets import Policy, TicketStatus
from flask_support_tickets.services import mark_undeliverable

from ..host import User, db
from .conftest import rows


class WithContacts(Policy):
    """Every user has an address, a page and a picture; bob's are not acceptable."""

    def email(self, user):
        return f"{user.username}+100%@example.org" if user.username == "alice" else "nowhere"

    def profile_url(self, user):
        return f"/users/{user.id}?a&b" if user.username == "alice" else "javascript:alert(1)"

    def avatar_url(self, user):
        return "https://cdn.example.org/a.png" if user.username == "alice" else "//evil.example"


def card(client, ticket):
    page = client.get(f"/admin/tickets/{ticket.id}")
    assert page.status_code == 200
    return re.search(r'<section class="st-requester".*?</section>', page.text, re.S)[0]


def test_card_has_contacts_and_other_tickets(staff, make_ticket, change_state, alice, bob):
    change_state(policy=WithContacts())
    ticket, other = make_ticket(), make_ticket(TicketStatus.InProgress, subject="<b>Other</b>")
    make_ticket(owner=bob)
    found = card(staff, ticket)
    assert f'<a href="/users/{alice.id}?a&amp;b"><bdi>alice</bdi></a>' in found
    assert '<a href="mailto:alice%2B100%25@example.org"><bdi>alice+100%@example.org' in found
    assert '>A<img src="https://cdn.example.org/a.png" alt="" referrerpolicy' in found
    assert "Requester since " in found
    assert re.findall(r'href="/admin/tickets/(\d+)"', found) == [str(other.id)]
    assert "&lt;b&gt;Other&lt;/b&gt;" in found
    assert ">In progress</span>" in found
    assert f'href="/admin/tickets/?userId={alice.id}">All 2 tickets</a>' in found


def test_card_without_contacts_shows_initials(staff, make_ticket, bob, change_state):
    ticket = make_ticket(owner=bob)
    for policy in (Policy(), WithContacts()):
        change_state(policy=policy)
        found = card(staff, ticket)
        assert '<span class="st-avatar" aria-hidden="true">B</span>' in found
        assert "No other tickets" in found
        assert "<a " not in found


def test_card_of_a_deleted_requester_shows_only_the_placeholder(app, staff, make_ticket, bob):
    """Case 118."""
    ticket = make_ticket(owner=bob)
    db.session.execute(db.delete(User).where(User.id == bob.id))
    db.session.commit()
    app.jinja_env.undefined = StrictUndefined
    found = card(staff, ticket)
    assert "<bdi>Deleted user</bdi>" in found
    assert "<a " not in found
    assert "Requester since" not in found
    row = rows(staff.get("/admin/tickets/").text)[ticket.id]
    assert '<span class="st-person" title="Deleted user">' in row


def test_queue_links_each_requester_to_their_tickets(staff, make_ticket, alice, bob):
    own, foreign = make_ticket(), make_ticket(owner=bob)
    page = staff.get("/admin/tickets/").text
    [link] = re.findall(r'<a class="st-person" href="([^"]+)"', rows(page)[foreign.id])
    assert link == f"/admin/tickets/?userId={bob.id}"
    assert rows(page)[own.id].count("data-st-open") == 1
    page = staff.get(link).text
    assert rows(page).keys() == {foreign.id}
    assert '<span class="st-chip-label">Requester</span> <bdi>bob</bdi>' in page
    assert rows(staff.get("/admin/tickets/?search=from:bob").text).keys() == {foreign.id}


@pytest.mark.parametrize("url", ["/settings/ticket/{id}", "/api/tickets/{id}"])
def test_requesters_see_no_email_address(client_of, make_ticket, change_state, alice, url):
    change_state(policy=WithContacts())
    assert "example.org" not in client_of(alice).get(url.format(id=make_ticket().id)).text


def test_card_says_that_email_bounces(staff, make_ticket, change_state):
    change_state(policy=WithContacts())
    ticket = make_ticket()
    assert "bounces" not in card(staff, ticket)
    mark_undeliverable("Alice+100%@example.org", "<mailbox full>")
    found = card(staff, ticket)
    assert "Emails to this address bounce. <bdi>&lt;mailbox full&gt;</bdi>" in found
