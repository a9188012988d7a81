"""Tags in the API, which requesters never see. Rule M2."""

from __future__ import annotations

from flask_support_tickets import unit_of_work
from flask_support_tickets.services.tickets.tags import set_tags

from ..conftest import form_fields


def test_staff_see_tags_and_filter_by_them(client_of, mona, make_ticket):
    tagged, other = make_ticket().id, make_ticket().id
    unit_of_work(set_tags, tagged, ["vpn", "Berlin"])
    client = client_of(mona)
    assert client.get(f"/api/tickets/{tagged}").json["data"]["tags"] == ["Berlin", "vpn"]
    assert client.get(f"/api/tickets/{other}").json["data"]["tags"] == []
    body = {"action": "StartProgress"}
    moved = client.put(f"/api/tickets/{tagged}/status", json=body).json["data"]
    assert moved["tags"] == ["Berlin", "vpn"]
    listed = client.get("/api/tickets").json["data"]["tickets"]
    assert [ticket["tags"] for ticket in listed] == [[], ["Berlin", "vpn"]]
    for query in (
        "tag=VPN",
        "tag=berlin&status=open",
        "tag=vpn&search=work",
        "tag=vpn&order=priority",
    ):
        data = client.get(f"/api/tickets?{query}").json["data"]
        assert ([each["id"] for each in data["tickets"]], data["totalCount"]) == ([tagged], 1)
    assert client.get("/api/tickets?tag=nothing").json["data"]["tickets"] == []
    for wrong in ("x" * 41, "a,b", "%00", "%20"):
        answer = client.get(f"/api/tickets?tag={wrong}")
        assert list(answer.json["error"]["fields"]) == ["tag"], wrong
    new = client.post("/api/tickets", json={"subject": "S", "description": "D"}).json["data"]
    assert new["tags"] == []


def test_requesters_learn_nothing_of_tags(client_of, alice, make_ticket):
    ticket, client = make_ticket().id, client_of(alice)
    before = client.get(f"/api/tickets/{ticket}"), client.get("/api/tickets")
    unit_of_work(set_tags, ticket, ["secret"])
    after = client.get(f"/api/tickets/{ticket}"), client.get("/api/tickets")
    for old, new in zip(before, after, strict=True):
        assert (old.json, old.headers["ETag"]) == (new.json, new.headers["ETag"])
        assert "tags" not in new.text
    assert client.get("/api/tickets?search=secret").json["data"]["totalCount"] == 0
    answer = client.get("/api/tickets?tag=secret")
    unknown = client.get("/api/tickets?nonsense=secret")
    assert answer.status_code == unknown.status_code == 422
    assert answer.json["error"]["fields"] == {"tag": ["Unknown field."]}
    body = {"subject": "S", "description": "D", "tags": ["secret"]}
    assert client.post("/api/tickets", json=body).json["error"]["fields"] == {
        "tags": ["Unknown field."]
    }
    assert "secret" not in client.get(f"/settings/ticket/{ticket}").text
    assert "secret" not in client.get("/settings/ticket").text


def history(client, ticket):
    data = client.get(f"/api/tickets/{ticket.id}/events").json["data"]
    assert data["totalCount"] == len(data["events"])
    return [(event["action"], event["changes"]) for event in data["events"]]


def test_staff_change_tags_unnoticed_by_the_requester(client_of, alice, mona, make_ticket):
    ticket, staff, requester = make_ticket(), client_of(mona), client_of(alice)
    path = f"/api/tickets/{ticket.id}"
    before = requester.get(path)
    changed = staff.patch(path, json={"tags": ["vpn", "Berlin", "VPN"]})
    assert changed.json["data"]["tags"] == ["Berlin", "vpn"]
    again = staff.patch(path, json={"tags": ["berlin", "Vpn"]})
    assert (again.json, again.headers["ETag"]) == (changed.json, changed.headers["ETag"])
    after = requester.get(path)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
    assert history(requester, ticket) == [("Open", None)]
    event = ("Edited", {"tags": {"from": [], "to": ["Berlin", "vpn"]}})
    assert history(staff, ticket) == [("Open", None), event]
    staff.patch(path, json={"tags": ["berlin"], "priority": 3})
    assert history(requester, ticket)[1:] == [("Edited", {"priority": {"from": 1, "to": 3}})]
    page = staff.get(f"/admin/tickets/{ticket.id}").text
    assert "Tags (– → Berlin, vpn)" in page
    assert "Priority (Normal → Urgent)" in page
    assert "Berlin" not in requester.get(f"/settings/ticket/{ticket.id}").text


def test_wrong_tags_and_those_of_requesters_are_refused(
    client_of, alice, mona, make_ticket, everything
):
    ticket, closed = make_ticket(), make_ticket(3)
    before = everything()
    path = f"/api/tickets/{ticket.id}"
    many = [str(number) for number in range(21)]
    for wrong in ("a", None, {}, [1], [None], [""], ["a,b"], ["x" * 41], ["\ud800"], many):
        error = client_of(mona).patch(path, json={"tags": wrong}).json["error"]
        assert [type(text) for text in error["fields"]["tags"]] == [str], wrong
    refused = client_of(alice).patch(path, json={"tags": []})
    assert refused.json["error"]["fields"] == {"tags": ["Unknown field."]}
    assert (
        client_of(mona).patch(f"/api/tickets/{closed.id}", json={"tags": ["a"]}).status_code == 409
    )
    assert everything() == before


def test_staff_edit_tags_in_the_form(client_of, mona, make_ticket):
    ticket, staff = make_ticket(), client_of(mona)
    page = f"/admin/tickets/{ticket.id}/edit"
    typed = {"subject": "S", "tags": " vpn, ,Berlin ,", "priority": "3"}
    data = {**form_fields(staff.get(page).text), **typed}
    assert staff.post(page, data=data).status_code == 303
    shown = staff.get(page).text
    assert 'value="Berlin, vpn"' in shown
    assert '<option value="3" selected>Urgent</option>' in shown
    refused = staff.post(page, data={**form_fields(shown), **typed, "tags": "x" * 41})
    assert refused.status_code == 422
