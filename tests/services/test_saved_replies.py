"""Staff save replies and insert them. Rule M3."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from flask_support_tickets import Invalid, NotAllowed, NotFound, actor_for, unit_of_work
from flask_support_tickets.services import (
    create_saved_reply,
    delete_saved_reply,
    fill_placeholders,
    get_saved_reply,
    get_ticket,
    list_saved_replies,
    list_saved_reply_titles,
    update_saved_reply,
)

from ..databases import every_database


@pytest.fixture
def save(act, mona):
    return lambda title, text="Words.": act(create_saved_reply, mona, title=title, text=text)


@every_database
def test_saved_replies_are_created_changed_and_deleted(act, mona, save, everything):
    hello = save(" Hello\t😀 ", "Hi!\r\nBye. \x1b[0m\n")
    assert (hello.title, hello.text) == ("Hello 😀", "Hi!\nBye.")
    assert save("Hello 😀", "Hi!\nBye.") == hello  # a double click
    names = [save(title).title for title in ("über", "Zebra", "apple", "Apple", "b")]
    actor = actor_for(mona)
    listed = [reply.title for reply in list_saved_replies(actor=actor)]
    assert listed == ["Apple", "apple", "b", "Hello 😀", "über", "Zebra"]
    assert [*list_saved_reply_titles(actor=actor).values()] == listed
    changed = act(update_saved_reply, mona, reply_id=hello.id, title="hello 😀", text="x" * 20_000)
    assert get_saved_reply(actor=actor, reply_id=hello.id) == changed
    before = everything()
    act(update_saved_reply, mona, reply_id=hello.id, title=" hello 😀", text=changed.text)
    assert everything() == before
    act(delete_saved_reply, mona, reply_id=hello.id)
    assert sorted(each.title for each in list_saved_replies(actor=actor)) == sorted(names)
    for use_case in (delete_saved_reply, partial(update_saved_reply, title="T", text="T")):
        with pytest.raises(NotFound):
            act(use_case, mona, reply_id=hello.id)
    with pytest.raises(NotFound):
        get_saved_reply(actor=actor, reply_id=2**63 - 1)


@every_database
def test_titles_are_unique_even_in_a_race(mona, save, at_once):
    other, _ = save("Other"), save("title")
    create, rename = (
        partial(unit_of_work, use_case, actor=actor_for(mona), **more)
        for use_case, more in (
            (create_saved_reply, {}),
            (update_saved_reply, {"reply_id": other.id}),
        )
    )
    creations = [partial(create, title="Title", text=f"Text {number}") for number in range(3)]
    results = at_once(*creations, partial(rename, title="Title", text="T"))
    refused = [each for each in results if isinstance(each, Invalid)]
    taken = {"title": ["There's already a saved reply called “Title”."]}
    assert [each.fields for each in refused] == [taken] * 3, results
    with pytest.raises(Invalid):
        rename(title="title", text="T")


@pytest.mark.parametrize(
    ("title", "text", "fields"),
    [
        ("", "Words.", {"title": ["Enter a title."]}),
        (" ", "\u200b", {"title": ["Enter a title."], "text": ["Enter the text."]}),
        ("x" * 101, "x" * 20_001, {"title", "text"}),
        ("T\x00", "T\ud800", {"title", "text"}),
        (None, 7, {"title", "text"}),
    ],
)
def test_wrong_texts_change_nothing(act, mona, save, everything, title, text, fields):
    reply, before = save("Hello"), everything()
    for use_case in (create_saved_reply, partial(update_saved_reply, reply_id=reply.id)):
        with pytest.raises(Invalid) as refused:
            act(use_case, mona, title=title, text=text)
        assert type(fields)(refused.value.fields) == fields
    assert everything() == before


def test_staff_read_saved_replies_and_need_a_permission_to_change_them(
    act, mona, alice, save, everything
):
    reply, before = save("Hello"), everything()
    requester, content = actor_for(alice), {"title": "T", "text": "T"}
    for read in (
        list_saved_replies,
        list_saved_reply_titles,
        partial(get_saved_reply, reply_id=reply.id),
    ):
        with pytest.raises(NotAllowed):
            read(actor=requester)
    limited = replace(actor_for(mona), permissions=frozenset())
    assert list_saved_replies(actor=limited) == [reply]
    for write in (
        partial(create_saved_reply, **content),
        partial(update_saved_reply, reply_id=reply.id, **content),
        partial(delete_saved_reply, reply_id=reply.id),
    ):
        for actor in (requester, limited):
            with pytest.raises(NotAllowed):
                write(actor=actor)
        with pytest.raises(ValueError, match="id"):
            write(actor=replace(actor_for(mona), id=None))
    assert everything() == before


def test_search_finds_all_words_in_titles_and_texts(mona, save):
    save("Refund", "The money is on its way to the café.")
    save("Outage", "We are working on it. No money is lost.")
    for search, titles in {
        "MONEY": ["Outage", "Refund"],
        "refu cafe": ["Refund"],
        "outage café": [],
        " ": ["Outage", "Refund"],
        "%": ["Outage", "Refund"],  # no word
        "xyz": [],
    }.items():
        found = list_saved_replies(actor=actor_for(mona), search=search)
        assert [reply.title for reply in found] == titles, search


def test_placeholders_are_filled_in_once(make_user, make_ticket, mona):
    requester = make_user("{ticket} \\1 {staff}")
    actor = actor_for(mona)

    def fill(text, **content):
        ticket_id = make_ticket(owner=requester, **content).id
        ticket = get_ticket(actor=actor, ticket_id=ticket_id)
        return fill_placeholders(text, actor=actor, ticket=ticket).replace(f"#{ticket_id}", "#42")

    text = "{requester}: {ticket}, {staff}, {department}, {{ticket}}"
    filled = fill(text, department="IT {requester}")
    assert filled == "{ticket} \\1 {staff}: #42, mona, IT {requester}, {#42}"
    for unknown in ("{Ticket}", "{other}", "{ ticket }", "{}", "{ticket", "ticket}", "{0.id}"):
        assert fill(unknown) == unknown
    assert fill("[{department}]") == "[]"
