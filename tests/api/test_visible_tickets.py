"""`Policy.visible_tickets` and `Policy.may` hold on every face. Rules A1, A3."""

from __future__ import annotations

import pytest

from flask_support_tickets import Action, Policy, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import pagination, transition_ticket
from flask_support_tickets.services.tickets import listing

from ..conftest import form_fields
from ..databases import every_database
from ..host import User, db, tickets
from .matrix import CONTRACT, Things

#: A word in everything about the ticket that is hidden.
SECRET = "xyzzyplugh"
#: The addresses of one ticket, comment, file, tag or saved reply.
OF_ONE = [
    (address, sent)
    for address, sent in CONTRACT
    if ("_id>" in address or "<key>" in address) and "notification" not in address
]


class LimitedPolicy(Policy):
    """Moderators see the IT department, alice and bob the tickets of their company."""

    def visible_tickets(self, user, Ticket):
        if user.role == "moderator":
            return Ticket.department == "IT"
        if user.username in ("alice", "bob"):
            colleagues = db.select(User.id).where(User.username.in_(["alice", "bob"]))
            return Ticket.user_id.in_(colleagues)
        return None


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_API_DOCS": True}


@pytest.fixture(autouse=True)
def policy(change_state):
    change_state(policy=LimitedPolicy())


@pytest.fixture
def carol(make_user):
    return make_user("carol")


@pytest.fixture
def make_things(make_ticket, make_comment, make_upload, adam):
    """Make a ticket with a comment of staff, a reply and a file, which contain ``word``."""

    def make(person, word, department):
        file = make_upload(person, f"{word}.txt", f"A note: {word}.".encode())
        ticket = make_ticket(
            owner=person, subject=f"About {word}", department=department,
            description=f"It is {word}.", attachment_urls=[file.path],
        )  # fmt: skip
        start = {"actor": actor_for(adam), "ticket_id": ticket.id, "action": Action.StartProgress}
        unit_of_work(transition_ticket, **start)
        comment = make_comment(ticket, adam, f"What is {word}?")
        make_comment(ticket, person, f"It is {word}.", parent=comment)
        return Things(ticket.id, comment.id, file.storage_key, f"{word}.txt")

    return make


@pytest.fixture
def hidden(make_things, carol):
    return make_things(carol, SECRET, SECRET)


@pytest.fixture
def visible(make_things, alice):
    return make_things(alice, "printer", "IT")


def send_all(client, things, addresses, assignee, method="GET"):
    """Yield (address, response) for each of the addresses that answers ``method``."""
    token = form_fields(client.get("/settings/ticket/new").text)["csrf_token"]
    for address, sent in addresses:
        if method in CONTRACT[address, sent]:
            body = things.body(sent, token, assignee.id) if method != "GET" else {}
            yield address, client.open(things.url(address), method=method, **body)


def reveals(response):
    return SECRET in response.get_data(as_text=True) or SECRET in str(response.headers)


@every_database
@pytest.mark.parametrize("person", ["mona", "bob"])
def test_no_read_reveals_hidden_ticket(request, client_of, hidden, visible, adam, person):
    user = request.getfixturevalue(person)
    client = client_of(user)
    for address, response in send_all(client, hidden, list(CONTRACT), adam):
        assert not reveals(response), address
        if (address, "") in OF_ONE:
            is_staff_page = person == "bob" and address.startswith("/admin/")
            assert response.status_code == (403 if is_staff_page else 404), address
    for path in (
        "/api/tickets?",
        "/admin/tickets/?",
        "/settings/ticket?",
        "/admin/tickets/export.csv?",
    ):
        for query in (f"search={SECRET}", f"search=%23{hidden.ticket_id}", f"department={SECRET}"):
            response = client.get(f"{path}{query}")
            assert f"About {SECRET}" not in response.text
            assert f'/{hidden.ticket_id}"' not in response.text


@pytest.mark.parametrize("person", ["mona", "bob"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_no_write_reaches_hidden_ticket(request, client_of, state, hidden, adam, person, method):
    client, before = client_of(request.getfixturevalue(person)), state()
    addresses = [*OF_ONE, ("/api/ticket-comments", "comment"), ("/admin/tickets/bulk", "bulk")]
    for address, response in send_all(client, hidden, addresses, adam, method):
        assert not reveals(response), address
        expected = (303,) if address.endswith("/bulk") and person == "mona" else (403, 404)
        assert response.status_code in expected, address
    assert state() == before


def test_staff_work_on_visible_tickets_as_ever(client_of, hidden, visible, mona, adam):
    client = client_of(mona)
    for address, response in send_all(client, visible, list(CONTRACT), adam):
        if not (address.startswith("/settings/") and "<ticket_id>" in address):
            missing = ("<image_key>", "<tag_id>", "<reply_id>")
            expected = (404,) if any(each in address for each in missing) else (200, 303)
            assert response.status_code in expected, address
    listed = client.get("/api/tickets").json["data"]
    assert [each["id"] for each in listed["tickets"]] == [visible.ticket_id]
    assert (listed["totalCount"], listed["hasMore"]) == (1, False)
    assert "1 ticket" in client.get("/admin/tickets/").text
    found = client.get("/api/tickets?search=printer").json["data"]
    assert found["totalCount"] == 1
    statistics = client.get("/admin/tickets/stats").text
    assert "IT" in statistics
    assert SECRET not in statistics
    assert len(client_of(adam).get("/api/tickets").json["data"]["tickets"]) == 2


def test_staff_see_own_ticket_outside_their_scope_on_its_page_only(client_of, mona, make_things):
    own = make_things(mona, "lamp", "Sales")
    client = client_of(mona)
    assert "About lamp" in client.get("/settings/ticket").text
    assert client.get(f"/settings/ticket/{own.ticket_id}").status_code == 200
    assert client.get(f"/api/tickets/{own.ticket_id}").status_code == 200
    assert client.get("/api/tickets").json["data"]["tickets"] == []


@every_database
def test_colleagues_read_and_comment_but_owner_acts(client_of, bob, alice, hidden, visible):
    client = client_of(bob)
    [listed] = client.get("/api/tickets").json["data"]["tickets"]
    assert (listed["id"], listed["userName"]) == (visible.ticket_id, "alice")
    assert listed["allowedActions"] == ["Comment"]
    page = client.get(f"/settings/ticket/{visible.ticket_id}").text
    assert "About printer" in page
    assert "alice" in client.get("/settings/ticket").text
    text = {"ticketId": visible.ticket_id, "text": "It is the blue one."}
    assert client.post("/api/ticket-comments", json=text).status_code == 201
    form = {**form_fields(page), "text": "And it hums."}
    url = f"/settings/ticket/{visible.ticket_id}"
    assert client.post(f"{url}/comments", data=form).status_code == 303
    assert client.post(f"{url}/seen", data={**form, "count": "1"}).status_code == 303
    ticket = db.session.get(tickets.Ticket, visible.ticket_id)
    ticket.status = TicketStatus.Resolved
    db.session.commit()
    reopen = {"action": "Reopen"}
    status_url = f"/api/tickets/{visible.ticket_id}/status"
    assert client.put(status_url, json=reopen).status_code == 403
    assert "Reopen ticket" not in client.get(url).text
    assert client_of(alice).put(status_url, json=reopen).status_code == 200


@every_database
def test_lists_of_a_criterion_are_counted_up_to_a_limit(
    client_of, mona, alice, make_ticket, monkeypatch
):
    for module in (pagination, listing):
        monkeypatch.setattr(module, "COUNT_MAX", 3)
    monkeypatch.setattr("flask_support_tickets.admin.toolbar.COUNT_MAX", 3)
    monkeypatch.setattr("flask_support_tickets.admin.menu.COUNT_MAX", 3)
    ids = [make_ticket(owner=alice, department="IT").id for _ in range(5)]
    make_ticket(owner=alice, department="Sales")
    client = client_of(mona)
    data = client.get("/api/tickets?pageSize=2&page=2").json["data"]
    assert [each["id"] for each in data["tickets"]] == [ids[2], ids[1]]
    assert (data["totalCount"], data["totalCountCapped"], data["hasMore"]) == (3, True, True)
    rest = client.get(f"/api/tickets?pageSize=2&cursor={data['nextCursor']}").json["data"]
    assert [each["id"] for each in rest["tickets"]] == [ids[0]]
    oldest = client.get("/api/tickets?order=oldest&status=New").json["data"]["tickets"]
    assert [each["id"] for each in oldest] == ids
    page = client.get("/admin/tickets/").text
    assert '<span class="st-count">3+</span>' in page
    assert "3+" in page.partition("st-menu-count")[2][:80]


@pytest.mark.parametrize("permission", ["assign", "bulk", "export", "statistics"])
def test_refused_permission_hides_what_it_guards(
    client_of, change_state, visible, mona, permission
):
    class Strict(Policy):
        def may(self, user, name):
            return name != permission

    guarded = {
        "assign": ("Assign:", "/admin/tickets/"), "bulk": ("st-bulk-step", "/admin/tickets/"),
        "export": ("export.csv", "/admin/tickets/"), "statistics": ("stats", "/admin/tickets/"),
    }  # fmt: skip
    mark, address = guarded[permission]
    client = client_of(mona)
    assert mark in client.get(address).text
    change_state(policy=Strict())
    page = client.get(address).text
    assert mark not in page
    token = form_fields(client.get("/settings/ticket/new").text)["csrf_token"]
    ticket_url = f"/api/tickets/{visible.ticket_id}"
    answers = {
        "assign": lambda: client.put(
            f"{ticket_url}/status", json={"action": "Assign", "assignedToUserId": mona.id}
        ),
        "bulk": lambda: client.post("/admin/tickets/bulk", data={"csrf_token": token}),
        "export": lambda: client.get("/admin/tickets/export.csv"),
        "statistics": lambda: client.get("/admin/tickets/stats"),
    }
    assert answers[permission]().status_code == 403
    if permission == "assign":
        assert "Assign" not in client.get(ticket_url).json["data"]["allowedActions"]


def test_permission_to_delete_is_that_of_admins(app, mona, adam):
    policy = Policy()
    assert [policy.may(user, "delete") for user in (mona, adam)] == [False, True]
    assert policy.may(mona, "export")


def test_policy_that_returns_no_criterion_shows_less(client_of, change_state, hidden, adam, caplog):
    class Textual(Policy):
        def visible_tickets(self, user, Ticket):
            return "1 = 1"

    change_state(policy=Textual())
    client = client_of(adam)
    assert client.get("/api/tickets").json["data"]["tickets"] == []
    assert client.get("/admin/tickets/").status_code == 200
    assert "Policy.visible_tickets failed" in caplog.text


@pytest.mark.parametrize("method", ["visible_tickets", "may"])
def test_policy_that_fails_shows_less(client_of, change_state, hidden, mona, adam, method, caplog):
    class Broken(Policy):
        pass

    def fail(self, *arguments):
        raise RuntimeError("The directory is down.")

    setattr(Broken, method, fail)
    change_state(policy=Broken())
    client = client_of(adam)
    assert client.get("/admin/tickets/").status_code == 200
    assert f"Policy.{method} failed" in caplog.text
    if method == "visible_tickets":
        assert client.get("/api/tickets").json["data"]["tickets"] == []
    else:
        assert client.get("/admin/tickets/export.csv").status_code == 403


class TestChangesThatHideTheTicket:
    """Staff can finish a change that takes a ticket out of their view (rule A1)."""

    @pytest.fixture(autouse=True)
    def policy(self, change_state):
        class Mine(Policy):
            def visible_tickets(self, user, Ticket):
                if user.role != "moderator":
                    return None
                assignee = Ticket.assigned_to_user_id
                is_mine = assignee.is_(None) | (assignee == user.id)
                return is_mine & (Ticket.status < 2) & (Ticket.department == "IT")

        change_state(policy=Mine())

    @pytest.fixture
    def ticket_id(self, make_ticket, alice, mona):
        ticket = make_ticket(TicketStatus.InProgress, owner=alice, department="IT")
        assert ticket.assigned_to_user_id == mona.id
        return ticket.id

    @every_database
    def test_api_returns_the_changed_ticket(self, client_of, ticket_id, mona, adam):
        client, url = client_of(mona), f"/api/tickets/{ticket_id}"
        move = {"action": "MarkAsResolved", "comment": {"text": "It works."}}
        answer = client.put(f"{url}/status", json=move)
        assert (answer.status_code, answer.json["data"]["status"]) == (200, 2)
        assert answer.json["data"]["commentCount"] == 1
        assert client.get(url).status_code == 404

    def test_api_edits_and_assigns(self, client_of, make_ticket, ticket_id, alice, mona, adam):
        client = client_of(mona)
        other = make_ticket(TicketStatus.InProgress, owner=alice, department="IT").id
        assign = {"action": "Assign", "assignedToUserId": adam.id}
        answer = client.put(f"/api/tickets/{other}/status", json=assign)
        assert (answer.status_code, answer.json["data"]["assignedToName"]) == (200, "adam")
        answer = client.patch(f"/api/tickets/{ticket_id}", json={"department": "HR"})
        assert (answer.status_code, answer.json["data"]["department"]) == (200, "HR")

    @pytest.mark.parametrize("place", ["comments", "edit", "status"])
    def test_pages_lead_to_the_queue(self, client_of, ticket_id, mona, adam, place):
        client, url = client_of(mona), f"/admin/tickets/{ticket_id}"
        fields = form_fields(client.get(url if place != "edit" else f"{url}/edit").text)
        forms = {
            "comments": {"text": "It works.", "then": "MarkAsResolved"},
            "edit": {"subject": "Moved", "department": "HR"},
            "status": {"action": "Assign", "assignedToUserId": str(adam.id)},
        }
        answer = client.post(f"{url}/{place}", data={**fields, **forms[place]})
        assert (answer.status_code, answer.location) == (303, "/admin/tickets/")
        page = client.get(answer.location)
        assert page.status_code == 200
        assert f"#{ticket_id}" in page.text  # the message
        assert client.get(url).status_code == 404
