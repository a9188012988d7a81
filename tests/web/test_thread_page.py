"""The conversation on both ticket pages: replies, and what is unread. Rule R1."""

import re

import pytest

from .conftest import fill


def unread(face):
    """Return how many unread comments the reader's page counts."""
    found = re.search(r">(\d+) new (?:repl|comment)", face.client.get(face.url).text)
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
    for fields, page in (({}, r"\?page=2"), ({"parentCommentId": str(first.id)}, "")):
        data = fill(face.client, face.url, text="the latest", **fields)
        answer = face.client.post(f"{face.url}/comments", data=data)
        assert re.fullmatch(rf"{face.url}{page}#comment-\d+", answer.location)
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


def test_unread_comment_on_another_page_is_not_marked_by_itself(face, make_comment):
    for _ in range(50):
        make_comment(face.ticket, face.reader)
    make_comment(face.ticket, face.writer)
    assert unread(face) == 1
    assert "data-st-seen" not in face.client.get(face.url).text
    assert "data-st-seen" in face.client.get(f"{face.url}?page=2").text


def test_get_of_form_address_leads_back_to_ticket(face):
    """A sign-in in the middle of a reply comes back there. Case 36."""
    for path in ("comments", "seen"):
        answer = face.client.get(f"{face.url}/{path}")
        assert (answer.status_code, answer.location) == (303, face.url)
