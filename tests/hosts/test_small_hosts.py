"""Hosts that differ in one thing each: the user's key, a mixin, the session, the URLs."""

from __future__ import annotations

import uuid
from enum import Enum

import pytest
from sqlalchemy import Enum as EnumType
from sqlalchemy import String, Uuid, inspect
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import SupportTickets
from flask_support_tickets.services import list_assignees

from .small import declare_users, dispose, find_user, make_app, new_admin, settle, sign_in
from .trip import Trip

pytestmark = pytest.mark.slow

UUIDS = {name: uuid.uuid4() for name in ("alice", "bob", "mona")}
STRINGS = {"alice": "u-alice", "bob": "Bob Ø", "mona": "ID/mona"}
SCRIPT_NAME = {"SCRIPT_NAME": "/prefix"}


@pytest.fixture
def start(tmp_path):
    """Return a function that sets a host up, and returns it with the trip of alice's ticket."""
    made = []

    def begin(users, tickets=None, *, keys=(), **options):
        app = make_app(users, f"sqlite:///{tmp_path / 'host.db'}")
        tickets = tickets or SupportTickets(db=users.db, user_model=users.User)
        tickets.init_app(app, admin=new_admin(app))
        made.append((app, users))
        settle(app, users, **dict(keys))
        return app, Trip(sign_in(app, "alice"), sign_in(app, "mona"), **options)

    yield begin
    for each in made:
        dispose(*each)


@pytest.mark.parametrize(("kind", "keys"), [(Uuid, UUIDS), (String(40), STRINGS)])
def test_users_are_known_by_the_mapped_key_of_any_type(start, kind, keys):
    """The host's ``get_id()`` returns the username instead. Rule I1."""
    users = declare_users(mapped_column(kind, primary_key=True))
    app, trip = start(users, keys=keys)
    ticket = trip.live()
    assert ticket["statusName"] == "Closed"
    alice, mona = str(keys["alice"]), str(keys["mona"])
    assert (ticket["userId"], ticket["assignedToUserId"]) == (alice, mona)
    for value in (mona, "me"):
        found = trip.staff.get("/api/tickets", query_string={"assignedTo": value})
        assert found.json["data"]["totalCount"] == 1
    with app.app_context():
        find_user(users, "bob").role = "moderator"
        users.db.session.commit()
    trip.open_ticket()
    trip.start_progress()
    trip.transition(trip.admin_page, "Assign", assignedToUserId=str(keys["bob"]))
    assert trip.ticket()["assignedToUserId"] == str(keys["bob"])


MONA = UUIDS["mona"]
OTHER_UUIDS = [
    str(MONA).upper(),
    MONA.hex,
    f"{{{MONA}}}",
    MONA.urn,
    f" {MONA}",
    str(UUIDS["bob"]),
    7,
]
OTHER_STRINGS = ["", "Bob Ø", "nobody", "x" * 300, 7, "a\x00b"]


@pytest.mark.parametrize(
    ("kind", "keys", "others"),
    [(Uuid, UUIDS, OTHER_UUIDS), (String(40), STRINGS, OTHER_STRINGS)],
    ids=["UUID", "string"],
)
def test_assignee_key_in_another_form_than_the_api_writes_is_refused(start, kind, keys, others):
    """Rule A2."""
    _, trip = start(declare_users(mapped_column(kind, primary_key=True)), keys=keys)
    trip.open_ticket()
    for other in others:
        body = {"action": "StartProgress", "assignedToUserId": other}
        answer = trip.staff.put(f"/api/tickets/{trip.ticket_id}/status", json=body)
        assert answer.status_code == 422, other
        assert list(answer.json["error"]["fields"]) == ["assignedToUserId"]
    assert trip.ticket()["statusName"] == "New"


class Role(Enum):
    """Roles whose values in the database contradict their names."""

    admin = "user"
    guest = "moderator"


def test_roles_of_an_enum_are_known_by_their_names(start):
    kind = EnumType(
        Role, native_enum=False, values_callable=lambda roles: [role.value for role in roles]
    )
    app, _ = start(declare_users(role_type=kind))
    with app.app_context():
        assert [user.username for user in list_assignees()] == ["alice", "bob"]


def use_links(trip: Trip) -> None:
    """Open a ticket with a link through the API, and comment on it with another."""
    links = ["https://example.com/1"]
    content = {"subject": "S", "description": "D", "attachmentUrls": links}
    answer = trip.owner.post("/api/tickets", json=content)
    assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, links)
    trip.ticket_id = answer.json["data"]["id"]
    trip.start_progress()
    content = {"ticketId": trip.ticket_id, "text": "T", "attachmentUrls": links}
    answer = trip.staff.post("/api/ticket-comments", json=content)
    assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, links)


def test_host_can_switch_off_autoflush_and_expire_on_commit(start):
    _, trip = start(declare_users(autoflush=False, expire_on_commit=False))
    assert trip.live()["statusName"] == "Closed"
    use_links(trip)


class HostColumns:
    """Columns that a host adds to tickets and comments."""

    plan: Mapped[str] = mapped_column(String(20), default="free", index=True)
    level: Mapped[str | None] = mapped_column("sla_level", String(20))


def test_columns_of_a_mixin_are_stored_and_not_shown_in_the_api(start):
    users = declare_users()
    mixins = {"Ticket": HostColumns, "TicketComment": HostColumns}
    tickets = SupportTickets(db=users.db, user_model=users.User, model_mixins=mixins)
    app, trip = start(users, tickets)
    ticket = trip.live()
    assert ticket["statusName"] == "Closed"
    assert not {"plan", "level"} & ticket.keys()
    with app.app_context():
        columns = inspect(users.db.engine).get_columns("support_ticket")
        assert {"plan", "sla_level"} <= {each["name"] for each in columns}
        assert users.db.session.get(tickets.Ticket, trip.ticket_id).plan == "free"
    use_links(trip)


def test_every_link_and_redirect_carries_the_script_name(start):
    _, trip = start(declare_users(), environ_overrides=SCRIPT_NAME)
    assert trip.live()["statusName"] == "Closed"
    trip.open_ticket()
    trip.start_progress()
    html = "".join(
        trip.get(trip.owner, path).text
        for path in ("/settings/ticket", "/settings/ticket/new", trip.page)
    )
    for path in (trip.queue, trip.admin_page):
        html += trip.get(trip.staff, path).text.partition('<div class="st-root')[2]
    for attribute in ('href="/', 'action="/', 'src="/'):
        assert html.count(attribute) == html.count(f"{attribute}prefix/") > 0
    answer = trip.submit_form(trip.owner, trip.page, f"{trip.page}/comments", text="Still.")
    assert answer.location.startswith("/prefix/settings/ticket/")


def test_menu_entry_follows_the_script_name_of_each_request(start):
    _, trip = start(declare_users())
    for _ in range(2):
        assert 'href="/admin/tickets/"' in trip.get(trip.staff, "/admin/").text
        html = trip.staff.get("/admin/", environ_overrides=SCRIPT_NAME).text
        assert 'href="/prefix/admin/tickets/"' in html
        assert 'href="/admin/tickets/"' not in html
