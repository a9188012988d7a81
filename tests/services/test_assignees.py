"""Who can be assigned a ticket. Rule A2."""

from __future__ import annotations

import dataclasses

from flask_support_tickets import Policy, actor_for
from flask_support_tickets.services import assignees, list_assignees, recent_assignees

from ..databases import every_database
from ..host import db


@every_database
def test_assignees_are_the_active_staff_by_name(app, alice, mona, adam, make_user):
    make_user("gone", role="admin", active=False)
    assert [user.username for user in list_assignees()] == ["adam", "mona"]


@every_database
def test_staff_role_counts_in_any_case(app, alice, make_user, change_state):
    config = app.extensions["support_tickets"].config
    change_state(config=dataclasses.replace(config, staff_roles=("Modérateur",)))
    roles = ("modérateur", "MODÉRATEUR", "Modérateur")
    chosen = [make_user(f"user {number}", role=role) for number, role in enumerate(roles)]
    assert all(actor_for(user).is_staff for user in chosen)
    assert list_assignees() == chosen


def test_offered_assignees_are_remembered_for_a_minute(app, mona, adam, monkeypatch):
    assert recent_assignees() == {adam.id: "adam", mona.id: "mona"}
    adam.active = False
    db.session.commit()
    assert recent_assignees() == {adam.id: "adam", mona.id: "mona"}
    monkeypatch.setattr(assignees, "RECENT_SECONDS", -1.0)
    assert recent_assignees() == {mona.id: "mona"}


def test_assignees_are_whom_the_policy_of_the_host_names(alice, mona, change_state):
    class ByName(Policy):
        def is_staff(self, user):
            return user.username == "alice"

    change_state(policy=ByName())
    assert list_assignees() == [alice]
