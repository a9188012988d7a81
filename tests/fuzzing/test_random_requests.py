"""Random requests: the API agrees with a model of the workflow after each of them.

Rules A1, E1, E2, H1, N1, W1, W2, W3, W4, W5.

Each run sends the same requests. With ``SUPPORT_TICKETS_TESTS_LARGE=yes`` it sends twenty times
as many, other ones in each run, and shortens a failing sequence, which can take minutes.
"""

from __future__ import annotations

import os
from collections import namedtuple
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, settings, stateful
from hypothesis import strategies as st

from flask_support_tickets.services import check_counters
from tests.host import User, db

IS_LARGE = os.environ.get("SUPPORT_TICKETS_TESTS_LARGE") == "yes"
SETTINGS = settings(
    max_examples=200 if IS_LARGE else 10,
    stateful_step_count=40,
    derandomize=not IS_LARGE,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink] if IS_LARGE else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: Rules W1 to W5, without any code of the package.
STATUSES = ("New", "InProgress", "Resolved", "Closed")
OWNER_MAY = {"New": {"Withdraw"}, "InProgress": {"Comment"}, "Resolved": {"Comment", "Reopen"}}
STAFF_MAY = {
    "New": {"StartProgress", "Assign"},
    "InProgress": {"Comment", "MarkAsResolved", "Assign"},
    "Resolved": {"Close", "Reopen"},
}
LEADS_TO = {
    "StartProgress": "InProgress", "MarkAsResolved": "Resolved", "Close": "Closed",
    "Reopen": "InProgress", "Assign": None, "Withdraw": "Closed",
}  # fmt: skip
ROLES = {"alice": "user", "bob": "user", "mona": "moderator", "adam": "admin"}
names = st.sampled_from(sorted(ROLES))
actions = st.sampled_from(sorted(LEADS_TO))
numbers = st.integers(0, 99)
places = st.sampled_from([None, 0, -1])

pytestmark = pytest.mark.slow


Person = namedtuple("Person", ["name", "is_staff", "id"])


@dataclass
class Ticket:
    id: int
    owner: Person
    status: str = "New"
    assignee: Person | None = None
    #: The id of each comment, with the id of its parent.
    comments: dict[int, int | None] = field(default_factory=dict)
    #: The action, both statuses, the actor's id and the comment's; each change adds one event.
    events: list[tuple] = field(default_factory=list)

    def is_visible_to(self, person):
        return person.is_staff or person is self.owner

    def allowed_actions(self, person, status=None):
        as_owner = OWNER_MAY if person is self.owner else {}
        as_staff = STAFF_MAY if person.is_staff else {}
        status = status or self.status
        return as_owner.get(status, set()) | as_staff.get(status, set())

    def shown_actions(self, person):
        """Return `allowed_actions` with those that these requests do not take."""
        more = {"Edit", "Note"} if person.is_staff and self.status != "Closed" else set()
        more |= {"Edit"} if person is self.owner and self.status == "New" else set()
        return self.allowed_actions(person) | more

    def refusal_of_comment(self, person, parent_id):
        """Return the HTTP status and error code, or None if the comment is accepted."""
        if not self.is_visible_to(person):
            return 404, "not_found"
        if parent_id and parent_id not in self.comments:
            return 422, "invalid"
        if "Comment" not in self.allowed_actions(person):
            return 409, "comments_not_allowed"
        return None

    def refusal_of_transition(self, person, action, assignee, *, is_stale):
        """Return the HTTP status and error code, or None if the transition is accepted."""
        if action == "Assign" and assignee is None:
            return 422, "invalid"
        if not self.is_visible_to(person):
            return 404, "not_found"
        if not any(action in self.allowed_actions(person, status) for status in STATUSES):
            return 403, "not_allowed"
        if action in ("StartProgress", "Assign") and assignee and not assignee.is_staff:
            return 422, "invalid"
        if is_stale:
            return 412, "precondition_failed"
        if action not in self.allowed_actions(person):
            return 409, "invalid_transition"
        return None

    def transition(self, person, action, assignee):
        before, self.status = self.status, LEADS_TO[action] or self.status
        if action in ("StartProgress", "Assign"):
            self.assignee = assignee or person
        self.events.append((action, before, self.status, person.id, None))


def pick(rows, number):
    return rows[number % len(rows)]


class RandomRequests(stateful.RuleBasedStateMachine):
    """Each rule sends requests and compares the answers with the model."""

    app = None

    @stateful.initialize()
    def start_with_three_tickets(self):
        with self.app.app_context():
            for table in reversed(db.metadata.sorted_tables):
                db.session.execute(table.delete())
            users = [User(username=name, role=role) for name, role in ROLES.items()]
            db.session.add_all(users)
            db.session.commit()
            self.people = {
                user.username: Person(user.username, user.role != "user", user.id) for user in users
            }
        self.tickets, self.tags = [], {}
        for name, count in (("mona", 0), ("alice", 1), ("bob", 2)):
            self.open_ticket(name)
            for action in ("StartProgress", "MarkAsResolved")[:count]:
                self.transition_as(self.people["adam"], self.tickets[-1], action)

    def send(self, person, method, url, **options):
        headers = {"Authorization": f"Bearer {person.name}", **options.pop("headers", {})}
        return self.app.test_client().open(url, method=method, headers=headers, **options)

    def is_accepted(self, answer, refusal, success):
        if refusal is None:
            assert answer.status_code == success, answer.text
            return True
        assert (answer.status_code, answer.json["error"]["code"]) == refusal
        return False

    @stateful.precondition(lambda self: len(self.tickets) < 6)
    @stateful.rule(name=names)
    def open_ticket(self, name):
        person, body = self.people[name], {"subject": "S", "description": "D"}
        answer = self.send(person, "POST", "/api/tickets", json=body)
        assert answer.status_code == 201
        ticket = Ticket(answer.json["data"]["id"], person)
        ticket.events.append(("Open", None, "New", person.id, None))
        self.tickets.append(ticket)
        self.check_shown(answer.json["data"], ticket, person)

    @stateful.rule(name=names, number=numbers, parent=st.none() | numbers)
    def comment(self, name, number, parent):
        """Comment as anyone on any ticket; the parent may belong to another ticket."""
        person, ticket = self.people[name], pick(self.tickets, number)
        every = [item for each in self.tickets for item in each.comments.items()]
        tops = [comment_id for comment_id, parent_id in every if parent_id is None]
        parent_id = pick(tops, parent) if tops and parent is not None else None
        body = {"ticketId": ticket.id, "text": "T", "parentCommentId": parent_id}
        answer = self.send(person, "POST", "/api/ticket-comments", json=body)
        if self.is_accepted(answer, ticket.refusal_of_comment(person, parent_id), 201):
            comment_id, status = answer.json["data"]["id"], ticket.status
            ticket.comments[comment_id] = parent_id
            ticket.events.append(("Comment", status, status, person.id, comment_id))

    @stateful.rule(
        name=names, number=numbers, action=actions, assignee=st.none() | names, seen=places
    )
    def transition(self, name, number, action, assignee, seen):
        """Take any action as anyone on any ticket."""
        person, ticket = self.people[name], pick(self.tickets, number)
        self.transition_as(person, ticket, action, self.people.get(assignee), seen)

    @stateful.precondition(lambda self: self.permitted())
    @stateful.rule(number=numbers, seen=places)
    def transition_where_permitted(self, number, seen):
        self.transition_as(*pick(self.permitted(), number), self.people["adam"], seen)

    def permitted(self):
        return [
            (person, ticket, action)
            for ticket in self.tickets
            for person in self.people.values()
            for action in sorted(ticket.allowed_actions(person) - {"Comment"})
        ]

    def transition_as(self, person, ticket, action, assignee=None, seen=None):
        """Take an action; ``seen`` is the place of the ETag that is sent as ``If-Match``."""
        tags = self.tags.get((person.name, ticket.id), [])
        version, tag = tags[seen] if seen is not None and tags else (len(ticket.events), None)
        url, headers = f"/api/tickets/{ticket.id}/status", {"If-Match": tag} if tag else {}
        body = {"action": action, "assignedToUserId": assignee and assignee.id}
        answer = self.send(person, "PUT", url, json=body, headers=headers)
        is_stale = version != len(ticket.events)
        refusal = ticket.refusal_of_transition(person, action, assignee, is_stale=is_stale)
        if self.is_accepted(answer, refusal, 200):
            ticket.transition(person, action, assignee)
            self.check_shown(answer.json["data"], ticket, person)

    @stateful.rule(name=names, number=numbers)
    def get_ticket(self, name, number):
        """Read a ticket; with an old ETag it is 304 exactly if the ticket is unchanged."""
        person, ticket = self.people[name], pick(self.tickets, number)
        url = f"/api/tickets/{ticket.id}"
        answer = self.send(person, "GET", url)
        refusal = None if ticket.is_visible_to(person) else (404, "not_found")
        if not self.is_accepted(answer, refusal, 200):
            return
        self.check_shown(answer.json["data"], ticket, person)
        tags = self.tags.setdefault((name, ticket.id), [])
        for version, tag in tags:
            again = self.send(person, "GET", url, headers={"If-None-Match": tag})
            assert again.status_code == (304 if version == len(ticket.events) else 200)
        tags.append((len(ticket.events), answer.headers["ETag"]))

    def check_shown(self, data, ticket, person):
        assert data["statusName"] == ticket.status
        assert data["userName"] == ticket.owner.name
        assert data["assignedToUserId"] == (ticket.assignee and ticket.assignee.id)
        assert data["commentCount"] == len(ticket.comments)
        assert set(data["allowedActions"]) == ticket.shown_actions(person)
        is_withdrawn = ticket.events[-1][0] == "Withdraw"
        is_resolved = ticket.status in ("Resolved", "Closed") and not is_withdrawn
        assert (data["resolvedAt"] is not None) == is_resolved
        assert (data["closedAt"] is not None) == (ticket.status == "Closed")

    def teardown(self):
        """Compare the list, the comments, the history and the counters in the end."""
        for person in self.people.values():
            visible = [ticket.id for ticket in self.tickets if ticket.is_visible_to(person)]
            assert self.ids(person, "/api/tickets", "tickets") == visible[::-1]
        adam = self.people["adam"]
        for ticket in self.tickets:
            tops = [id_ for id_, parent_id in ticket.comments.items() if parent_id is None]
            assert self.ids(adam, f"/api/ticket-comments/ticket/{ticket.id}", "comments") == tops
            data = self.send(adam, "GET", f"/api/tickets/{ticket.id}/events?pageSize=100").json[
                "data"
            ]
            keys = ("action", "fromStatus", "toStatus", "userId", "commentId")
            assert [tuple(event[key] for key in keys) for event in data["events"]] == [
                (action, before and STATUSES.index(before), STATUSES.index(after), *others)
                for action, before, after, *others in ticket.events
            ]
        with self.app.app_context():
            assert check_counters() == []

    def ids(self, person, url, kind):
        data = self.send(person, "GET", f"{url}?pageSize=100").json["data"]
        return [row["id"] for row in data[kind]]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_api_agrees_with_the_workflow_model_after_random_requests(app):
    machine = type("RandomRequestsToApp", (RandomRequests,), {"app": app})
    stateful.run_state_machine_as_test(machine, settings=SETTINGS)
