"""Staff list the saved replies. Rule M3."""

from __future__ import annotations

from flask_support_tickets import Policy, actor_for, unit_of_work
from flask_support_tickets.services import create_saved_reply

URL = "/api/ticket-saved-replies"


class NoPermissions(Policy):
    def may(self, user, permission):
        return False


def test_staff_list_saved_replies_with_their_placeholders(client_of, change_state, mona):
    assert client_of(mona).get(URL).json == {"success": True, "data": {"savedReplies": []}}
    saved = [
        unit_of_work(create_saved_reply, actor=actor_for(mona), title=title, text=text)._asdict()
        for title, text in (("b", "Hello {requester}!\n\n{staff}"), ("A", "<b>"))
    ]
    answer = client_of(mona).get(URL)
    assert answer.json == {"success": True, "data": {"savedReplies": saved[::-1]}}
    assert list(saved[0]) == ["id", "title", "text"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    change_state(policy=NoPermissions())
    assert client_of(mona).get(URL).json == answer.json


def test_requesters_get_no_saved_replies(client_of, alice, mona):
    unit_of_work(create_saved_reply, actor=actor_for(mona), title="Secret", text="Secret")
    for query in ("", "?page=1"):
        answer = client_of(alice).get(URL + query)
        assert "Secret" not in answer.text
        assert (answer.status_code, answer.json["error"]["code"]) == (
            (422, "invalid") if query else (403, "not_allowed")
        )
    assert client_of(mona).post(URL, json={}).status_code == 405
