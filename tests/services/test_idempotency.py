"""What is sent twice counts once: keys of forms and of the API. Rules F1, F2."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_support_tickets import Invalid, NotFound, TicketStatus, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.errors import IdempotencyConflict
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    add_comment,
    create_with_key,
    forget_old_keys,
    open_ticket,
)
from flask_support_tickets.services.idempotency import respond_with_key

from ..databases import every_database
from ..host import db

CONTENT = {"subject": "S", "description": "D"}


@pytest.fixture
def submit_form(act):
    """Submit a form with the key "k"."""

    def run(user, use_case=open_ticket, **content):
        return act(create_with_key, user, use_case=use_case, key="k", **content)

    return run


@pytest.fixture
def post(act):
    """Post to the API with the Idempotency-Key "k"; the answer is what was made."""

    def run(user, use_case=open_ticket, *, key="k", path="/api/tickets", **content):
        return act(
            respond_with_key,
            user,
            use_case=use_case,
            key=key,
            path=path,
            dump=lambda made: {"id": made.id, "version": getattr(made, "version", None)},
            **content,
        )

    return run


def age_keys(**age):
    """Let every key be older by ``age``."""
    model = current_tickets.models.TicketSubmission
    db.session.execute(db.update(model).values(created_at=utc_now() - timedelta(**age)))
    db.session.commit()


@every_database
def test_same_form_sent_twice_makes_one_ticket_and_one_comment(
    submit_form, mona, make_ticket, everything
):
    ticket = make_ticket(TicketStatus.InProgress)
    for content in (
        CONTENT,
        {"use_case": add_comment, "ticket_id": ticket.id, "text": "Once"},
    ):
        first = submit_form(mona, **content)
        after = everything()
        assert submit_form(mona, **content).id == first.id
        assert everything() == after


def test_changed_form_with_the_same_key_is_a_new_one(submit_form, alice):
    first = submit_form(alice, **CONTENT)
    assert submit_form(alice, **{**CONTENT, "subject": "Changed"}).id != first.id


@pytest.mark.parametrize("send", ["submit_form", "post"])
def test_same_key_of_another_user_is_another_key(request, alice, bob, everything, send):
    send = request.getfixturevalue(send)
    for user in (alice, bob):
        send(user, **CONTENT)
    assert len(everything()["support_ticket"]) == 2


@every_database
@pytest.mark.parametrize("send", ["submit_form", "post"])
def test_key_is_forgotten_after_24_hours(request, alice, everything, send):
    """Case 106."""
    send = request.getfixturevalue(send)
    send(alice, **CONTENT)
    age_keys(hours=23, minutes=59)
    send(alice, **CONTENT)
    assert len(everything()["support_ticket"]) == 1
    age_keys(hours=24, seconds=1)
    send(alice, **CONTENT)
    assert len(everything()["support_ticket"]) == 2
    assert unit_of_work(forget_old_keys) == 0
    age_keys(hours=24, seconds=1)
    assert unit_of_work(forget_old_keys) == 1


@every_database
def test_repeated_post_gets_the_first_answer_though_the_ticket_changed(
    post, alice, make_comment, everything
):
    first = post(alice, **CONTENT)
    ticket = db.session.get(current_tickets.models.Ticket, first["id"])
    ticket.version = 5
    db.session.commit()
    before = everything()
    assert post(alice, **CONTENT) == first == {"id": ticket.id, "version": 1}
    assert everything() == before


@pytest.mark.parametrize("change", [{"subject": "Other"}, {"path": "/api/elsewhere"}])
def test_key_with_another_body_or_path_is_a_conflict(post, alice, everything, change):
    """Case 106."""
    post(alice, **CONTENT)
    before = everything()
    with pytest.raises(IdempotencyConflict):
        post(alice, **{**CONTENT, **change})
    assert everything() == before


def test_other_refusals_come_before_the_conflict(post, mona, make_ticket):
    ticket = make_ticket(TicketStatus.InProgress)
    good = {"use_case": add_comment, "ticket_id": ticket.id, "text": "T"}
    post(mona, **good)
    for change, refusal in (
        ({"ticket_id": 987_654}, NotFound),
        ({"parent_comment_id": 987_654}, Invalid),
        ({"text": "Other"}, IdempotencyConflict),
    ):
        with pytest.raises(refusal):
            post(mona, **{**good, **change})


def test_refused_post_leaves_its_key_free(post, alice):
    with pytest.raises(Invalid):
        post(alice, subject="", description="D")
    assert post(alice, **CONTENT)["id"]
