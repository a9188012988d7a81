"""Random lives of tickets: the API and a model of the contract tell the same story."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from .life import FICKLE, agrees, check_ticket, pick, refusal_of, shown_comment, without
from .looking import COMMENTS, Looking, place, who
from .model import LEADS_TO, Comment, Person, Ticket

LINK = "https://example.org/log"
NOBODY = Person("nobody", is_staff=False, id=2**31 - 1)
IN_A_SESSION = settings(
    max_examples=30,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
#: What must have come up in the lives of one run.
SUCCESSES = {
    *((action, 200) for action in LEADS_TO),
    ("Comment", 201), ("Ticket", 201), ("Upload", 201), ("read", 200), ("read", 304),
}  # fmt: skip
REFUSALS = {
    "move": {
        "not_authenticated", "not_found", "not_allowed", "invalid", "precondition_failed",
        "invalid_transition", "feature_not_licensed",
    },
    "Comment": {
        "not_authenticated", "not_found", "invalid", "comments_not_allowed",
        "feature_not_licensed",
    },
    "Ticket": {"invalid", "idempotency_conflict", "feature_not_licensed"},
    "read": {"not_authenticated", "not_found", "feature_not_licensed"},
}  # fmt: skip


class Lives(Looking):
    """The rules that change something, beside those of `Looking`."""

    def attachments(self, upload):
        """A link and, perhaps, somebody's upload, used or not."""
        urls = [url for url, _, _ in self.life.files]
        return [LINK] if upload is None or not urls else [pick(urls, upload), LINK]

    def post(self, person, url, body, is_keyed, refused):
        """Send a POST, perhaps with a key that is remembered; return what it made."""
        key = self.next_name()
        headers = {"Idempotency-Key": key} if is_keyed else {}
        answer = self.life.send(person, "POST", url, json=body, headers=headers)
        if not agrees(answer, refused, 201):
            return None
        if is_keyed:
            self.life.sent.append((person, key, url, body, answer.json))
        return answer.json["data"]

    @precondition(lambda self: len(self.desk.uploads) < 3)
    @rule(name=who)
    def upload(self, name):
        person, data = self.people[name], self.next_name().encode()
        answer = self.life.upload(person, data)
        if agrees(answer, refusal_of(self.desk.let_in, person), 201):
            url = answer.json["data"]["url"]
            self.desk.uploads[url] = person
            self.life.files.append((url, data, person))

    @precondition(lambda self: len(self.desk.tickets) < 5)
    @rule(
        name=who,
        department=st.sampled_from([None, "Sales", "Häuser"]),
        upload=st.none() | place,
        is_keyed=st.booleans(),
    )
    def file(self, name, department, upload, is_keyed):
        person, urls = self.people[name], self.attachments(upload)
        body = {"subject": self.next_name(), "description": "D", "attachmentUrls": urls}
        body |= {"department": department} if department else {}
        refused = refusal_of(self.desk.check_filing, person, urls)
        data = self.post(person, "/api/tickets", body, is_keyed, refused)
        if data:
            ticket = Ticket(data["id"], person, body["subject"], department, urls)
            self.desk.file(ticket)
            check_ticket(data, ticket, person)

    @rule(name=who, at=place, parent=st.none() | place, upload=st.none() | place)
    def comment(self, name, at, parent, upload):
        """By anybody on anything; the parent may be a comment of another ticket."""
        ticket = pick(self.desk.tickets, at)
        comments = [comment for each in self.desk.tickets for comment in each.comments]
        above = pick(comments, parent) if parent is not None and comments else None
        self.comment_as(self.people[name], ticket, above, upload, is_keyed=False)

    @precondition(lambda self: self.may("Comment"))
    @rule(at=place, parent=st.none() | place, upload=st.none() | place, is_keyed=st.booleans())
    def talk(self, at, parent, upload, is_keyed):
        """By somebody who may, often as a reply."""
        person, ticket, _ = pick(self.may("Comment"), at)
        above = pick(ticket.comments, parent) if parent is not None and ticket.comments else None
        self.comment_as(person, ticket, above, upload, is_keyed)

    def comment_as(self, person, ticket, above, upload, is_keyed):
        urls = self.attachments(upload)
        body = {"ticketId": ticket.id, "text": self.next_name(), "attachmentUrls": urls}
        body |= {"parentCommentId": above.id} if above else {}
        refused = refusal_of(self.desk.check_comment, person, ticket, above, urls)
        data = self.post(person, COMMENTS, body, is_keyed, refused)
        if data:
            comment = Comment(data["id"], person, body["text"], above, urls)
            self.desk.comment(ticket, comment)
            assert without([data], "createdAt") == [shown_comment(comment, ticket)]

    @rule(
        name=who,
        at=place,
        action=st.sampled_from(sorted(LEADS_TO)),
        to=st.sampled_from([None, "mona", "dora", "adam", "bob", "nobody"]),
        condition=st.sampled_from(["none", "current", "seen"]),
    )
    def move(self, name, at, action, to, condition):
        """By anybody from anywhere."""
        ticket, person = pick(self.desk.tickets, at), self.people[name]
        assignee = {**self.people, "nobody": NOBODY}[to] if to else None
        self.move_as(person, ticket, action, assignee, condition)

    @precondition(lambda self: self.may(*LEADS_TO))
    @rule(at=place, condition=st.sampled_from(["none", "current", "seen", "seen"]))
    def move_on(self, at, condition):
        """By somebody who may."""
        person, ticket, action = pick(self.may(*LEADS_TO), at)
        self.move_as(person, ticket, action, self.people["adam"], condition)

    def may(self, *actions):
        """Who may do one of these now, to which ticket, and what."""
        return [
            (person, ticket, action)
            for ticket in self.desk.tickets
            for person in self.people.values()
            for action in sorted(ticket.allowed_to(person).intersection(actions))
        ]

    @precondition(lambda self: self.life.sent)
    @rule(at=place)
    def send_again(self, at):
        """The first answer again, whatever happened since, and nothing new."""
        person, key, url, body, first = pick(self.life.sent, at)
        headers = {"Idempotency-Key": key}
        answer = self.life.send(person, "POST", url, json=body, headers=headers)
        if agrees(answer, refusal_of(self.desk.let_in, person), 201):
            assert answer.json == first

    @precondition(lambda self: self.life.sent and len(self.desk.tickets) < 8)
    @rule(name=who, at=place)
    def use_a_key_for_something_else(self, name, at):
        """A conflict for whom it belongs to; for others it is a key like any."""
        key, person = pick(self.life.sent, at)[1], self.people[name]
        body = {"subject": self.next_name(), "description": "D"}
        headers = {"Idempotency-Key": key}
        answer = self.life.send(person, "POST", "/api/tickets", json=body, headers=headers)
        if not person.is_active:
            agrees(answer, refusal_of(self.desk.let_in, person), 201)
        elif (name, key) in {(each[0].name, each[1]) for each in self.life.sent}:
            assert answer.status_code == 409
            assert answer.json["error"]["code"] == "idempotency_conflict"
        else:
            made = answer.json["data"]["id"]
            self.desk.file(Ticket(made, person, body["subject"], None, []))
            self.life.sent.append((person, key, "/api/tickets", body, answer.json))

    @rule(name=st.sampled_from(FICKLE), is_active=st.sampled_from([True, True, False]))
    def deactivate_or_take_back(self, name, is_active):
        self.life.set_active(self.people[name], is_active)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_api_and_the_model_tell_the_same_story(app):
    """Forty lives of forty steps each, the same on every run."""
    met = Counter()
    machine = type("LivesHere", (Lives,), {"app": app, "met": met})
    run_state_machine_as_test(machine, settings=IN_A_SESSION)
    assert SUCCESSES - {(what, status) for what, status, _ in met} == set()
    for kind, codes in REFUSALS.items():
        names = set(LEADS_TO) if kind == "move" else {kind}
        assert codes - {code for what, _, code in met if what in names} == set(), kind
