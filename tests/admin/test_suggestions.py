"""The suggestions for the queue's search box. Rule S4."""

from __future__ import annotations

from flask_support_tickets import TicketStatus
from flask_support_tickets.admin import TicketView
from flask_support_tickets.services.tickets.tags import set_tags

from ..host import db

URL = "/admin/tickets/suggestions"


def groups(client, search):
    answer = client.get(URL, query_string={"search": search})
    assert answer.status_code == 200
    return {
        each["label"]: [(item["text"], item["url"], item["hint"]) for item in each["items"]]
        for each in answer.json["groups"]
    }


def test_suggestions_lead_to_tickets_and_to_filtered_queues(staff, make_ticket, mona, alice):
    ticket = make_ticket(TicketStatus.InProgress, subject="<b>alice</b> & mona")
    set_tags(ticket.id, ["mona & co"])
    db.session.commit()
    assert groups(staff, "mona") == {
        "Tickets": [("#1 <b>alice</b> & mona", "/admin/tickets/1", "In progress")],
        "Assigned to": [("mona", f"/admin/tickets/?assignedTo={mona.id}", "")],
        "Tag": [("mona & co", "/admin/tickets/?tag=mona+%26+co", "")],
    }
    requesters = [("alice", f"/admin/tickets/?userId={alice.id}", "")]
    assert groups(staff, "alice")["Requester"] == requesters
    for links in groups(staff, "mona").values():
        for _, url, _ in links:
            page = staff.get(url)
            assert (page.status_code, "alice" in page.text) == (200, True), url
    answer = staff.get(f"{URL}?search=mona")
    assert answer.json["status"] == "3 suggestions"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_other_searches_have_no_suggestions(staff, make_ticket):
    make_ticket()
    for search in ("", " ", "x", "from:alice", "\x00\n", "nothing like it"):
        answer = staff.get(URL, query_string={"search": search})
        assert (answer.status_code, answer.json) == (200, {"groups": [], "status": ""}), search
    assert staff.get(URL).json["groups"] == []
    assert staff.get(URL, query_string={"search": "x" * 201}).status_code == 422


def test_view_suggests_only_what_it_shows_and_filters(make_desk):
    class ItDesk(TicketView):
        column_filters = ("status",)

        def get_query(self):
            return super().get_query().filter(self.model.department == "IT")

    desk = make_desk(ItDesk)
    shown = desk.open("alice", department="IT", subject="alice one")
    desk.open("alice", department="HR", subject="alice two")
    answer = desk.get("suggestions?search=alice").json
    assert [each["label"] for each in answer["groups"]] == ["Tickets"]
    assert [each["url"] for each in answer["groups"][0]["items"]] == [f"/admin/tickets/{shown}"]
