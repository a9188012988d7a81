"""The use cases called from a host's own code and jobs, without a request."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from flask_support_tickets import (
    Action,
    Invalid,
    NotFound,
    Policy,
    TicketStatus,
    actor_for,
    ticket_created,
    unit_of_work,
)
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    list_assignees,
    list_history,
    list_threads,
    list_tickets,
    make_once,
    move_ticket,
    open_ticket,
    read_ticket,
    recent_assignees,
    staff,
)
from flask_support_tickets.services import threads as threads_module

from ..host import User, db, tickets


def threads_of(ticket, user):
    actor = actor_for(user)
    return list_threads(actor=actor, ticket=read_ticket(actor=actor, ticket_id=ticket.id))


@pytest.fixture
def count_statements(app):
    """Return a block that lists what is sent to the database meanwhile."""

    @contextmanager
    def count():
        seen = []

        def note(*args):
            seen.append(args[2])

        event.listen(db.engine, "before_cursor_execute", note)
        yield seen
        event.remove(db.engine, "before_cursor_execute", note)

    return count


class TestOpening:
    def test_checks_the_content_like_every_face(self, alice, everything):
        before = everything()
        with pytest.raises(Invalid) as refused:
            unit_of_work(
                open_ticket,
                actor=actor_for(alice),
                subject="a\nb",
                description="",
                department="x" * 101,
                attachment_urls=["nonsense"],
            )
        assert set(refused.value.fields) == {
            "subject", "description", "department", "attachmentUrls",
        }  # fmt: skip
        assert len(refused.value.sentences) == 4
        assert everything() == before

    def test_a_receiver_that_breaks_the_session_does_not_break_the_answer(self, app, alice):
        def fail(sender, payload):
            db.session.add(User(id=alice.id, username="twice"))
            db.session.commit()

        with ticket_created.connected_to(fail, app):
            ticket = unit_of_work(open_ticket, actor=actor_for(alice), subject="S", description="D")
        assert ticket.subject == "S"
        db.session.expunge_all()


class TestCommenting:
    def test_checks_the_content_like_every_face(self, mona, make_ticket):
        ticket = make_ticket(TicketStatus.InProgress)
        with pytest.raises(Invalid):
            unit_of_work(add_comment, actor=actor_for(mona), ticket_id=ticket.id, text="\x00")

    def test_a_key_counts_once(self, mona, make_ticket, everything):
        ticket = make_ticket(TicketStatus.InProgress)
        first, second = (
            unit_of_work(
                make_once,
                use_case=add_comment,
                actor=actor_for(mona),
                key="k",
                ticket_id=ticket.id,
                text="Once",
            )
            for _ in "ab"
        )
        assert first.id == second.id
        assert len(everything()["support_ticket_comment"]) == 1


class TestMoving:
    def test_assign_needs_an_assignee(self, mona, make_ticket):
        ticket = make_ticket(TicketStatus.InProgress)
        with pytest.raises(Invalid):
            unit_of_work(
                move_ticket, actor=actor_for(mona), ticket_id=ticket.id, action=Action.Assign
            )

    def test_a_ticket_whose_row_goes_meanwhile_is_not_found(self, mona, make_ticket, monkeypatch):
        from flask_support_tickets.services import workflow

        ticket = make_ticket()
        ticket_id = ticket.id

        def delete_then_answer(*args):
            with db.engine.begin() as elsewhere:
                for model in (tickets.TicketEvent, tickets.Ticket):
                    elsewhere.execute(db.delete(model.__table__))
            return True

        monkeypatch.setattr(workflow, "may_take", delete_then_answer)
        with pytest.raises(NotFound):
            unit_of_work(
                move_ticket,
                actor=actor_for(mona),
                ticket_id=ticket_id,
                action=Action.StartProgress,
            )


class TestReading:
    def test_defaults_show_what_the_actor_may_see(self, alice, bob, make_ticket):
        ticket = make_ticket()
        [shown] = list_tickets(actor=actor_for(alice)).items
        assert (shown.id, shown.user_name) == (ticket.id, "alice")
        assert list_tickets(actor=actor_for(bob)).items == []
        found = list_tickets(actor=actor_for(alice), criteria=TicketFilter(owner=bob.id))
        assert found.items == []

    def test_a_thread_with_very_many_replies_is_cut_and_says_so(
        self, mona, make_ticket, make_comment, monkeypatch
    ):
        monkeypatch.setattr(threads_module, "REPLIES_MAX", 3)
        ticket = make_ticket(TicketStatus.InProgress)
        root = make_comment(ticket, mona)
        replies = [make_comment(ticket, mona, parent=root) for _ in range(3)]
        found = threads_of(ticket, mona)
        expected = [comment.id for comment in (root, *replies)]
        assert ([shown.id for shown in found.items], found.is_cut) == (expected, False)
        make_comment(ticket, mona, parent=replies[0])
        found = threads_of(ticket, mona)
        assert ([shown.id for shown in found.items], found.is_cut) == (expected, True)

    def test_a_page_of_threads_takes_three_statements_however_much_it_shows(
        self, app, alice, mona, adam, make_ticket, make_comment, count_statements
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        actor, counts = actor_for(mona), []
        for _ in range(2):
            for _ in range(10):
                root = make_comment(ticket, mona)
                make_comment(ticket, adam, parent=make_comment(ticket, alice, parent=root))
            link = {"text": "See this.", "attachment_urls": ["https://example.org/log"]}
            unit_of_work(add_comment, actor=actor_for(alice), ticket_id=ticket.id, **link)
            shown = read_ticket(actor=actor, ticket_id=ticket.id)
            db.session.commit()
            with count_statements() as statements:
                found = list_threads(actor=actor, ticket=shown)
            assert {comment.user_name for comment in found.items} == {"alice", "mona", "adam"}
            assert found.items[-1].attachments[0].url == "https://example.org/log"
            counts.append(len(statements))
        # The comments, who else than the ticket's own people wrote them, what is attached.
        assert counts == [3, 3]

    def test_a_ticket_handed_down_is_looked_at_once_more(self, alice, bob, make_ticket):
        ticket = read_ticket(actor=actor_for(alice), ticket_id=make_ticket().id)
        for read in (list_threads, list_history):
            with pytest.raises(NotFound):
                read(actor=actor_for(bob), ticket=ticket)


class TestAssignees:
    def test_are_the_active_staff_by_name(self, app, alice, mona, adam, make_user):
        make_user("gone", role="admin", active=False)
        assert [user.username for user in list_assignees()] == ["adam", "mona"]

    @pytest.mark.parametrize("role", ["modérateur", "MODÉRATEUR", "Modérateur"])
    def test_have_a_role_in_any_case(self, app, alice, make_user, monkeypatch, role):
        state = app.extensions["support_tickets"]
        config = dataclasses.replace(state.config, staff_roles=("Modérateur",))
        monkeypatch.setitem(
            app.extensions, "support_tickets", dataclasses.replace(state, config=config)
        )
        chosen = make_user("someone", role=role)
        assert actor_for(chosen).is_staff
        assert list_assignees() == [chosen]

    def test_are_offered_as_they_were_within_the_last_minute(self, app, mona, adam, monkeypatch):
        assert recent_assignees() == {adam.id: "adam", mona.id: "mona"}
        adam.active = False
        db.session.commit()
        assert recent_assignees() == {adam.id: "adam", mona.id: "mona"}
        monkeypatch.setattr(staff, "RECENT_SECONDS", -1.0)
        assert recent_assignees() == {mona.id: "mona"}

    def test_are_whom_the_hosts_policy_says(self, app, alice, mona, monkeypatch):
        class ByName(Policy):
            def is_staff(self, user):
                return user.username == "alice"

        state = dataclasses.replace(app.extensions["support_tickets"], policy=ByName())
        monkeypatch.setitem(app.extensions, "support_tickets", state)
        assert list_assignees() == [alice]
