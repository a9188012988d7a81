"""Who is staff, and what users are called."""

from __future__ import annotations

from types import SimpleNamespace as User

import pytest

from flask_support_tickets import Policy, actor_for
from flask_support_tickets.actor import name_of


@pytest.mark.parametrize(
    ("user", "roles"),
    [
        (User(roles=["a", "b"]), ["a", "b"]), (User(roles=[User(name="a")]), ["a"]),
        (User(role="a"), ["a"]), (User(role=User(name="a")), ["a"]), (User(role=None), []),
        (User(), []), (User(roles="a"), ["a"]), (User(roles=None, role="b"), ["b"]),
        (User(roles=[]), []),
    ],
)  # fmt: skip
def test_roles_are_names_or_objects_with_a_name(user, roles):
    assert list(Policy().roles(user)) == roles


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (User(display_name="D", name="N"), "D"), (User(display_name=" ", name="N"), "N"),
        (User(name=None, username="U"), "U"), (User(email="who@example.org"), "who"),
        (User(name=5, email="x@y"), "x"),
    ],
)  # fmt: skip
def test_display_name_is_the_first_name_attribute_with_text(user, name):
    assert Policy().display_name(user) == name


def test_user_without_any_name_is_called_by_the_key(app, alice):
    alice.username = " "
    assert Policy().display_name(alice) == f"User {alice.id}"
    assert name_of(None) == "Deleted user"


def test_staff_role_is_compared_without_case(app, alice, mona, adam):
    assert [actor_for(user).is_staff for user in (alice, mona, adam)] == [False, True, True]


@pytest.mark.parametrize(
    ("user", "is_staff"),
    [
        (User(is_admin=True), True), (User(is_superuser=True, role="user"), True),
        (User(is_admin=False, is_superuser=None), False), (User(is_admin=1), False),
        (User(is_admin="yes"), False), (User(is_admin=lambda: True), False),
        (User(is_admin=False, role="Moderator"), True),
    ],
)  # fmt: skip
def test_user_whose_is_admin_or_is_superuser_is_true_is_staff(app, user, is_staff):
    assert Policy().is_staff(user) is is_staff


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_STAFF_ROLES": "Helper"}])
def test_configured_staff_roles_replace_the_default(app, mona, make_user):
    assert not actor_for(mona).is_staff
    assert actor_for(make_user("h", role="HELPER")).is_staff
