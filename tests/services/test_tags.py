"""Tags of tickets. Rule M2."""

from __future__ import annotations

import threading

import pytest
from marshmallow import ValidationError

from flask_support_tickets import NotAllowed, actor_for, unit_of_work
from flask_support_tickets.services import TicketFilter, list_tickets
from flask_support_tickets.services.tickets.tags import clean_tags, set_tags, with_tags

from ..databases import every_database
from ..host import db, tickets


def names_of(actor, **criteria):
    """Return the tags of the tickets in a list, by id."""
    found = list_tickets(actor=actor, criteria=TicketFilter(**criteria)).items
    return {ticket.id: ticket.tags for ticket in with_tags(actor, found)}


@every_database
def test_tags_are_compared_without_case_and_keep_their_first_spelling(make_ticket, mona):
    one, two = make_ticket().id, make_ticket().id
    actor = actor_for(mona)
    assert unit_of_work(set_tags, one, ["VPN", "vpn", " Straße "]) == ([], ["Straße", "VPN"])
    assert unit_of_work(set_tags, two, ["STRASSE", "Ünix"]) == ([], ["Straße", "Ünix"])
    assert unit_of_work(set_tags, one, ["vpn", "ünix"]) == (["Straße", "VPN"], ["VPN", "Ünix"])
    assert unit_of_work(set_tags, one, ["ÜNIX", "Vpn"]) == (["VPN", "Ünix"], ["VPN", "Ünix"])
    assert names_of(actor) == {one: ("VPN", "Ünix"), two: ("Straße", "Ünix")}
    assert names_of(actor, tag="STRASSE").keys() == {two}
    assert names_of(actor, tag="ünIX").keys() == {one, two}
    assert names_of(actor, tag="unix") == names_of(actor, tag="missing") == {}
    assert unit_of_work(set_tags, two, []) == (["Straße", "Ünix"], [])
    assert db.session.query(db.func.count()).select_from(tickets.Ticket).scalar() == 2


def test_wrong_tags_change_nothing(make_ticket, everything):
    ticket, before = make_ticket().id, everything()
    for names in (["x" * 41], [""], ["ok", " "], ["a,b"], ["a\x00"], [str(n) for n in range(21)]):
        with pytest.raises(ValidationError):
            unit_of_work(set_tags, ticket, names)
    assert everything() == before
    assert len(clean_tags([str(number) for number in range(20)] + ["1", " 2"])) == 20
    assert clean_tags(["x" * 40, "a\tb", "A B"]) == ("a b", "x" * 40)


def test_requesters_never_get_tags(make_ticket, alice, mona):
    ticket = make_ticket().id
    unit_of_work(set_tags, ticket, ["secret"])
    assert names_of(actor_for(mona)) == {ticket: ("secret",)}
    assert names_of(actor_for(alice)) == {ticket: ()}
    with pytest.raises(NotAllowed):
        names_of(actor_for(alice), tag="secret")


@every_database
def test_two_units_create_the_same_tag_at_once(app, make_ticket, mona):
    made = [make_ticket().id for _ in range(4)]
    barrier, errors = threading.Barrier(len(made)), []

    def tag(ticket_id):
        try:
            with app.app_context():
                barrier.wait()
                unit_of_work(set_tags, ticket_id, ["One", "two", "Three"])
                db.session.remove()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=tag, args=(ticket_id,)) for ticket_id in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    db.session.rollback()
    assert set(names_of(actor_for(mona)).values()) == {("One", "Three", "two")}
    count = "SELECT count(*) FROM support_ticket_tag"
    assert db.session.execute(db.text(count)).scalar() == 3


@every_database
def test_deleting_a_ticket_or_a_tag_deletes_the_tagging(make_ticket, mona):
    one, two = make_ticket(), make_ticket()
    for ticket in (one, two):
        unit_of_work(set_tags, ticket.id, ["a", "b"])
    db.session.delete(db.session.get(tickets.Ticket, one.id))
    db.session.commit()
    count = "SELECT count(*) FROM support_ticket_tagging"
    assert db.session.execute(db.text(count)).scalar() == 2
    assert [tag.name for tag in db.session.get(tickets.Ticket, two.id).tags] == ["a", "b"]
    db.session.commit()


def test_tags_of_a_page_are_read_in_one_statement(make_ticket, mona, statements):
    made = [make_ticket().id for _ in range(5)]
    for ticket_id in made:
        unit_of_work(set_tags, ticket_id, ["a", str(ticket_id)])
    bare = make_ticket().id
    found = list_tickets(actor=actor_for(mona)).items
    with statements() as sent:
        assert len(with_tags(actor_for(mona), found)) == 6
    assert len(sent) == 1
    with statements() as sent:
        with_tags(actor_for(mona), [])
        with_tags(actor_for(mona), [ticket for ticket in found if ticket.id == bare])
    assert sent == []
