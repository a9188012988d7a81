"""The pages of saved replies. Rule M3."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask_admin import Admin

from flask_support_tickets import Policy, actor_for, unit_of_work
from flask_support_tickets.admin import TicketView
from flask_support_tickets.services import create_saved_reply

from ..host import tickets
from .conftest import token_of

URL = "/admin/ticket-saved-replies/"


@pytest.fixture
def save(mona):
    def create(title, text="Words."):
        return unit_of_work(create_saved_reply, actor=actor_for(mona), title=title, text=text).id

    return create


@pytest.fixture
def post(staff):
    def send(path, **fields):
        return staff.post(URL + str(path), data={"csrf_token": token_of(staff), **fields})

    return send


def listed(staff, query=""):
    """Return each title and the beginning of its text."""
    page = staff.get(URL + query).text
    found = re.findall(r"<bdi>([^<]*)</bdi></a><p [^>]*>([^<]*)</p>", page)
    return [(unescape(title), unescape(text)) for title, text in found]


def test_saved_replies_are_listed_searched_created_and_changed(staff, post):
    assert "No saved replies yet" in staff.get(URL).text
    assert "New saved reply" in staff.get(f"{URL}new").text
    assert post("new", title=" <b>Hello</b> ", text="Hi {requester}!\r\n").location == URL
    assert "The saved reply “&lt;b&gt;Hello&lt;/b&gt;” is saved." in staff.get(URL).text
    post("new", title="Bye", text="x" * 200)
    assert listed(staff) == [("<b>Hello</b>", "Hi {requester}!"), ("Bye", "x" * 137 + "...")]
    assert listed(staff, "?search=HI") == [("<b>Hello</b>", "Hi {requester}!")]
    assert listed(staff, "?search=unknown%00%ed%a0%80%ff") == []
    assert "No saved replies match your search." in staff.get(f"{URL}?search=unknown").text
    number = re.search(rf'href="{URL}(\d+)"><bdi>Bye', staff.get(URL).text)[1]
    form = staff.get(URL + number).text
    assert 'value="Bye"' in form
    assert f">\n{'x' * 200}</textarea>" in form
    assert post(number, title="Good-bye", text="y").status_code == 303
    assert listed(staff)[1] == ("Good-bye", "y")


def test_saved_reply_is_deleted_after_a_question(staff, post, save):
    number = save("<i>")
    for asked in (staff.get(f"{URL}{number}/delete"), post(f"{number}/delete")):
        assert "Delete the saved reply “&lt;i&gt;”?" in asked.text
        assert 'name="confirmed" value="yes"' in asked.text
    staff.post(f"{URL}{number}/delete", data={"confirmed": "yes"})
    assert "This page has expired." in staff.get(URL).text
    assert len(listed(staff)) == 1
    assert post(f"{number}/delete", confirmed="yes").location == URL
    assert listed(staff) == []
    for path in (number, f"{number}/delete", "0", "x/delete"):
        assert staff.get(f"{URL}{path}").status_code == 404
        assert post(path, confirmed="yes", title="T", text="T").status_code == 404


def test_wrong_input_is_explained_and_kept(staff, post, save, everything):
    save("Taken")
    number, before = save("Other"), everything()
    for path in ("new", number):
        taken = post(path, title="Taken", text="My\n<text>")
        assert taken.status_code == 422
        assert taken.text.count("already a saved reply called “Taken”.") == 2
        assert 'value="Taken"' in taken.text
        assert ">\nMy\n&lt;text&gt;</textarea>" in taken.text
        assert 'aria-invalid="true"' in taken.text
        blank = post(path)
        assert blank.status_code == 422
        assert {"Enter a title.", "Enter the text."} <= set(re.findall(r">([^<]+)</a>", blank.text))
        assert post(path, title="x" * 101, text="T\x00").status_code == 422
        forged = staff.post(f"{URL}{path}", data={"title": "Typed", "text": "T"})
        assert (forged.status_code, 'value="Typed"' in forged.text) == (400, True)
    assert everything() == before


def test_pages_are_for_staff_with_the_permission(client_of, alice, staff, save, change_state, post):
    class NoSavedReplies(Policy):
        def may(self, user, permission):
            return permission != "saved_replies"

    number, queue = save("Secret"), "/admin/tickets/"
    paths = ("", "new", number, f"{number}/delete")
    for path in paths:
        assert client_of(alice).get(f"{URL}{path}").status_code == 403
        assert client_of(None).get(f"{URL}{path}").status_code in (302, 401)
    assert f'<a href="{URL}">Saved replies</a>' in staff.get(queue).text
    change_state(policy=NoSavedReplies())
    assert "Saved replies" not in staff.get(queue).text
    for path in paths:
        answers = [staff.get(f"{URL}{path}")]
        if path:
            answers.append(post(path, title="T", text="T", confirmed="yes"))
        assert [answer.status_code for answer in answers] == [403] * len(answers)
        assert not any("Secret" in answer.text for answer in answers)


def test_menu_has_an_entry_only_in_a_category(make_desk):
    in_category = make_desk(type("OpenDesk", (TicketView,), {"category": "Customers"}))
    assert f'href="{URL}"' in in_category.client().get("/admin/").text
    assert "Saved replies" not in make_desk().client().get("/admin/").text


def test_each_admin_has_its_own_pages(app, client_of, mona, save):
    save("Hello")
    office = Admin(app, name="Office", url="/office", endpoint="office")
    tickets.attach_admin(app, office)
    client = client_of(mona)
    for root in ("/office", "/admin"):
        page = client.get(f"{root}/ticket-saved-replies/").text
        assert f'href="{root}/ticket-saved-replies/1">' in page
        assert f'href="{root}/tickets/"' in page
        assert client.get(f"{root}/ticket-saved-replies/1").status_code == 200
