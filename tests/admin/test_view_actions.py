"""The row actions that a host declares on its `TicketView`."""

from __future__ import annotations

import pytest
from flask_admin.actions import action

from flask_support_tickets import TicketStatus
from flask_support_tickets.admin import TicketView, row_action

from .acting_desk import ActingDesk
from .desks import rows, text_of


@pytest.fixture
def desk(make_desk):
    return make_desk(ActingDesk)


def allowing(desk, name):
    """Return a ticket on which ``name`` is allowed and one on which it is forbidden."""
    return desk.open(), desk.open(department=f"no {name}")


def test_row_action_runs_once_and_is_in_the_history(desk):
    ticket = desk.open()
    answer = desk.post(f"{ticket}/action/ping?status=New")
    assert (answer.status_code, answer.location) == (303, f"/admin/tickets/{ticket}?status=New")
    assert f"#{ticket}: Ping – done." in desk.messages()
    assert desk.stored(ticket, "note", "version") == ("pinged by mona", 2)
    assert sorted(desk.events(ticket)) == ["Open", "ping"]
    assert "mona : Ping" in text_of(desk.get(f"{ticket}").text)
    assert "mona: Ping" in desk.get(f"{ticket}/news?version=1").json["changes"][0]
    desk.bulk("note", ticket)
    assert "mona : Write a note" in text_of(desk.get(f"{ticket}").text)
    page = desk.client("alice").get(f"/settings/ticket/{ticket}")
    assert (page.status_code, "Ping" in page.text) == (200, False)
    listed = desk.client("alice").get(f"/api/tickets/{ticket}/events")
    assert listed.status_code == 200


def test_row_action_asks_first_if_it_has_a_confirmation(desk):
    ticket = desk.open()
    asked = desk.post(f"{ticket}/action/ask?from=list&status=New")
    assert asked.status_code == 200
    assert "Ask &lt;now&gt;?" in asked.text
    assert f'action="/admin/tickets/{ticket}/action/ask?from=list&amp;status=New"' in asked.text
    assert 'href="/admin/tickets/?status=New"' in asked.text
    assert desk.stored(ticket, "note") is None
    done = desk.post(f"{ticket}/action/ask?from=list&status=New", confirmed="yes")
    assert (done.status_code, done.location) == (303, "/admin/tickets/?status=New")
    assert "&lt;b&gt;Asked #" in desk.get().text
    assert desk.stored(ticket, "note") == "asked"


@pytest.mark.parametrize("token", ["", "x.y.z", None])
def test_actions_need_a_token(desk, token):
    ticket = desk.open()
    sent = {} if token is None else {"csrf_token": token}
    client = desk.client()
    answer = client.post(f"/admin/tickets/{ticket}/action/ping", data=sent)
    assert answer.status_code == 303
    assert "This page has expired" in desk.messages()
    bulk = {**sent, "step": "note", "ticketId": str(ticket)}
    assert client.post("/admin/tickets/bulk", data=bulk).status_code == 303
    assert "This page has expired" in desk.messages()
    assert desk.stored(ticket, "note", "version") == (None, 1)


def test_token_of_another_session_is_not_a_token(desk):
    ticket = desk.open()
    sent = {"csrf_token": desk.token("alice")}
    desk.client().post(f"/admin/tickets/{ticket}/action/ping", data=sent)
    assert desk.stored(ticket, "note") is None
    other = {"Sec-Fetch-Site": "cross-site"}
    data = {"csrf_token": desk.token()}
    url = f"/admin/tickets/{ticket}/action/ping"
    assert desk.client().post(url, data=data, headers=other).status_code == 403


def test_anonymous_is_asked_after_signing_in(desk):
    """Rule W9."""
    ticket = desk.open()
    answer = desk.post(f"{ticket}/action/ping", None)
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")
    for name, question in (("ping", f"Ping: #{ticket}?"), ("ask", "Ask &lt;now&gt;?")):
        page = desk.get(f"{ticket}/action/{name}")
        assert f"<h1>{question}</h1>" in page.text
    back = desk.get(f"{ticket}/action/nothing")
    assert (back.status_code, back.location) == (303, f"/admin/tickets/{ticket}")
    assert desk.stored(ticket, "note") is None


def test_requesters_and_missing_things_are_403_and_404(desk):
    ticket = desk.open()
    for path in (f"{ticket}/action/ping", "987/action/ping", f"{ticket}/action/nothing"):
        assert desk.post(path, "alice").status_code == 403, path
    for path in (
        "987/action/ping", "x/action/ping", f"{ticket}/action/nothing", f"{ticket}/action/note",
        f"{ticket}/action/write_notes", f"{ticket}/action/Close",
    ):  # fmt: skip
        assert desk.post(path).status_code == 404, path
    assert desk.get("987/action/ping").status_code == 404
    assert desk.post("bulk", "alice", step="note", ticketId=str(ticket)).status_code == 403
    desk.app.config["supportTickets"] = False
    with desk.client().session_transaction() as session:
        assert session
    data = {"csrf_token": "x"}
    url = f"/admin/tickets/{ticket}/action/ping"
    assert desk.client().post(url, data=data).status_code == 404
    assert desk.client().post("/admin/tickets/bulk", data=data).status_code == 404
    assert desk.stored(ticket, "note", "version") == (None, 1)


def test_forbidden_row_action_is_neither_shown_nor_run(desk):
    allowed, forbidden = allowing(desk, "ping")
    page = rows(desk.get().text)
    assert f"/{allowed}/action/ping" in page[allowed]
    assert "/action/ping" not in page[forbidden]
    assert "/action/ping" not in desk.get(f"{forbidden}").text
    assert desk.post(f"{forbidden}/action/ping").status_code == 403
    assert desk.stored(forbidden, "note", "version") == (None, 1)


def test_row_action_with_unreadable_version_changes_nothing(desk):
    """Rule E3."""
    ticket, _ = allowing(desk, "ping")
    for version in ("abc", "0", "-1", "9" * 30):
        assert desk.post(f"{ticket}/action/ping", version=version).status_code == 303
        assert "the ticket's version in the form isn't valid" in desk.messages()
        assert desk.stored(ticket, "note", "version") == (None, 1)


@pytest.mark.parametrize("name", ["StartProgress", "MarkAsResolved", "Reopen", "Close", "Assign"])
def test_forbidden_transition_is_neither_shown_nor_run(desk, name):
    source = {"StartProgress": 0, "MarkAsResolved": 1, "Assign": 1, "Reopen": 2, "Close": 2}[name]
    ticket = desk.open(department=f"no {name}", status=source)
    before = desk.stored(ticket, "version", "status")
    assert f'value="{name}"' not in rows(desk.get().text)[ticket]
    assert f'value="{name}"' not in desk.get(f"{ticket}").text
    data = {"action": name, "confirmed": "yes", "assignedToUserId": "4"}
    assert desk.post(f"{ticket}/status", **data).status_code == 403
    if name not in ("Reopen", "Close"):
        desk.bulk(f"{name}:4" if name == "Assign" else name, ticket)
        assert f"#{ticket} skipped: not allowed for this ticket." in desk.messages()
    assert desk.stored(ticket, "version", "status") == before


def test_forbidden_reply_is_refused_with_its_transition(desk):
    ticket = desk.open(department="no Comment", status=1)
    other = desk.open(department="no MarkAsResolved", status=1)
    assert "Send reply" not in desk.get(f"{ticket}").text
    assert desk.post(f"{ticket}/comments", text="T").status_code == 403
    page = desk.get(f"{other}").text
    assert 'name="text"' in page
    assert "Reply and mark resolved" not in page
    then = {"text": "T", "then": "MarkAsResolved"}
    assert desk.post(f"{other}/comments", **then).status_code == 403
    assert desk.post(f"{ticket}/comments", **then).status_code == 403
    assert desk.stored(other, "comment_count") == desk.stored(ticket, "comment_count") == 0
    assert desk.post(f"{other}/comments", text="T").status_code == 303


def test_failure_and_cheating_roll_everything_back(desk):
    ticket, other = desk.open(), desk.open()
    with pytest.raises(LookupError):
        desk.post(f"{ticket}/action/fail")
    for name in ("cheat", "cheat_early", "cheat_others"):
        with pytest.raises(RuntimeError, match="transition_ticket"):
            desk.post(f"{ticket}/action/{name}")
    assert desk.status(other) == TicketStatus.New
    assert desk.stored(ticket, "note", "version", "status") == (None, 1, 0)
    assert desk.events(ticket) == ["Open"]


def test_invalid_is_flashed_and_changes_nothing(desk):
    ticket = desk.open()
    assert desk.post(f"{ticket}/action/refuse").status_code == 303
    assert f"#{ticket}: There is no order." in desk.messages()
    assert desk.stored(ticket, "note", "version") == (None, 1)


def test_row_action_may_call_a_use_case(desk):
    ticket = desk.open()
    assert desk.post(f"{ticket}/action/start").status_code == 303
    assert "Closed" in desk.get(f"{ticket}").text.partition("st-flash-success")[2][:80]
    assert desk.stored(ticket, "note", "status", "version") == ("started", 1, 3)
    assert sorted(desk.events(ticket)) == ["Open", "StartProgress", "start"]
    assert desk.post(f"{ticket}/action/start").status_code == 303
    assert "You can't do this while the ticket is" in desk.messages()
    assert desk.stored(ticket, "version") == 3


def test_row_action_works_on_closed_tickets_unless_the_view_forbids_it(desk):
    ticket = desk.open(status=3)
    desk.post(f"{ticket}/action/ping")
    assert desk.stored(ticket, "note", "status") == ("pinged by mona", 3)
    forbidden = desk.open(status=3, department="no ping")
    assert desk.post(f"{forbidden}/action/ping").status_code == 403


class TakenDesk(TicketView):
    """Another user changes each ticket just after this view has allowed an action on it."""

    def is_row_action_allowed(self, name, ticket):
        is_free = ticket.note is None
        if is_free:
            taken_by(self.desk, ticket.id)
        return is_free

    @row_action("take", "Take")
    def take(self, ticket):
        ticket.note = "taken by mona"

    @action("take_all", "Take all")
    def take_all(self, ids):
        raise AssertionError(ids)


def taken_by(desk, number):
    desk.set(number, note="taken by adam")


def test_action_that_is_forbidden_meanwhile_is_not_run(make_desk):
    desk = make_desk(TakenDesk)
    TakenDesk.desk = desk
    ticket, other = desk.open(), desk.open()
    assert desk.post(f"{ticket}/action/take").status_code == 403
    desk.bulk("take_all", other)
    assert "Your selection isn't valid" in desk.messages()
    for number in (ticket, other):
        assert desk.stored(number, "note", "version") == ("taken by adam", 1)
        assert desk.events(number) == ["Open"]


class StrictDesk(TicketView):
    def is_row_action_allowed(self, name, ticket):
        return {"Comment": True, "Reopen": ticket.department != "Sales"}.get(name, name[0] != "n")


class OneStepLess(TicketView):
    forbidden: str

    def is_row_action_allowed(self, name, ticket):
        return name != self.forbidden


@pytest.mark.parametrize("name", ["StartProgress", "Comment", "MarkAsResolved"])
def test_reply_resolves_a_new_ticket_only_if_the_view_allows_each_step(make_desk, name):
    """Rule W8."""
    desk = make_desk(type("Desk", (OneStepLess,), {"forbidden": name}))
    ticket = desk.open()
    assert "Reply and mark resolved" not in desk.get(str(ticket)).text
    answer = desk.post(f"{ticket}/comments", text="Done.", then="MarkAsResolved")
    assert (answer.status_code, desk.events(ticket)) == (403, ["Open"])


def test_view_is_not_asked_for_actions_that_do_not_exist(make_desk, monkeypatch):
    desk, asked = make_desk(StrictDesk), []
    ticket = desk.open(status=1)
    monkeypatch.setattr(
        StrictDesk, "is_row_action_allowed", lambda *args: asked.append(args[1]) or 1
    )
    desk.post(f"{ticket}/status", action="nothing")
    assert "Unknown action." in desk.messages()
    assert desk.post(f"{ticket}/comments", text="T", then="nothing").status_code == 422
    assert "nothing" not in asked


def test_undo_of_many_results_needs_no_statement_for_each(make_desk):
    desk = make_desk(StrictDesk)
    desk.get()  # caches the assignees

    def count(number):
        ids = [desk.open(status=1) for _ in range(number)]
        desk.bulk("MarkAsResolved", *ids, desk.open(status=1, department="Sales"))
        pages = []
        found = desk.count_statements(lambda: pages.append(desk.get("?status=Closed").text))
        assert pages[0].count('class="st-undo"') == number
        return found

    assert count(1) == count(4)
