"""Statements that are built once."""

from __future__ import annotations

from sqlalchemy import literal_column, select

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import statements
from flask_support_tickets.services.statements import prepared


def build(models, number):
    return select(literal_column(str(number)))


def test_the_same_shape_is_built_once(app):
    assert prepared(build, 1) is prepared(build, 1)
    assert prepared(build, 1) is not prepared(build, 2)


def test_no_more_are_kept_than_a_number(app, monkeypatch):
    """Whoever asks for every shape there is does not fill the memory."""
    monkeypatch.setattr(statements, "_KEPT_MAX", 10)
    current_tickets.models.statements.clear()
    for number in range(100):
        latest = prepared(build, number)
        assert prepared(build, number) is latest
        assert len(current_tickets.models.statements) <= 10
