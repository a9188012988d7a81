"""Every cell of the workflow table: status × action × person (rules W1 to W5)."""

from __future__ import annotations

import itertools

import pytest

from flask_support_tickets import Action, TicketStatus

New, InProgress, Resolved, Closed = TicketStatus
PEOPLE = ("owner", "staff", "staff owner", "stranger", "nobody")

#: The contract's table, written down once more, by hand: (status, action) -> who may.
OWNER, STAFF = {"owner", "staff owner"}, {"staff", "staff owner"}
ALLOWED = {
    (New, "StartProgress"): STAFF,
    (InProgress, "Comment"): OWNER | STAFF,
    (InProgress, "MarkAsResolved"): STAFF,
    (InProgress, "Assign"): STAFF,
    (Resolved, "Comment"): OWNER,
    (Resolved, "Reopen"): OWNER | STAFF,
    (Resolved, "Close"): STAFF,
}
AFTER = {"StartProgress": 1, "MarkAsResolved": 2, "Close": 3, "Reopen": 1, "Assign": 1}
ACTIONS = [*(action.value for action in Action), "Comment"]


def expected_code(status, action, person):
    if person == "nobody":
        return 401
    if person == "stranger":
        return 404
    if person in ALLOWED.get((status, action), ()):
        return 201 if action == "Comment" else 200
    ever = set().union(*(who for (_, name), who in ALLOWED.items() if name == action))
    return 409 if person in ever else 403


@pytest.fixture
def people(make_user):
    return {
        "owner": make_user("alice"),
        "staff": make_user("mona", role="moderator"),
        "staff owner": make_user("otto", role="admin"),
        "stranger": make_user("bob"),
        "nobody": None,
    }


@pytest.fixture
def alice(people):
    return people["owner"]


@pytest.fixture
def mona(people):
    return people["staff"]


class TestEveryCell:
    @pytest.mark.parametrize(
        ("status", "action"), list(itertools.product(TicketStatus, ACTIONS)), ids=str
    )
    def test_does_what_the_table_says(
        self, people, make_ticket, client_of, everything, status, action
    ):
        for person in PEOPLE:
            owner = people[person] if person == "staff owner" else people["owner"]
            ticket = make_ticket(status, owner=owner)
            client = client_of(people[person])
            before = everything()
            if action == "Comment":
                answer = client.post(
                    "/api/ticket-comments", json={"ticketId": ticket.id, "text": "A word."}
                )
            else:
                body = {"action": action}
                if action == "Assign":
                    body["assignedToUserId"] = people["staff"].id
                answer = client.put(f"/api/tickets/{ticket.id}/status", json=body)
            assert answer.status_code == expected_code(status, action, person), person
            after = everything()
            if answer.status_code in (200, 201):
                self.check_change(action, answer.json["data"], before, after)
            else:
                assert after == before, person
                self.check_refusal(action, status, answer)

    @staticmethod
    def check_change(action, data, before, after):
        assert len(after["support_ticket_event"]) == len(before["support_ticket_event"]) + 1
        if action == "Comment":
            assert data["text"] == "A word."
        else:
            assert data["status"] == AFTER[action]

    @staticmethod
    def check_refusal(action, status, answer):
        error = answer.json["error"]
        if answer.status_code == 409:
            expected = "comments_not_allowed" if action == "Comment" else "invalid_transition"
            assert (error["code"], error["status"]) == (expected, int(status))
        else:
            codes = {401: "not_authenticated", 403: "not_allowed", 404: "not_found"}
            assert error["code"] == codes[answer.status_code]
            assert "status" not in error

    @pytest.mark.parametrize("status", list(TicketStatus), ids=str)
    def test_is_told_beforehand_by_allowed_actions(self, people, make_ticket, client_of, status):
        for person in ("owner", "staff", "staff owner"):
            owner = people[person] if person == "staff owner" else people["owner"]
            ticket = make_ticket(status, owner=owner)
            data = client_of(people[person]).get(f"/api/tickets/{ticket.id}").json["data"]
            assert set(data["allowedActions"]) == {
                action for action in ACTIONS if person in ALLOWED.get((status, action), ())
            }


class TestReopenSwitchedOff:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_ALLOW_REOPEN": False}

    def test_is_a_conflict_in_every_status_for_those_who_otherwise_may(
        self, people, make_ticket, client_of
    ):
        for status in TicketStatus:
            ticket = make_ticket(status)
            for person in ("owner", "staff"):
                url = f"/api/tickets/{ticket.id}"
                client = client_of(people[person])
                answer = client.put(f"{url}/status", json={"action": "Reopen"})
                assert answer.status_code == 409
                assert answer.json["error"]["status"] == status
                assert "Reopen" not in client.get(url).json["data"]["allowedActions"]


class TestWhatAStepSets:
    def test_the_whole_life(self, make_ticket, client_of, people, everything):
        ticket, staff = make_ticket(), client_of(people["staff"])
        url = f"/api/tickets/{ticket.id}"
        data = staff.get(url).json["data"]
        assert (data["assignedToUserId"], data["resolvedAt"], data["closedAt"]) == (None,) * 3
        data = staff.put(f"{url}/status", json={"action": "StartProgress"}).json["data"]
        assert data["assignedToUserId"] == people["staff"].id
        assert data["assignedToName"] == "mona"
        data = staff.put(f"{url}/status", json={"action": "MarkAsResolved"}).json["data"]
        assert data["resolvedAt"] == data["updatedAt"] > data["createdAt"]
        data = staff.put(f"{url}/status", json={"action": "Reopen"}).json["data"]
        assert data["resolvedAt"] is None
        assert data["assignedToUserId"] == people["staff"].id
        staff.put(f"{url}/status", json={"action": "MarkAsResolved"})
        data = staff.put(f"{url}/status", json={"action": "Close"}).json["data"]
        assert data["closedAt"] == data["updatedAt"] > data["resolvedAt"]
        actions = [row[1] for row in everything()["support_ticket_event"]]
        assert actions == [
            "Open",
            "StartProgress",
            "MarkAsResolved",
            "Reopen",
            "MarkAsResolved",
            "Close",
        ]

    def test_start_progress_can_give_the_ticket_to_somebody_else(
        self, make_ticket, client_of, people
    ):
        ticket = make_ticket()
        body = {"action": "StartProgress", "assignedToUserId": people["staff owner"].id}
        answer = client_of(people["staff"]).put(f"/api/tickets/{ticket.id}/status", json=body)
        assert answer.json["data"]["assignedToUserId"] == people["staff owner"].id


class TestAssignee:
    def test_must_be_active_staff_with_one_answer_for_all_others(
        self, people, make_user, make_ticket, client_of, everything
    ):
        gone = make_user("gone", role="admin", active=False)
        staff = client_of(people["staff"])
        before_status = {"StartProgress": New, "Assign": InProgress}
        for action, status in before_status.items():
            ticket = make_ticket(status)
            before = everything()
            answers = [
                staff.put(
                    f"/api/tickets/{ticket.id}/status",
                    json={"action": action, "assignedToUserId": user_id},
                )
                for user_id in (people["owner"].id, gone.id, 2147483647, 2**62, 0, -1)
            ]
            assert {answer.status_code for answer in answers} == {422}
            assert len({answer.text for answer in answers}) == 1
            assert list(answers[0].json["error"]["fields"]) == ["assignedToUserId"]
            assert everything() == before

    @pytest.mark.parametrize("given", ["1", 1.0, True, [1], {}, 2**63, 10**30])
    def test_of_another_type_is_refused(self, people, make_ticket, client_of, given):
        ticket = make_ticket()
        body = {"action": "StartProgress", "assignedToUserId": given}
        answer = client_of(people["staff"]).put(f"/api/tickets/{ticket.id}/status", json=body)
        assert answer.status_code == 422

    def test_is_ignored_by_steps_that_do_not_assign(self, people, make_ticket, client_of):
        ticket = make_ticket(InProgress)
        body = {"action": "MarkAsResolved", "assignedToUserId": "whatever"}
        answer = client_of(people["staff"]).put(f"/api/tickets/{ticket.id}/status", json=body)
        assert answer.status_code == 200
        assert answer.json["data"]["assignedToUserId"] == people["staff"].id

    def test_assign_needs_one(self, people, make_ticket, client_of):
        ticket = make_ticket(InProgress)
        for body in ({"action": "Assign"}, {"action": "Assign", "assignedToUserId": None}):
            answer = client_of(people["staff"]).put(f"/api/tickets/{ticket.id}/status", json=body)
            assert answer.status_code == 422
