"""The rules of a life that change nothing: what is read is what the model says."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from werkzeug.test import TestResponse

from .life import (
    PEOPLE,
    Life,
    Met,
    agrees,
    check_ticket,
    pick,
    refusal_of,
    shown_comment,
    shown_events,
    without,
)
from .model import STATUS_NAMES, Person, Ticket

COMMENTS = "/api/ticket-comments"
#: A place in a list of any length, counted round.
place = st.integers(0, 99)
who = st.sampled_from(sorted(PEOPLE))


class Looking(RuleBasedStateMachine):
    """Each rule is a request, or some, checked against the model."""

    app: Flask
    #: What came up in all lives.
    met: Counter[Met]

    @initialize()
    def open_the_desk(self) -> None:
        self.life = Life(self.app, self.met)
        self.desk, self.people = self.life.desk, self.life.people
        self.count = 0
        for name, actions in (
            ("mona", []),
            ("alice", ["StartProgress"]),
            ("bob", ["StartProgress", "MarkAsResolved"]),
        ):
            self.file_as(self.people[name])
            for action in actions:
                self.move_as(self.people["adam"], self.desk.tickets[-1], action)

    def next_name(self) -> str:
        self.count += 1
        return f"number{self.count}"

    def file_as(self, person: Person) -> None:
        """File a ticket with nothing special about it."""
        subject = self.next_name()
        body = {"subject": subject, "description": "D"}
        answer = self.life.send(person, "POST", "/api/tickets", json=body)
        if agrees(answer, refusal_of(self.desk.let_in, person), 201):
            self.desk.file(Ticket(answer.json["data"]["id"], person, subject, None, []))

    def move_as(
        self,
        person: Person,
        ticket: Ticket,
        action: str,
        assignee: Person | None = None,
        condition: str = "none",
    ) -> None:
        headers, is_stale = self.condition(person, ticket, condition)
        body = {"action": action} | ({"assignedToUserId": assignee.id} if assignee else {})
        url = f"/api/tickets/{ticket.id}/status"
        refused = refusal_of(self.desk.move, person, ticket, action, assignee, is_stale=is_stale)
        answer = self.life.send(person, "PUT", url, json=body, headers=headers)
        if agrees(answer, refused, 200):
            check_ticket(answer.json["data"], ticket, person)
            self.remember_tag(person, ticket, answer)

    def condition(self, person: Person, ticket: Ticket, kind: str) -> tuple[dict[str, str], bool]:
        """The header that asks for a state of the ticket, and whether that state is over."""
        if kind == "current":
            self.look(person, ticket)
        seen = self.life.tags.get((person.name, ticket.id), [])
        if kind == "none" or not seen:
            return {}, False
        version, tag = seen[-1] if kind == "current" else seen[0]
        return {"If-Match": tag}, version != ticket.version

    def look(self, person: Person, ticket: Ticket) -> None:
        """Read a ticket; read again, it is 304 exactly as long as nothing changed."""
        url = f"/api/tickets/{ticket.id}"
        answer = self.life.get(person, url)
        if not self.is_shown(person, ticket, answer):
            return
        check_ticket(answer.json["data"], ticket, person)
        for version, tag in self.life.tags.get((person.name, ticket.id), []):
            again = self.life.send(person, "GET", url, headers={"If-None-Match": tag})
            assert again.status_code == (304 if version == ticket.version else 200)
        self.remember_tag(person, ticket, answer)

    def is_shown(self, person: Person, ticket: Ticket, answer: TestResponse) -> bool:
        """Check that an answer about a ticket comes to those who may see it, and no other."""
        if refused := refusal_of(self.desk.let_in, person):
            return agrees(answer, refused, 200)
        is_seen = ticket.is_seen_by(person)
        assert answer.status_code == (200 if is_seen else 404)
        return is_seen

    def remember_tag(self, person: Person, ticket: Ticket, answer: TestResponse) -> None:
        seen = self.life.tags.setdefault((person.name, ticket.id), [])
        seen.append((ticket.version, answer.headers["ETag"]))

    @rule(name=who, at=place, what=st.sampled_from(["ticket", "thread", "search", "file"]))
    def look_at(self, name: str, at: int, what: str) -> None:
        person, ticket = self.people[name], pick(self.desk.tickets, at)
        if what == "ticket":
            self.look(person, ticket)
        elif what == "thread":
            self.look_at_thread(person, ticket, at % 3 + 1)
        elif what == "search":
            self.find(person, ticket)
        elif self.life.files:
            self.fetch(person, *pick(self.life.files, at))

    @rule(name=who, at=place)
    def try_without_a_license(self, name: str, at: int) -> None:
        person, ticket = self.people[name], pick(self.desk.tickets, at)
        self.app.config["supportTickets"] = False
        try:
            for method, url, body in (
                ("GET", f"/api/tickets/{ticket.id}", None),
                ("POST", "/api/tickets", {"subject": "S", "description": "D"}),
                ("POST", COMMENTS, {"ticketId": ticket.id, "text": "T"}),
                ("PUT", f"/api/tickets/{ticket.id}/status", {"action": "StartProgress"}),
            ):
                answer = self.life.send(person, method, url, json=body)
                assert answer.status_code == 403
                assert answer.json["error"]["code"] == "feature_not_licensed"
        finally:
            self.app.config["supportTickets"] = True

    @rule(
        name=who,
        statuses=st.sets(st.sampled_from(STATUS_NAMES)),
        department=st.sampled_from([None, None, "Sales", "Häuser", "Other"]),
        assignee=st.sampled_from([None, None, "me", "mona", "dora", "bob"]),
        size=st.integers(1, 3),
    )
    def look_at_the_list(
        self,
        name: str,
        statuses: set[str],
        department: str | None,
        assignee: str | None,
        size: int,
    ) -> None:
        """The tickets that are left by a filter, newest first, while another is filed."""
        person = self.people[name]
        if not person.is_active:
            return
        query: dict[str, Any] = {"status": ",".join(sorted(statuses)), "department": department}
        worker = person if assignee == "me" else self.people.get(assignee or "")
        if worker:
            query["assignedTo"] = "me" if assignee == "me" else worker.id
        expected = [
            ticket
            for ticket in self.desk.visible_to(person)
            if (not statuses or STATUS_NAMES[ticket.status] in statuses)
            and department in (None, ticket.department)
            and worker in (None, ticket.assignee)
        ]
        total = self.life.get(person, "/api/tickets", **query).json["data"]["totalCount"]
        assert total == len(expected)
        rows = self.life.walk(
            person,
            "/api/tickets",
            "tickets",
            meanwhile=lambda: len(self.desk.tickets) < 6 and self.file_as(self.people["adam"]),
            pageSize=size,
            **query,
        )
        assert [row["id"] for row in rows] == [ticket.id for ticket in expected]
        for row, ticket in zip(rows, expected, strict=True):
            check_ticket(row, ticket, person)

    def find(self, person: Person, ticket: Ticket) -> None:
        """A word of a ticket finds it for those who see it."""
        if person.is_active:
            answer = self.life.get(person, "/api/tickets", search=ticket.subject.upper())
            found = {row["id"] for row in answer.json["data"]["tickets"]}
            assert (ticket.id in found) == ticket.is_seen_by(person)
            assert found <= {each.id for each in self.desk.visible_to(person)}

    def look_at_thread(self, person: Person, ticket: Ticket, size: int) -> None:
        """Comments, their replies and the history: whole, in order, part by part."""
        url = f"{COMMENTS}/ticket/{ticket.id}"
        if not self.is_shown(person, ticket, self.life.get(person, url)):
            assert self.life.get(person, f"/api/tickets/{ticket.id}/events").status_code >= 400
            return
        tops = [comment for comment in ticket.comments if comment.parent is None]
        lists = [(url, "comments", tops)]
        for comment in ticket.comments:
            lists.append((f"{COMMENTS}/{comment.id}/replies", "replies", comment.replies))
        for address, key, comments in lists:
            found = self.life.walk(person, address, key, pageSize=size)
            expected = [shown_comment(comment, ticket) for comment in comments]
            assert without(found, "createdAt") == expected
        history = self.life.walk(
            person, f"/api/tickets/{ticket.id}/events", "events", pageSize=size
        )
        assert without(history, "id", "createdAt") == shown_events(ticket)

    def fetch(self, person: Person, url: str, data: bytes, uploader: Person) -> None:
        """Files are for those who see the ticket; before that, for who uploaded them."""
        users = [ticket for ticket in self.desk.tickets if url in ticket.all_attachments]
        is_seen = users[0].is_seen_by(person) if users else person is uploader
        answer = self.life.get(person, url)
        if agrees(answer, refusal_of(self.desk.let_in, person), 200 if is_seen else 404):
            assert not is_seen or answer.data == data

    def teardown(self) -> None:
        if hasattr(self, "life"):
            for ticket in self.desk.tickets:
                for person in self.people.values():
                    self.look(person, ticket)
                self.look_at_thread(self.people["adam"], ticket, 2)
