"""The form with which staff edit a ticket. Rule W10."""

from html import unescape

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.services import edit_ticket

from ..web.conftest import fill_whole_form


def test_staff_edit_ticket_and_history_says_what_changed(staff, make_ticket, everything):
    ticket = make_ticket(TicketStatus.Resolved, subject="A")
    url = f"/admin/tickets/{ticket.id}"
    assert f'href="{url}/edit?status=New"' in staff.get(f"{url}?status=New").text
    page = staff.get(f"{url}/edit").text
    assert 'name="subject"' in page
    assert "<textarea" not in page
    before = everything()
    blank = staff.post(f"{url}/edit", data=fill_whole_form(staff, f"{url}/edit", subject=" "))
    assert (blank.status_code, "Enter a subject." in blank.text) == (422, True)
    assert everything() == before
    data = fill_whole_form(staff, f"{url}/edit", subject="B", priority="3")
    answer = staff.post(f"{url}/edit?status=New", data=data)
    assert (answer.status_code, answer.location) == (303, f"{url}?status=New")
    page = unescape(staff.get(url).text)
    assert "changed the ticket: Subject (A → B), Priority (Normal → Urgent)" in page


def test_edit_of_changed_ticket_is_409_and_keeps_what_was_typed(
    staff, alice, as_actor, make_ticket, everything
):
    """Rule E3."""
    ticket = make_ticket()
    url = f"/admin/tickets/{ticket.id}/edit"
    data = fill_whole_form(staff, url, subject="My words")
    unit_of_work(edit_ticket, actor=as_actor(alice), ticket_id=ticket.id, department="IT")
    before = everything()
    answer = staff.post(url, data=data)
    assert (answer.status_code, "My words" in answer.text) == (409, True)
    assert everything() == before


def test_closed_ticket_cannot_be_edited(staff, make_ticket, everything):
    url = f"/admin/tickets/{make_ticket(TicketStatus.Closed).id}"
    new = f"/admin/tickets/{make_ticket().id}"
    assert "/edit" not in staff.get(url).text
    assert staff.get(f"{url}/edit").location == url
    data, before = {**fill_whole_form(staff, f"{new}/edit", subject="S"), "etag": ""}, everything()
    assert staff.post(f"{url}/edit", data=data).status_code == 409
    assert everything() == before
