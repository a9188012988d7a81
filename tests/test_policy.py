"""Who is staff, and what users are called."""

from __future__ import annotations

from types import SimpleNamespace as User

import pytest

from flask_support_tickets import Policy, actor_for
from flask_support_tickets.actor import avatar_url_of, email_of, name_of, profile_url_of


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


@pytest.mark.parametrize(
    "address", ["a@b", "Ann.Lee+x@Example.org", "o'neil@example.org", "øle@bücher.example"]
)
def test_email_address_is_the_users_email(app, address):
    assert email_of(User(email=address)) == address


@pytest.mark.parametrize(
    "value",
    [
        None, "", 5, "ann", "@example.org", "ann@", "a@b@c", "a b@example.org", " a@b", "a@b\n",
        "Ann <a@example.org>", "a@example.org, b@example.org", "a@b\r\nBcc: c@d", "a\u200b@b",
        "x" * 250 + "@example.org", lambda: "a@example.org",
    ],
)  # fmt: skip
def test_email_that_is_not_a_single_address_is_ignored(app, value):
    assert email_of(User(email=value)) is None
    assert email_of(User()) is email_of(None) is None


class PolicyWithLinks(Policy):
    def profile_url(self, user):
        return user.link

    avatar_url = profile_url


@pytest.mark.parametrize(
    ("link", "is_accepted"),
    [
        ("https://example.org", True), ("HTTP://example.org:8080/a?b=c#d", True),
        ("/users/5", True), ("/", True), ("/a?next=//b", True), ("https://example.org/ü", True),
        ("javascript:alert(1)", False), ("data:image/svg+xml,x", False), ("//evil.example", False),
        ("/\\evil.example", False), ("/a\tb", False), (" /a", False), ("https:///a", False),
        ("https://user@example.org", False), ("users/5", False), ("", False), (None, False),
        (5, False), ("ftp://example.org", False), ("/a\u202eb", False), ("/\n/evil.example", False),
    ],
)  # fmt: skip
def test_profile_and_avatar_are_http_urls_or_paths_on_this_host(
    app, change_state, link, is_accepted
):
    change_state(policy=PolicyWithLinks())
    expected = link if is_accepted else None
    assert profile_url_of(User(link=link)) == avatar_url_of(User(link=link)) == expected


def test_users_have_no_profile_or_avatar_by_default(app, alice):
    assert profile_url_of(alice) is avatar_url_of(alice) is None


def test_error_in_the_policy_counts_as_no_value_and_is_logged(app, change_state, alice, caplog):
    class Broken(Policy):
        def email(self, user):
            return user.missing

        profile_url = avatar_url = email

    change_state(policy=Broken())
    assert email_of(alice) is profile_url_of(alice) is avatar_url_of(alice) is None
    for method in ("email", "profile_url", "avatar_url"):
        assert f"Policy.{method} failed." in caplog.text
