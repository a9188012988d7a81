"""HTML with slots that are filled for each row."""

from __future__ import annotations

from flask import render_template_string, url_for

from flask_support_tickets.web.pattern import Pattern, slot


def test_what_is_around_the_slots_stays_as_it_is():
    pattern = Pattern(f"50 % of %(id)s %s {{}} {slot('id')}{slot('part_name')}, {slot('id')}")
    filled = pattern.fill({"id": 12, "part_name": "%s & <b>"})
    assert filled == "50 % of %(id)s %s {} 12%s & <b>, 12"


def test_a_slot_passes_through_templates_and_addresses(app):
    with app.test_request_context():
        endpoint = "support_tickets_pages.show_ticket"
        address = url_for(endpoint, ticket_id=slot("id"), search="x02idx03%")
        link = '<a title="{{ id }}" href="{{ to }}">'
        html = render_template_string(link, id=slot("id"), to=address)
    assert Pattern(html).fill({"id": 7}) == (
        '<a title="7" href="/settings/ticket/7?search=x02idx03%25">'
    )


def test_names_that_are_sent_are_no_slots():
    assert Pattern("slotxidxslot").fill({}) == "slotxidxslot"
