"""An action that was sent after the session had expired is asked about, not dropped. Rule W9."""

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import redirect, request

from flask_support_tickets import TicketStatus

from ..databases import every_database
from ..host import db
from .conftest import fill


@pytest.fixture
def sign_in_after(client_of):
    """Return the client and the page after a POST, signing in, and the GET that follows."""

    def run(user, path, fields, **options):
        answer = client_of(None).post(path, data=fields, **options)
        assert answer.status_code == 302
        target = urlsplit(answer.location)
        assert target.path == "/login"
        client, [back] = client_of(user), parse_qs(target.query)["next"]
        return client, client.get(back)

    return run


def confirm(client, page):
    """Press the button of a page that asks, and return the response."""
    form = page.text.partition('<form class="st-')[2].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    address = unescape(re.search(r'action="([^"]+)"', form)[1])
    data = {name: [text for key, text in fields if key == name] for name, _ in fields}
    return client.post(address, data=data)


@every_database
@pytest.mark.parametrize("query", ["", "?from=list&search=a+%26+b"])
@pytest.mark.parametrize(
    ("action", "before", "question", "after"),
    [
        ("StartProgress", 0, "Start progress on #1?", 1),
        ("MarkAsResolved", 1, "Mark #1 resolved?", 2),
        ("Close", 2, "Close #1?", 3),
        ("Reopen", 2, "Reopen #1?", 1),
        ("Assign", 1, "Assign #1 to adam?", 1),
    ],
)
def test_staff_are_asked_about_the_button_they_pressed(
    sign_in_after, make_ticket, everything, mona, adam, query, action, before, question, after
):
    ticket = make_ticket(TicketStatus(before))
    fields = {"action": action, "csrf_token": "old", "version": str(ticket.version)}
    fields |= {"assignedToUserId": str(adam.id)} if action == "Assign" else {}
    stored, path = everything(), f"/admin/tickets/{ticket.id}/status{query}"
    client, page = sign_in_after(mona, path, fields)
    assert f"<h1>{question}</h1>" in page.text
    assert ("Closed tickets can" in page.text) is (action == "Close")
    assert everything() == stored
    answer = confirm(client, page)
    place = "/admin/tickets/?search=a+%26+b#ticket-1" if query else "/admin/tickets/1"
    assert (answer.status_code, answer.location) == (303, place)
    db.session.expire_all()
    assert ticket.status == TicketStatus(after)
    assert (ticket.assigned_to_user_id == adam.id) is (action == "Assign")


def test_staff_are_asked_about_a_bulk_action(sign_in_after, make_ticket, everything, mona, adam):
    ids = [make_ticket().id for _ in range(3)]
    for step, count, question in (
        ("StartProgress", 3, "Start progress on 3 tickets?"),
        (f"Assign:{adam.id}", 3, "Assign 3 tickets to adam?"),
        ("MarkAsResolved", 2, "Mark 2 tickets resolved?"), ("Close", 2, "Close 2 tickets?"),
        ("MarkAsResolved", 1, "Mark #1 resolved?"),
    ):  # fmt: skip
        fields, stored = {"step": step, "ticketId": list(map(str, ids[:count]))}, everything()
        client, page = sign_in_after(mona, "/admin/tickets/bulk?order=oldest", fields)
        assert f"<h1>{question}</h1>" in page.text
        assert everything() == stored
        answer = confirm(client, page)
        assert (answer.status_code, answer.location) == (303, "/admin/tickets/?order=oldest")
        assert f"of {count} ticket" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("step", "question"),
    [("AddTag", "Add tag “vip &amp; co”?"), ("SetPriority:3", "Set priority to Urgent?")],
)
def test_staff_are_asked_about_a_bulk_edit(sign_in_after, make_ticket, mona, step, question):
    ids = [str(make_ticket().id) for _ in range(2)]
    fields = {"step": step, "ticketId": ids, "tag": "vip & co"}
    client, page = sign_in_after(mona, "/admin/tickets/bulk", fields)
    assert f"<h1>{question}</h1>" in page.text
    assert confirm(client, page).status_code == 303
    assert "2 of 2 tickets updated" in client.get("/admin/tickets/").text


@pytest.mark.parametrize("step", ["AddTag", "RemoveTag", "SetPriority:9", "SetPriority", "Delete"])
def test_bulk_address_with_a_wrong_value_is_no_error(
    client_of, make_ticket, everything, mona, step
):
    make_ticket()
    client, stored = client_of(mona), everything()
    answer = client.get(f"/admin/tickets/bulk?submitted={quote(f'step={step}&ticketId=1')}")
    assert (answer.status_code, answer.location) == (303, "/admin/tickets/")
    assert everything() == stored


def test_bulk_action_on_200_tickets_with_long_ids_is_kept(client_of, make_ticket):
    fields = {"step": "Close", "ticketId": [str(10**9 + number) for number in range(200)]}
    answer = client_of(None).post("/admin/tickets/bulk", data=fields)
    assert "1000000199" in answer.location
    assert len(answer.location) < 4_000


@pytest.mark.parametrize("fields", [
    {"action": "Close"}, {"action": "Comment"}, {"action": "<b>"}, {"action": "Assign"}, {},
    {"action": "Assign", "assignedToUserId": "2"},
])  # fmt: skip
def test_action_that_is_not_possible_leads_to_the_ticket(
    sign_in_after, make_ticket, everything, mona, fields
):
    ticket = make_ticket(TicketStatus.Closed)
    stored = everything()
    client, answer = sign_in_after(mona, f"/admin/tickets/{ticket.id}/status", fields)
    assert (answer.status_code, answer.location) == (303, f"/admin/tickets/{ticket.id}")
    is_known = fields.get("action") == "Close" or "assignedToUserId" in fields
    assert ("#1: You can&#39;t do this" in client.get(answer.location).text) is is_known
    client, answer = sign_in_after(mona, "/admin/tickets/bulk", {"step": "Delete", "ticketId": "1"})
    assert (answer.status_code, answer.location) == (303, "/admin/tickets/")
    assert everything() == stored


def test_submission_is_not_kept_for_other_sites_or_huge_forms(client_of, make_ticket):
    path = f"/admin/tickets/{make_ticket().id}/status"
    data = {"action": "MarkAsResolved"}
    cross_site = {"Sec-Fetch-Site": "cross-site"}
    for options in (
        {"data": data, "headers": cross_site}, {"json": data},
        {"data": {"action": "x" * 5_000}}, {"data": {**data, "filler": "x" * 2_000_000}},
    ):  # fmt: skip
        answer = client_of(None).post(path, **options)
        assert (answer.status_code, answer.location) == (302, f"/login?next={quote(path, safe='')}")


@pytest.mark.parametrize("way", ["handler", "session"])
def test_hosts_with_their_own_way_back_ask_too(app, client_of, make_ticket, mona, way):
    ticket = make_ticket(TicketStatus.InProgress)
    app.config["USE_SESSION_FOR_NEXT"] = way == "session"
    app.before_request_funcs.setdefault(None, []).append(lambda: request.full_path and None)
    if way == "handler":
        app.login_manager.unauthorized_handler(lambda: redirect(f"/in?to={quote(request.url)}"))
    client = client_of(None)
    answer = client.post(f"/admin/tickets/{ticket.id}/status", data={"action": "MarkAsResolved"})
    if way == "session":
        with client.session_transaction() as session:
            back = session["next"]
    else:
        [back] = parse_qs(urlsplit(answer.location).query)["to"]
    assert "Mark #1 resolved?" in client_of(mona).get(back).text


def test_requester_is_asked_about_reopening(sign_in_after, make_ticket, everything, alice, bob):
    ticket = make_ticket(TicketStatus.Resolved)
    url, stored = f"/settings/ticket/{ticket.id}", everything()
    client, page = sign_in_after(alice, f"{url}/reopen", {"csrf_token": "old"})
    assert f"<h1>Reopen #{ticket.id}?</h1>" in page.text
    assert everything() == stored
    answer = confirm(client, page)
    assert (answer.status_code, answer.location) == (303, url)
    db.session.expire_all()
    assert ticket.status == TicketStatus.InProgress
    again = client.get(f"{url}/reopen")
    assert (again.status_code, again.location) == (303, url)
    assert sign_in_after(bob, f"{url}/reopen", {})[1].status_code == 404


def test_reply_that_was_not_sent_is_reported(face, sign_in_after, everything):
    data = fill(face.client, face.url, text="A long text.", then="MarkAsResolved")
    stored = everything()
    options = {"content_type": "multipart/form-data"}
    _, page = sign_in_after(face.reader, f"{face.url}/comments?page=1", data, **options)
    assert page.status_code == 200
    assert "Your reply wasn&#39;t sent because you were signed out." in page.text
    assert 'name="text"' in page.text
    assert everything() == stored
