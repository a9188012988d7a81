"""The workflow as the contract tells it, in plain Python: nothing of the package is used here.

Each method answers what the API must answer: an HTTP status, and an error code or what was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NEW, IN_PROGRESS, RESOLVED, CLOSED = range(4)
STATUS_NAMES = ("New", "InProgress", "Resolved", "Closed")
#: Section 4 of the contract: what each side may do in each status.
OWNER_MAY = {NEW: set(), IN_PROGRESS: {"Comment"}, RESOLVED: {"Comment", "Reopen"}, CLOSED: set()}
STAFF_MAY = {
    NEW: {"StartProgress"},
    IN_PROGRESS: {"Comment", "MarkAsResolved", "Assign"},
    RESOLVED: {"Close", "Reopen"},
    CLOSED: set(),
}
LEADS_TO = {
    "StartProgress": IN_PROGRESS,
    "MarkAsResolved": RESOLVED,
    "Close": CLOSED,
    "Reopen": IN_PROGRESS,
    "Assign": IN_PROGRESS,
}
ASSIGNS = {"StartProgress", "Assign"}
REPLIES_NEST_AT_MOST = 8


@dataclass
class Refused(Exception):
    """A request that changes nothing; ``ticket_status`` is told with conflicts."""

    status: int
    code: str
    ticket_status: int | None = None


@dataclass
class Person:
    name: str
    is_staff: bool
    id: int = 0
    is_active: bool = True


@dataclass
class Comment:
    id: int
    author: Person
    text: str
    parent: Comment | None
    attachments: list[str]
    is_staff: bool = False
    replies: list[Comment] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1


@dataclass
class Ticket:
    id: int
    owner: Person
    subject: str
    department: str | None
    attachments: list[str]
    status: int = NEW
    assignee: Person | None = None
    comments: list[Comment] = field(default_factory=list)
    #: (action, from, to, who, to whom, comment)
    events: list[tuple[str, int | None, int, Person, Person | None, int | None]] = field(
        default_factory=list
    )

    @property
    def version(self) -> int:
        """Every change leaves one event."""
        return len(self.events)

    @property
    def all_attachments(self) -> list[str]:
        lists = [self.attachments, *(comment.attachments for comment in self.comments)]
        return [url for urls in lists for url in urls]

    def is_seen_by(self, person: Person) -> bool:
        return person.is_staff or person is self.owner

    def allowed_to(self, person: Person) -> set[str]:
        return self._allowed_to(person, self.status)

    def ever_allowed_to(self, person: Person) -> set[str]:
        return set().union(*(self._allowed_to(person, status) for status in range(4)))

    def _allowed_to(self, person: Person, status: int) -> set[str]:
        as_owner = OWNER_MAY[status] if person is self.owner else set()
        as_staff = STAFF_MAY[status] if person.is_staff else set()
        return as_owner | as_staff


@dataclass
class Desk:
    """All tickets, and the uploads that were not used yet."""

    tickets: list[Ticket] = field(default_factory=list)
    #: Address of each unused upload, and whose it is.
    uploads: dict[str, Person] = field(default_factory=dict)

    def let_in(self, person: Person) -> None:
        if not person.is_active:
            raise Refused(401, "not_authenticated")

    def visible_to(self, person: Person) -> list[Ticket]:
        """Newest first."""
        return [ticket for ticket in reversed(self.tickets) if ticket.is_seen_by(person)]

    def check_use_of(self, urls: list[str], person: Person) -> None:
        if any(url.startswith("/") and self.uploads.get(url) is not person for url in urls):
            raise Refused(422, "invalid")

    def use(self, urls: list[str]) -> None:
        for url in urls:
            self.uploads.pop(url, None)

    def check_filing(self, person: Person, urls: list[str]) -> None:
        self.let_in(person)
        self.check_use_of(urls, person)

    def file(self, ticket: Ticket) -> None:
        self.use(ticket.attachments)
        ticket.events.append(("Open", None, NEW, ticket.owner, None, None))
        self.tickets.append(ticket)

    def check_comment(
        self, person: Person, ticket: Ticket, parent: Comment | None, urls: list[str]
    ) -> None:
        self.let_in(person)
        if not ticket.is_seen_by(person):
            raise Refused(404, "not_found")
        if parent is not None and (
            parent not in ticket.comments or parent.depth >= REPLIES_NEST_AT_MOST
        ):
            raise Refused(422, "invalid")
        self.check_use_of(urls, person)
        if "Comment" not in ticket.allowed_to(person):
            raise Refused(409, "comments_not_allowed", ticket.status)

    def comment(self, ticket: Ticket, comment: Comment) -> None:
        self.use(comment.attachments)
        comment.is_staff = comment.author.is_staff
        ticket.comments.append(comment)
        if comment.parent is not None:
            comment.parent.replies.append(comment)
        status = ticket.status
        ticket.events.append(("Comment", status, status, comment.author, None, comment.id))

    def move(
        self,
        person: Person,
        ticket: Ticket,
        action: str,
        assignee: Person | None,
        *,
        is_stale: bool = False,
    ) -> None:
        """Take a step. ``is_stale`` says that ``If-Match`` names another state of the ticket."""
        self.let_in(person)
        if action == "Assign" and assignee is None:
            raise Refused(422, "invalid")
        if not ticket.is_seen_by(person):
            raise Refused(404, "not_found")
        if action not in ticket.ever_allowed_to(person):
            raise Refused(403, "not_allowed")
        if action in ASSIGNS:
            assignee = assignee or person
            if not (assignee.is_staff and assignee.is_active):
                raise Refused(422, "invalid")
        if is_stale:
            raise Refused(412, "precondition_failed", ticket.status)
        if action not in ticket.allowed_to(person):
            raise Refused(409, "invalid_transition", ticket.status)
        before, ticket.status = ticket.status, LEADS_TO[action]
        given = assignee if action in ASSIGNS else None
        ticket.assignee = given or ticket.assignee
        ticket.events.append((action, before, ticket.status, person, given, None))
