"""The bulk actions that a host declares on its `TicketView` with Flask-Admin's ``action``."""

from __future__ import annotations

import pytest

from flask_support_tickets.admin import TicketView

from .acting_desk import ActingDesk


@pytest.fixture
def desk(make_desk):
    return make_desk(ActingDesk)


def test_bulk_action_returning_nothing_shows_a_result_for_each_ticket(desk):
    allowed, forbidden = desk.open(), desk.open(department="no note")
    assert 'value="note"' in desk.get().text
    assert desk.bulk("note", allowed, forbidden, 987).status_code == 303
    found = desk.messages()
    assert "1 of 3 tickets updated" in found
    assert f"#{allowed}: Write a note – done." in found
    assert f"#{forbidden} skipped: not allowed for this ticket." in found
    assert "#987 skipped: ticket not found." in found
    assert desk.stored(allowed, "note", "version") == ("bulk", 2)
    assert desk.stored(forbidden, "note", "version") == (None, 1)
    assert sorted(desk.events(allowed)) == ["Open", "note"]
    desk.bulk("note", forbidden)
    assert "0 of 1 ticket updated" in desk.messages()


def test_bulk_action_asks_first_and_flashes_its_text(desk):
    ids = desk.open(), desk.open()
    asked = desk.bulk("text", *ids)
    assert "Really &lt;all&gt;?" in asked.text
    assert asked.text.count('name="ticketId"') == 2
    assert desk.stored(ids[0], "note") is None
    desk.bulk("text", *ids, confirmed="yes")
    assert "&lt;i&gt;2 noted&lt;/i&gt;" in desk.get().text
    assert desk.stored(ids[1], "note") == "bulk"


def test_bulk_action_may_return_a_response(desk):
    ids = desk.open(), desk.open()
    answer = desk.bulk("file", *ids)
    assert (answer.status_code, answer.text) == (200, f"{ids[0]},{ids[1]}")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert desk.stored(ids[0], "note") == "bulk"


def test_bulk_action_of_too_many_tickets_or_a_disallowed_one_is_refused(desk):
    ids = [desk.open() for _ in range(4)]
    desk.bulk("note", *ids)
    assert "Your selection isn't valid" in desk.messages()
    assert desk.bulk("hidden", ids[0]).status_code == 403
    assert desk.bulk("Close", ids[0], confirmed="yes").status_code == 403
    page = desk.get().text
    assert "Never shown" not in page
    assert 'value="Close"' not in page.partition("st-bulk-step")[2].partition("</select>")[0]
    desk.bulk("note")
    assert "Select at least one ticket first" in desk.messages()
    desk.bulk("note:4", ids[0])
    assert "Choose a bulk action first" in desk.messages()
    assert desk.stored(ids[0], "note", "version") == (None, 1)


def test_bulk_action_that_fails_or_cheats_rolls_everything_back(desk):
    ids = desk.open(), desk.open()
    for name, error in (("boom", LookupError), ("cheat_all", RuntimeError)):
        with pytest.raises(error):
            desk.bulk(name, *ids)
    assert desk.bulk("invalid", *ids).status_code == 303
    found = desk.messages()
    assert "There is no order." in found
    assert "updated" not in found
    for ticket in ids:
        assert desk.stored(ticket, "note", "version", "status") == (None, 1, 0)
        assert desk.events(ticket) == ["Open"]


def test_selection_that_would_not_fit_into_a_cookie_is_refused(make_desk):
    desk = make_desk(type("LargeDesk", (TicketView,), {"page_size": 1_000}))
    ticket = desk.open()
    desk.bulk("StartProgress", ticket, *range(1_001, 1_200))
    assert "1 of 200 tickets updated" in desk.messages()
    desk.bulk("StartProgress", ticket, *range(1_001, 1_201))
    assert "Your selection isn't valid" in desk.messages()


def test_queue_without_bulk_actions_has_no_checkboxes(make_desk):
    names = ["StartProgress", "MarkAsResolved", "Close", "Assign"]
    names += ["SetPriority", "AddTag", "RemoveTag"]
    desk = make_desk(type("CalmDesk", (TicketView,), {"action_disallowed_list": names}))
    desk.open()
    page = desk.get().text
    assert 'name="ticketId"' not in page
    assert "st-bulk" not in page
