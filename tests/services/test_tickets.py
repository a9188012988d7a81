"""Opening a ticket. Rules W1, H1, T5."""

from __future__ import annotations

import pytest

from flask_support_tickets import Invalid, TicketStatus, actor_for
from flask_support_tickets.services import get_ticket, list_history, open_ticket

from ..databases import every_database
from ..host import db

CONTENT = {"subject": "S", "description": "D"}


@every_database
def test_new_ticket_is_new_and_has_one_event(act, alice):
    ticket = act(open_ticket, alice, **CONTENT, department="IT")
    assert (ticket.status, ticket.version, ticket.user_id) == (TicketStatus.New, 1, alice.id)
    assert (ticket.department, ticket.comment_count) == ("IT", 0)
    shown = get_ticket(actor=actor_for(alice), ticket_id=ticket.id)
    [event] = list_history(actor=actor_for(alice), ticket=shown)
    assert (event.action, event.user_name, event.from_status) == ("Open", "alice", None)
    assert event.to_status == TicketStatus.New
    assert event.created_at == ticket.created_at


@every_database
def test_longest_text_comes_back_unchanged(act, alice):
    """Rule T4. Case 90."""
    for unit in ("a", "😀", "e\u0301", "漢", "\t\n."):
        subject = ("".join(unit.split()) * 200)[:200]
        content = {"subject": subject, "description": ("x" + unit * 20_000)[:19_999] + "."}
        ticket = act(open_ticket, alice, **content)
        db.session.expire_all()
        assert (ticket.subject, ticket.description) == tuple(content.values())
        for name, text in content.items():
            with pytest.raises(Invalid):
                act(open_ticket, alice, **{**content, name: text + "."})


def test_every_field_that_breaks_a_rule_is_named(act, alice, everything):
    before = everything()
    with pytest.raises(Invalid) as refusal:
        act(
            open_ticket,
            alice,
            subject="a\bb",
            description="",
            department="x" * 101,
            attachment_urls=["nonsense"],
        )
    names = {"subject", "description", "department", "attachmentUrls"}
    assert set(refusal.value.fields) == names
    assert len(refusal.value.sentences) == 4
    assert everything() == before


class TestDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ["Sales", "IT"]}

    def test_department_that_is_not_configured_is_refused(self, act, alice):
        assert act(open_ticket, alice, **CONTENT).department is None
        assert act(open_ticket, alice, **CONTENT, department="IT").department == "IT"
        for department in ("it", "Legal"):
            with pytest.raises(Invalid):
                act(open_ticket, alice, **CONTENT, department=department)
