"""The conversation on both ticket pages: replies, what is unread, where it opens. Rules R1, R4."""

import re

import pytest

from ..conftest import form_fields
from .conftest import fill


def unread(face):
    """Return how many unread comments the reader's page counts."""
    page = face.client.get(face.url, follow_redirects=True).text
    found = re.search(r">(\d+) new (?:repl|comment)", page)
    return int(found[1]) if found else 0


def test_reply_hangs_below_its_comment(face, make_comment):
    comment = make_comment(face.ticket, face.writer, "What browser?")
    page = face.client.get(f"{face.url}?replyTo={comment.id}").text
    assert f"Replying to <bdi>{face.writer.username}</bdi>" in page
    data = fill(face.client, face.url, text="Netscape", parentCommentId=str(comment.id))
    answer = face.client.post(f"{face.url}/comments", data=data)
    assert answer.status_code == 303
    page = face.client.get(answer.location).text
    assert page.index("What browser?") < page.index("st-depth-1") < page.index("Netscape")


def test_reply_leads_to_its_page_of_thread(face, make_comment):
    first = make_comment(face.ticket, face.writer)
    for _ in range(49):
        make_comment(face.ticket, face.writer)
    for fields, page in (({}, 2), ({"parentCommentId": str(first.id)}, 1)):
        data = fill(face.client, f"{face.url}?page=1", text="the latest", **fields)
        answer = face.client.post(f"{face.url}/comments", data=data)
        assert re.fullmatch(rf"{face.url}\?page={page}#comment-\d+", answer.location)
        assert "the latest" in face.client.get(answer.location).text


def test_comments_of_other_side_are_unread_until_marked(face, make_comment):
    make_comment(face.ticket, face.reader, "own")
    for text in ("one", "two"):
        make_comment(face.ticket, face.writer, text)
    assert "data-st-seen" in face.client.get(face.url).text
    assert unread(face) == 2  # looking marks nothing
    for count, left in (("1", 1), ("999999999", 0)):
        data = fill(face.client, face.url, count=count)
        answer = face.client.post(f"{face.url}/seen", data=data)
        assert (answer.status_code, answer.location) == (303, face.url)
        assert unread(face) == left
    make_comment(face.ticket, face.writer, "three")  # no marker goes beyond what there was
    assert unread(face) == 1


def test_invalid_read_marker_is_refused(face, make_comment, everything):
    """Rule C1."""
    make_comment(face.ticket, face.writer)
    data, before = fill(face.client, face.url, count="1"), everything()
    for count in ("", "x", "-1", "0", "9" * 30):
        answer = face.client.post(f"{face.url}/seen", data={**data, "count": count})
        assert answer.status_code == 422, count
    for token in ("", "junk"):
        answer = face.client.post(f"{face.url}/seen", data={**data, "csrf_token": token})
        assert answer.status_code == 400, token
    assert everything() == before


@pytest.mark.parametrize(("seen", "left"), [(None, 0), ("1", 1), ("", 2)])
def test_reply_marks_as_read_only_what_its_page_showed(face, make_comment, seen, left):
    for _ in range(2):
        make_comment(face.ticket, face.writer)
    page = face.client.get(face.url).text
    shown = re.search(r'name="seenCount" value="(\d*)"', page)[1] if seen is None else seen
    data = fill(face.client, face.url, text="Thanks.", seenCount=shown)
    assert face.client.post(f"{face.url}/comments", data=data).status_code == 303
    assert unread(face) == left


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_COMMENTS_PAGE_SIZE": 5}])
@pytest.mark.parametrize("path", ["seen", "comments"])
def test_form_marks_as_read_only_what_its_page_showed(face, make_comment, path):
    for _ in range(12):
        make_comment(face.ticket, face.writer)
    for page, left in ((3, 12), (1, 7), (3, 7), (2, 2), (3, 0)):
        form = face.client.get(f"{face.url}?page={page}").text
        assert ("data-st-seen" in form) is ("Mark as read" in form) is (left < unread(face))
        numbers = dict(re.findall(r'name="(count|seenCount)" value="(\d*)"', form))
        data = {**form_fields(form), **numbers, "text": "Thanks."}
        if numbers.get("count", "0") != "0" or path == "comments":
            answer = face.client.post(f"{face.url}/{path}?page={page}", data=data)
            assert answer.status_code == 303
        assert unread(face) == left


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_COMMENTS_PAGE_SIZE": 5}])
def test_long_thread_opens_at_first_unread_comment_or_newest_page(face, make_comment):
    for number in range(1, 13):
        make_comment(face.ticket, face.writer, f"number {number}.")
        answer = face.client.get(face.url)
        assert (answer.status_code == 302) is (number > 5)
    for count, place, text in (
        ("5", "?page=2#first-unread", "number 6."), ("7", "?page=2#first-unread", "number 8."),
        ("10", "?page=3#first-unread", "number 11."), ("12", "?page=3#newest", "number 12."),
    ):  # fmt: skip
        data = fill(face.client, f"{face.url}?page=1", count=count)
        assert face.client.post(f"{face.url}/seen", data=data).status_code == 303
        answer = face.client.get(face.url)
        assert (answer.status_code, answer.location) == (302, face.url + place)
        page = face.client.get(answer.location).text
        anchor = f'id="{place.partition("#")[2]}"'
        assert page.count(anchor) == 1
        assert page.partition(anchor)[2].partition("number ")[2].startswith(text[7:])
        start = face.client.get(f"{face.url}?page=1").text  # an explicit page wins
        assert "number 1." in start
        if "first" in place:
            assert f'href="{face.url}{place}">Go to the first new reply' in start
    assert face.client.get(f"{face.url}?page=&search=").status_code == 302
    assert "number 1." in face.client.get(f"{face.url}?page=1").text


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_COMMENTS_PAGE_SIZE": 5}])
def test_links_of_a_long_thread_name_their_page(face, make_comment):
    for _ in range(6):
        make_comment(face.ticket, face.reader)
    page = face.client.get(f"{face.url}?page=1").text
    links = re.findall(rf'"({face.url}(?:/comments)?[?#"][^"]*)', page)
    assert len(links) > 5
    assert [link for link in links if "page=" not in link] == []
    last = face.client.get(f"{face.url}?page=2").text
    assert f'href="{face.url}?page=1">Go to the first page' in last


def test_first_unread_reply_is_the_one_that_is_read_first(face, make_comment):
    """A list leads to it, below a thread that continued later."""
    root = make_comment(face.ticket, face.reader)
    make_comment(face.ticket, face.writer, "second")
    make_comment(face.ticket, face.writer, "first", parent=root)
    page = face.client.get(face.url).text
    assert page.partition('id="first-unread"')[2].index("first") < page.index("second")
    assert 'href="#first-unread">Go to the first new reply' in page
    queue = face.client.get(face.url.rpartition("/")[0], follow_redirects=True).text
    assert f'href="{face.url}#first-unread"' in queue


def test_get_of_form_address_leads_back_to_ticket(face):
    """A sign-in in the middle of reading comes back there. Case 36."""
    answer = face.client.get(f"{face.url}/seen")
    assert (answer.status_code, answer.location) == (303, face.url)
