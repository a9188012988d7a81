"""Tags are renamed and merged. Rule M2."""

from __future__ import annotations

import pytest

from flask_support_tickets import Invalid, NotAllowed, NotFound, actor_for, unit_of_work
from flask_support_tickets.services import get_ticket, list_history, list_tickets
from flask_support_tickets.services.tickets.tag_maintenance import list_tags, rename_tag
from flask_support_tickets.services.tickets.tags import set_tags, with_tags
from flask_support_tickets.web.etags import page_etag, ticket_etag

from ..databases import every_database


@pytest.fixture
def tagged(make_ticket):
    """Return the ids of tickets with the tags (a, b), (a), (b) and none."""
    ids = [make_ticket().id for _ in range(4)]
    for ticket_id, names in zip(ids, (["a", "b"], ["a"], ["b"], []), strict=True):
        unit_of_work(set_tags, ticket_id, names)
    return ids


@pytest.fixture
def tags_of(mona):
    """Return the tags of each ticket."""

    def read():
        found = with_tags(actor_for(mona), list_tickets(actor=actor_for(mona)).items)
        return {ticket.id: ticket.tags for ticket in found}

    return read


def rename(user, old, name, **options):
    ids = {tag.name: tag.id for tag in list_tags(actor=actor_for(user))}
    return unit_of_work(
        rename_tag, actor=actor_for(user), tag_id=ids.get(old, 987), name=name, **options
    )


@every_database
def test_renamed_tag_changes_on_all_its_tickets(app, mona, alice, tagged, tags_of):
    one, two, other, bare = tagged
    etags = {}
    for user in (mona, alice):
        actor = actor_for(user)
        with app.test_request_context():
            etags[user] = page_etag(actor, list_tickets(actor=actor, only_state=True))
            etags[user, one] = ticket_etag(actor, get_ticket(actor=actor, ticket_id=one))
    assert rename(mona, "a", " Äpfel ") == "Äpfel"
    assert tags_of() == {one: ("b", "Äpfel"), two: ("Äpfel",), other: ("b",), bare: ()}
    for user, is_same in ((mona, False), (alice, True)):
        actor = actor_for(user)
        with app.test_request_context():
            state = page_etag(actor, list_tickets(actor=actor, only_state=True))
            ticket = get_ticket(actor=actor, ticket_id=one)
            assert (state == etags[user], ticket_etag(actor, ticket) == etags[user, one]) == (
                is_same,
                is_same,
            )
            changes = [event.changes for event in list_history(actor=actor, ticket=ticket)][1:]
            assert changes == ([] if is_same else [{"tags": {"from": ["a"], "to": ["Äpfel"]}}])
    untouched = get_ticket(actor=actor_for(mona), ticket_id=other)
    assert untouched.version == 1
    assert rename(mona, "Äpfel", "ÄPFEL") == "ÄPFEL"
    assert tags_of()[two] == ("ÄPFEL",)


@every_database
def test_tags_are_merged_only_if_that_is_wanted(mona, tagged, tags_of, everything):
    before = everything()
    with pytest.raises(Invalid, match="valid") as refused:
        rename(mona, "a", "B")
    assert list(refused.value.fields) == ["merge"]
    assert everything() == before
    assert rename(mona, "a", "B", may_merge=True) == "b"
    one, two, other, bare = tagged
    assert tags_of() == {one: ("b",), two: ("b",), other: ("b",), bare: ()}
    found = list_tickets(actor=actor_for(mona)).items
    assert {ticket.id: ticket.tag_count for ticket in found} == {one: 1, two: 1, other: 1, bare: 0}
    assert [(tag.name, tag.ticket_count) for tag in list_tags(actor=actor_for(mona))] == [("b", 3)]


def test_wrong_renames_change_nothing(mona, alice, tagged, everything):
    before = everything()
    for name in ("", "x" * 41, "a,b", "a\x00"):
        with pytest.raises(Invalid):
            rename(mona, "a", name)
    with pytest.raises(NotFound):
        rename(mona, "gone", "x")
    with pytest.raises(NotAllowed):
        unit_of_work(rename_tag, actor=actor_for(alice), tag_id=1, name="x")
    with pytest.raises(NotAllowed):
        list_tags(actor=actor_for(alice))
    assert rename(mona, "a", "a") == "a"
    assert everything() == before
