"""How many tickets and comments a user may have. Rule Q1."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.errors import IdempotencyConflict, TooManyRequests
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import add_comment, open_ticket, transition_ticket
from flask_support_tickets.services.idempotency import respond_with_key

from ..databases import every_database
from ..host import User, db, tickets

CONTENT = {"subject": "S", "description": "D"}


class TestOpenTickets:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER": 2}

    @every_database
    def test_ticket_beyond_the_quota_is_refused_until_one_is_resolved(
        self, act, alice, bob, mona, everything
    ):
        act(open_ticket, alice, **CONTENT)
        second = act(open_ticket, alice, **CONTENT)
        act(transition_ticket, mona, ticket_id=second.id, action="StartProgress")
        before = everything()
        with pytest.raises(TooManyRequests) as refusal:
            act(open_ticket, alice, **CONTENT)
        assert refusal.value.retry_after_seconds > 0
        assert everything() == before
        act(open_ticket, bob, **CONTENT)
        act(transition_ticket, mona, ticket_id=second.id, action="MarkAsResolved")
        act(open_ticket, alice, **CONTENT)

    @every_database
    def test_reopening_is_free_but_counts_from_then_on(self, act, alice, mona):
        first, _ = (act(open_ticket, alice, **CONTENT) for _ in range(2))
        for action in ("StartProgress", "MarkAsResolved"):
            act(transition_ticket, mona, ticket_id=first.id, action=action)
        act(open_ticket, alice, **CONTENT)
        reopened = act(transition_ticket, alice, ticket_id=first.id, action="Reopen")
        assert reopened.status == TicketStatus.InProgress
        with pytest.raises(TooManyRequests):
            act(open_ticket, alice, **CONTENT)
        act(transition_ticket, mona, ticket_id=first.id, action="MarkAsResolved")
        with pytest.raises(TooManyRequests):
            act(open_ticket, alice, **CONTENT)

    def test_staff_have_no_quota_of_open_tickets(self, act, mona):
        assert len({act(open_ticket, mona, **CONTENT).id for _ in range(4)}) == 4

    def test_used_key_is_a_conflict_and_no_question_of_the_quota(self, act, alice):
        post = {"use_case": open_ticket, "path": "/", "dump": lambda ticket: ticket.id}
        first = act(respond_with_key, alice, key="a", **post, **CONTENT)
        act(respond_with_key, alice, key="b", **post, **CONTENT)
        assert act(respond_with_key, alice, key="a", **post, **CONTENT) == first
        with pytest.raises(IdempotencyConflict):
            act(respond_with_key, alice, key="a", **post, subject="Other", description="D")
        with pytest.raises(TooManyRequests):
            act(respond_with_key, alice, key="c", **post, **CONTENT)


class TestComments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_COMMENTS_PER_HOUR": 2}

    @every_database
    def test_comment_beyond_the_quota_is_refused_until_one_is_an_hour_old(
        self, act, at_once, alice, mona, make_ticket, make_comment, everything
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        first = make_comment(ticket, alice).id
        make_comment(ticket, alice)
        comment = {"ticket_id": ticket.id, "text": "T"}
        alice_id = alice.id

        def refused_for():
            before = everything()
            [refusal] = at_once(lambda: act(add_comment, db.session.get(User, alice_id), **comment))
            assert isinstance(refusal, TooManyRequests)
            assert everything() == before
            return refusal.retry_after_seconds

        def age_first(**age):
            row = db.update(tickets.TicketComment).where(tickets.TicketComment.id == first)
            db.session.execute(row.values(created_at=utc_now() - timedelta(**age)))
            db.session.commit()

        assert 3_000 < refused_for() <= 3_601
        age_first(minutes=50)
        assert 1 <= refused_for() <= 601
        age_first(hours=1, seconds=1)
        make_comment(ticket, alice)
        assert all(make_comment(ticket, mona).is_staff for _ in range(4))
