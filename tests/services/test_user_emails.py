"""Users are found by email address, on every database alike."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import Column, String

from flask_support_tickets import Policy, SupportTickets
from flask_support_tickets.services.requesters import find_user_by_email

from ..databases import every_database
from ..hosts.small import declare_users, dispose, make_app

ADDRESSES = {
    "ann": "Ann.Lee@Example.org", "ole": "Øle@example.org", "kim": "kim@example.org",
    "twin": "twin@example.org", "other": "TWIN@example.org", "nobody": None,
}  # fmt: skip


@pytest.fixture
def host(database_uri):
    users = declare_users()
    users.User.email = Column(String(200))
    app = make_app(users, database_uri)
    SupportTickets(app, users.db, users.User)
    with app.app_context():
        users.db.create_all()
        for username, email in ADDRESSES.items():
            users.db.session.add(users.User(username=username, email=email))
        users.db.session.commit()
        yield app
    dispose(app, users)


@every_database
def test_user_is_found_by_the_address_in_any_case_unless_two_have_it(host):
    def found(address):
        user = find_user_by_email(address)
        return user and user.username

    for address in ("Ann.Lee@Example.org", "ann.lee@example.org", "ANN.LEE@EXAMPLE.ORG"):
        assert found(address) == "ann", address
    assert (found("Øle@example.org"), found("Øle@EXAMPLE.org")) == ("ole", "ole")
    assert found("twin@example.org") is None
    # Another letter is another person, although MariaDB's collations and PostgreSQL's lower()
    # may treat them alike: an o, a Kelvin sign, a trailing space.
    for address in (
        "Ole@example.org", "\u212aim@example.org", "kím@example.org", "kim@example.org ",
        "kim", "", "a@b, kim@example.org", "%@example.org", "k_m@example.org", "kim@\x00",
    ):  # fmt: skip
        assert found(address) is None, address


def test_host_without_an_email_column_finds_nobody_unless_its_policy_does(
    alice, change_state, caplog
):
    assert find_user_by_email("alice@example.org") is None

    class ByName(Policy):
        def find_user_by_email(self, address):
            return {"alice@example.org": alice}[address]

    change_state(policy=ByName())
    assert find_user_by_email("alice@example.org") is alice
    with caplog.at_level(logging.ERROR):
        assert find_user_by_email("bob@example.org") is None
    assert "Policy.find_user_by_email failed." in caplog.text
