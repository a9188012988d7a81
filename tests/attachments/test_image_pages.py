"""The page that shows an image of a ticket: who may see it, and its links. Rules B6, B8."""

from __future__ import annotations

import re

import pytest

from .clients import open_ticket, upload
from .samples import picture

KEY = r"/images/([0-9a-f]{40})"


def key_of(url):
    return url.split("/")[-2]


@pytest.fixture
def gallery(client, client_of, mona):
    """Return alice's ticket in progress, and the keys of its three images, oldest first."""
    png = picture("PNG", "RGB")
    first = upload(client, "first.png", png)
    number = open_ticket(client, first, upload(client)).json["data"]["id"]
    staff, keys = client_of(mona), [key_of(first)]
    staff.put(f"/api/tickets/{number}/status", json={"action": "StartProgress"})
    for name in ("second.png", "third.png"):
        url = upload(staff, name, png)
        body = {"ticketId": number, "text": name, "attachmentUrls": ["http://a.example", url]}
        staff.post("/api/ticket-comments", json=body)
        keys.append(key_of(url))
    return number, keys


@pytest.mark.parametrize("face", ["/settings/ticket", "/admin/tickets"])
def test_image_page_shows_the_image_and_leads_on_and_back(client, client_of, mona, gallery, face):
    number, keys = gallery
    reader = client if face.startswith("/settings") else client_of(mona)
    pages = [reader.get(f"{face}/{number}/images/{key}") for key in keys]
    assert [page.status_code for page in pages] == [200] * 3
    for position, page in enumerate(pages):
        text = page.text
        assert f"{position + 1} of 3" in text
        assert f"/{keys[position]}/" in re.search(r'<img src="([^"]+)\?variant=view"', text)[1]
        assert re.search(rf'/{keys[position]}/[a-z]+\.png" download', text)
        around = [keys[each] for each in (position - 1, position + 1) if 0 <= each < 3]
        assert re.findall(rf'rel="(?:prev|next)" href="{face}/{number}{KEY}', text) == around
    assert f'href="{face}/{number}#st-description"' in pages[0].text
    comments = client.get(f"/api/ticket-comments/ticket/{number}").json["data"]["comments"]
    for comment, page in zip(comments, pages[1:], strict=True):
        assert f'href="{face}/{number}#comment-{comment["id"]}"' in page.text
    ticket = reader.get(f"{face}/{number}").text
    assert re.findall(rf'href="{face}/{number}{KEY}"[^>]* data-st-image', ticket) == keys
    assert 'id="st-description"' in ticket


def test_only_images_of_the_ticket_have_a_page(client, client_of, bob, gallery):
    """Not those of another ticket, other files, unused uploads, or what is no key at all."""
    number, keys = gallery
    other = client_of(bob)
    image, note = upload(other, "his.png", picture("PNG", "RGB")), upload(other)
    theirs = open_ticket(other, image, note).json["data"]["id"]
    unused = upload(other, "unused.png", picture("PNG", "RGB"))
    assert other.get(f"/settings/ticket/{theirs}/images/{key_of(image)}").status_code == 200
    wrong_keys = key_of(note), key_of(unused), keys[0], "x", "%00"
    paths = [f"{theirs}/images/{key}" for key in wrong_keys]
    paths += [f"{number}/images/{keys[0]}", f"0/images/{keys[0]}", f"x/images/{key_of(image)}"]
    for path in paths:
        assert other.get(f"/settings/ticket/{path}").status_code == 404, path


def test_image_page_leads_back_to_the_page_of_the_comment(app, client, alice, gallery, make_upload):
    number, _ = gallery
    for each in range(app.extensions["support_tickets"].config.comments_page_size):
        client.post("/api/ticket-comments", json={"ticketId": number, "text": f"No. {each}"})
    file = make_upload(alice, "late.png", picture("PNG", "RGB"))
    body = {"ticketId": number, "text": "Late", "attachmentUrls": [file.path]}
    comment = client.post("/api/ticket-comments", json=body).json["data"]["id"]
    page = client.get(f"/settings/ticket/{number}/images/{file.storage_key}").text
    assert f'href="/settings/ticket/{number}?page=2#comment-{comment}"' in page


def test_image_page_of_staff_keeps_the_position_in_the_queue(client_of, mona, gallery):
    number, keys = gallery
    staff, query = client_of(mona), "?status=InProgress&listPage=2"
    ticket = staff.get(f"/admin/tickets/{number}{query}").text.replace("&amp;", "&")
    assert f"/admin/tickets/{number}/images/{keys[0]}{query}" in ticket
    page = staff.get(f"/admin/tickets/{number}/images/{keys[0]}{query}").text
    assert f"/admin/tickets/{number}{query}#st-description" in page.replace("&amp;", "&")
