"""Internal notes and events, which only staff see. Rule A4."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_support_tickets import (
    Action,
    CommentsNotAllowed,
    Invalid,
    NotAllowed,
    NotFound,
    TicketStatus,
    actor_for,
    unit_of_work,
)
from flask_support_tickets.errors import InvalidTransition, PreconditionFailed
from flask_support_tickets.models import utc_now
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    count_unread,
    find_unread,
    get_attachment,
    get_comment,
    get_ticket,
    list_comments,
    list_events,
    list_history,
    list_replies,
    list_threads,
    list_tickets,
    list_timeline,
    page_of_comment,
    transition_ticket,
    transition_with_comment,
)
from flask_support_tickets.services.access import INTERNAL_COUNTS, allowed_actions
from flask_support_tickets.services.tickets.conditional_update import Change, change_ticket
from flask_support_tickets.services.tickets.history import record_event
from flask_support_tickets.services.tickets.queries import get_ticket_row

from ..databases import every_database
from ..host import User, db, tickets

New, InProgress, Resolved, Closed = TicketStatus


@pytest.fixture
def record_internally(act):
    """Record a change that requesters cannot see."""

    def change(actor, ticket_id):
        ticket, now = get_ticket(actor=actor, ticket_id=ticket_id), utc_now()
        hidden = Change(is_internal=True)
        statuses, refusal = set(TicketStatus), InvalidTransition
        changed = change_ticket(
            ticket, hidden, actor=actor, while_in=statuses, refusal=refusal, at=now
        )
        record_event("Tag", actor=actor, ticket=changed, at=now, is_internal=True)

    return lambda user, ticket: act(change, user, ticket_id=ticket.id)


def seen_by(user, ticket):
    """Return what a person sees of a ticket, of the list it is in, and of its history."""
    actor = actor_for(user)
    found = get_ticket(actor=actor, ticket_id=ticket.id)
    events = list_events(actor=actor, ticket_id=ticket.id)
    assert list_history(actor=actor, ticket=found) == events.items
    assert found.version == events.total_count == len(events.items)
    listed = list_tickets(actor=actor, only_state=True), list_tickets(actor=actor).items
    return found, events, *listed


@every_database
def test_requester_cannot_see_internal_event(make_ticket, record_internally, alice, mona):
    ticket = make_ticket(InProgress)
    before = seen_by(alice, ticket), seen_by(mona, ticket)
    record_internally(mona, ticket)
    assert seen_by(alice, ticket) == before[0]
    found, events, _, _ = after = seen_by(mona, ticket)
    assert after != before[1]
    assert found.version == before[1][0].version + 1
    assert found.updated_at == before[1][0].updated_at
    assert events.items[-1].action == "Tag"


@every_database
def test_internal_event_does_not_change_the_version_that_requester_sent(
    act, make_ticket, record_internally, alice, mona
):
    ticket = make_ticket(Resolved)
    actor = actor_for(alice)

    def reopen_meanwhile(version):
        def precondition(found):
            assert found.version == version
            return True

        act(
            transition_ticket,
            alice,
            ticket_id=ticket.id,
            action=Action.Reopen,
            precondition=precondition,
        )

    version = get_ticket(actor=actor, ticket_id=ticket.id).version
    record_internally(mona, ticket)
    reopen_meanwhile(version)
    assert get_ticket(actor=actor, ticket_id=ticket.id).version == version + 1


@every_database
@pytest.mark.parametrize(("person", "is_stale"), [("alice", False), ("mona", True)])
def test_version_is_compared_with_the_one_that_the_actor_sees(
    request, make_ticket, record_internally, mona, person, is_stale
):
    ticket, actor = make_ticket(Resolved), actor_for(request.getfixturevalue(person))
    shown = get_ticket_row(actor, ticket.id, ("id", "version"))
    record_internally(mona, ticket)

    def reopen():
        change_ticket(
            shown, Change({"status": InProgress}), actor=actor, while_in=[Resolved],
            refusal=InvalidTransition, at=utc_now(), only_version=shown.version,
        )  # fmt: skip

    if is_stale:
        with pytest.raises(PreconditionFailed):
            unit_of_work(reopen)
    else:
        unit_of_work(reopen)


def thread_seen_by(user, ticket, *comments):
    """Return what a person reads on the pages of a ticket and in the API."""
    actor = actor_for(user)
    found = get_ticket(actor=actor, ticket_id=ticket.id)
    pages = [list_threads(actor=actor, ticket=found, page=each, page_size=2) for each in (1, 2, 3)]
    items = [each for page in pages for each in page.items]
    return [
        found,
        allowed_actions(actor, found),
        pages,
        [
            list_timeline(actor=actor, ticket=found, threads=page, page=number)
            for number, page in enumerate(pages, 1)
        ],
        [
            list_comments(actor=actor, ticket_id=ticket.id, page=each, page_size=2)
            for each in (1, 2)
        ],
        list_comments(actor=actor, ticket_id=ticket.id, only_state=True).state,
        [list_replies(actor=actor, comment_id=each.id) for each in comments],
        [get_comment(actor=actor, comment_id=each.id) for each in comments],
        [page_of_comment(each, actor=actor, page_size=1) for each in comments],
        count_unread(actor=actor, tickets=[found], side=Side.OWNER),
        find_unread(actor=actor, ticket=found, side=Side.OWNER, comments=items),
    ]


@every_database
def test_requester_and_colleagues_read_the_thread_as_if_there_were_no_notes(
    make_ticket, make_comment, make_note, act, alice, mona, adam
):
    ticket = make_ticket(InProgress)
    first = make_comment(ticket, alice)
    early = make_note(ticket, mona, "Early.")
    second, third = make_comment(ticket, mona), make_comment(ticket, alice)
    act(transition_ticket, mona, ticket_id=ticket.id, action=Action.MarkAsResolved)
    reply = make_comment(ticket, alice, parent=first)
    public = first, second, third, reply
    before = thread_seen_by(alice, ticket, *public)
    make_note(ticket, mona, "A reply.", parent=first)
    make_note(ticket, adam, "Another.", parent=early)
    make_note(ticket, adam, "Late.")
    assert thread_seen_by(alice, ticket, *public) == before
    for_staff = thread_seen_by(mona, ticket, *public)
    assert (for_staff[0].comment_count, for_staff[0].note_count) == (8, 4)
    assert for_staff[6][0].total_count == 2
    assert for_staff[7][0].reply_count == 2
    assert before[7][0].reply_count == 1
    assert before[9] == {ticket.id: 1}


@every_database
def test_note_is_found_by_staff_and_not_by_its_requester(
    make_ticket, make_note, make_upload, alice, mona
):
    ticket, upload = make_ticket(), make_upload(mona)
    note = make_note(ticket, mona, attachment_urls=[upload.path])
    db.session.rollback()
    key = {"storage_key": upload.storage_key, "filename": upload.filename}
    assert get_comment(actor=actor_for(mona), comment_id=note.id).is_internal
    assert get_attachment(actor=actor_for(mona), **key).comment_id == note.id
    for user in (alice, User(id=mona.id, username="mona", role="user")):  # no longer staff
        actor = actor_for(user)
        for read in (
            lambda actor=actor: get_comment(actor=actor, comment_id=note.id),
            lambda actor=actor: list_replies(actor=actor, comment_id=note.id),
            lambda actor=actor: get_attachment(actor=actor, **key),
        ):
            with pytest.raises(NotFound):
                read()


def test_requester_cannot_write_note_nor_answer_one(make_ticket, make_note, act, alice, mona):
    ticket = make_ticket(InProgress)
    note, other = make_note(ticket, mona), make_note(make_ticket(InProgress), mona)
    with pytest.raises(NotAllowed):
        act(add_comment, alice, ticket_id=ticket.id, text="T", is_internal=True)
    errors = []
    for parent_id in (note.id, other.id, 999):
        with pytest.raises(Invalid) as caught:
            act(add_comment, alice, ticket_id=ticket.id, text="T", parent_comment_id=parent_id)
        errors.append(caught.value.fields)
    assert errors[0] == errors[1] == errors[2]


@pytest.mark.parametrize("status", list(TicketStatus))
def test_staff_can_write_note_in_every_status_but_closed(make_ticket, make_note, mona, status):
    ticket = make_ticket(status)
    may_note = "Note" in allowed_actions(actor_for(mona), ticket)
    assert may_note is (status is not Closed)
    if may_note:
        assert make_note(ticket, mona).is_internal
    else:
        with pytest.raises(CommentsNotAllowed) as caught:
            make_note(ticket, mona)
        assert caught.value.message == "You can't add a note while the ticket is “Closed”."


def test_reply_to_note_is_note_and_cannot_come_with_an_action(
    make_ticket, make_comment, make_note, act, mona
):
    ticket = make_ticket(Resolved)
    note = make_note(ticket, mona)
    assert make_comment(ticket, mona, parent=note).is_internal
    with pytest.raises(Invalid):
        act(
            transition_with_comment,
            mona,
            ticket_id=ticket.id,
            action=Action.Reopen,
            text="T",
            parent_comment_id=note.id,
        )
    assert get_ticket(actor=actor_for(mona), ticket_id=ticket.id).status == Resolved


def test_note_does_not_end_the_wait_for_a_first_reply(make_ticket, make_note, mona):
    ticket = make_ticket(InProgress)
    before = get_ticket(actor=actor_for(mona), ticket_id=ticket.id)
    make_note(ticket, mona)
    after = get_ticket(actor=actor_for(mona), ticket_id=ticket.id)
    assert (after.awaiting_since, after.first_reply_at) == (before.awaiting_since, None)


def test_staff_owner_reads_notes_except_on_the_requester_pages(make_ticket, make_note, mona, adam):
    ticket = make_ticket(owner=mona)
    note = make_note(ticket, adam)
    actor = actor_for(mona)
    assert get_comment(actor=actor, comment_id=note.id).text == note.text
    found = get_ticket(actor=actor, ticket_id=ticket.id)
    assert count_unread(actor=actor, tickets=[found], side=Side.OWNER) == {}
    as_requester = replace(actor, reads_as_requester=True)
    assert list_comments(actor=as_requester, ticket_id=ticket.id).total_count == 0
    assert "Note" not in allowed_actions(as_requester, ticket)
    with pytest.raises(NotAllowed):
        unit_of_work(
            add_comment, actor=as_requester, ticket_id=ticket.id, text="T", is_internal=True
        )


def test_every_table_of_ticket_content_says_what_is_internal():
    """A new count of comments or events needs a decision: does it include internal rows?"""
    for model in (tickets.Ticket, tickets.TicketComment):
        names = (column.name for column in model.__table__.c)
        counts = {name for name in names if name.endswith("_count")}
        others = {"attachment_count", "tag_count"}  # requesters never read the tags
        assert counts - others <= INTERNAL_COUNTS.keys()


@every_database
def test_words_of_note_lead_only_staff_to_its_ticket(
    make_ticket, make_note, make_upload, alice, mona
):
    ticket = make_ticket()
    upload = make_upload(mona, "xylograph.txt")
    make_note(ticket, mona, "Xyzzyplugh", attachment_urls=[upload.path])
    for search in ("xyzzyplugh", "xyzz", "xylo", "xyzzyplugh nothing xylo"):
        found = {
            user.username: list_tickets(
                actor=actor_for(user), criteria=TicketFilter(search=search)
            ).total_count
            for user in (alice, mona)
        }
        assert found == {"alice": 0, "mona": 1}
    as_requester = replace(actor_for(mona), reads_as_requester=True)
    assert not list_tickets(actor=as_requester, criteria=TicketFilter(search="xyzz")).items
