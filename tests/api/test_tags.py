"""Tags in the API, which requesters never see. Rule M2."""

from __future__ import annotations

from flask_support_tickets import unit_of_work
from flask_support_tickets.services.tickets.tags import set_tags


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
