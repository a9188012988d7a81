"""The adversarial cases about what people write into pages: 51, 52, 53, 61, 63 and 64."""

from __future__ import annotations

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import move_ticket

from ..api.matrix import CONTRACT, PUBLIC, Things
from ..host import db, tickets
from ..hosts.inline import find_inline
from .conftest import NEW, fill, new_ticket
from .pages import Page

#: Case 51: out of text, out of an attribute, out of a title, a text area or a script.
ESCAPES = [
    "<script>evil()</script>", '" autofocus onfocus=evil() x="', "' onmouseover='evil()",
    "</title><script>evil()</script>", "</textarea><script>evil()</script>", "</option><script>x",
    "<!--<script>evil()", "]]><svg onload=evil()>", "&lt;script&gt;evil()&lt;/script&gt;",
    "&#60;script&#62;", "\\u003cscript\\u003e", "javascript:evil()", "`${evil()}`",
]  # fmt: skip
#: Case 53: elements that run, load, send or change the page.
ELEMENTS = [
    "<img src=x onerror=evil()>", "<svg/onload=evil()>", "<math><mi//xlink:href='data:x'>",
    "<iframe src=//evil.example></iframe>", "<object data=//evil.example></object>",
    "<form action=//evil.example><button>Sign in</button></form>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<style>@import '//evil'</style>",
    "<link rel=stylesheet href=//evil.example>", "<button formaction=//evil.example>Close</button>",
    "<svg></p><style><a id='</style><img src=x onerror=evil()>'>", "<details open ontoggle=evil()>",
    "<noscript><p title='</noscript><img src=x onerror=evil()>'>", "<a href=javascript:evil()>x",
    "<input type=hidden name=csrf_token value=evil>", "<template><script>evil()</script>",
]  # fmt: skip
#: Case 61: what other languages would fill in.
TEMPLATES = [
    "{{7*7}}", "{{ config.SECRET_KEY }}", "${7*7}", "#{7*7}", "{% raw %}", "{% include 'x' %}",
    "%s%n%x", "%(name)s %(status)s", "{0.__class__}", "{name}", "<%= 7*7 %>", "$HOME `id`",
]  # fmt: skip
#: Case 52: where a link must not lead.
LINKS = [
    "javascript:evil()", "JaVaScRiPt:evil()", "data:text/html,<script>evil()</script>",
    "vbscript:evil()", "&#x6A;avascript:evil()", "java\tscript:evil()", "java\nscript:evil()",
    "\x01javascript:evil()", "//evil.example", "\\\\evil.example", "/\\evil.example", "ftp://x/",
    "file:///x", "http:evil.example", "http:///evil.example", "http://a@evil.example", "evil",
    "blob:http://localhost/x", "about:blank", "view-source:http://localhost/", "mailto:x@evil",
]  # fmt: skip


class Scene:
    """A ticket whose every text, and whose people's names, can be set to one thing."""

    def __init__(self, ticket, comment, reply, owner, staff):
        self.ticket, self.comment, self.reply = ticket, comment, reply
        self.owner, self.staff = owner, staff

    def say(self, words, name=None):
        """Let all that people wrote be ``words``, and their names begin with ``name``."""
        name = (name or words)[:70]
        self.ticket.subject = self.ticket.description = words
        self.ticket.department = words[:100]
        self.comment.text = self.reply.text = words
        self.owner.username, self.staff.username = name, f"{name} 2"
        db.session.commit()

    def pages(self, user, desk, words):
        """Yield (address, page) of every page on which something of it is shown."""
        number, reply = self.ticket.id, f"?replyTo={self.comment.id}"
        mine, theirs = f"/settings/ticket/{number}", f"/admin/tickets/{number}"
        form = {"subject": words, "description": words, "text": words, "department": words[:100]}
        typed = fill(user, **form, csrf_token="stale", parentCommentId=str(self.comment.id))
        yield from ((url, user.get(url)) for url in ("/settings/ticket", mine, mine + reply))
        yield NEW, user.post(NEW, data=typed)
        yield f"{mine}/comments", user.post(f"{mine}/comments", data=typed)
        yield from ((url, desk.get(url)) for url in ("/admin/tickets/", theirs, theirs + reply))
        yield f"{theirs}/comments", desk.post(f"{theirs}/comments", data=typed)

    def lists(self, user, desk, words):
        """Yield the lists that are asked for ``words``, one field after the other."""
        for name in ("search", "status", "department", "assignedTo"):
            for client, url in ((desk, "/admin/tickets/"), (user, "/settings/ticket")):
                yield client.get(url, query_string={name: words})


@pytest.fixture
def scene(make_user, make_ticket, make_comment, mona):
    owner, staff = make_user("words"), make_user("words 2", role="moderator")
    content = {"owner": owner, "staff": staff, "attachment_urls": ["https://example.org/a"]}
    ticket = make_ticket(TicketStatus.InProgress, **content, department="words")
    step = {"action": Action.Assign, "assigned_to_user_id": staff.id}
    unit_of_work(move_ticket, actor=actor_for(mona), ticket_id=ticket.id, **step)
    comment = make_comment(ticket, owner, "words")
    return Scene(
        ticket, comment, make_comment(ticket, staff, "words", parent=comment), owner, staff
    )


@pytest.fixture
def user(client_of, scene):
    return client_of(scene.owner)


@pytest.fixture
def desk(client_of, scene):
    return client_of(scene.staff)


def read(answer):
    assert answer.status_code in (200, 400, 422), answer.status_code
    return Page(answer.text)


class TestWords:
    def test_stay_words_on_every_page(self, scene, user, desk):
        """Cases 51, 53 and 61: a page is built as with harmless words, and shows them as such."""
        built = [read(answer).elements for _, answer in scene.pages(user, desk, "words")]
        harmless = (*scene.lists(user, desk, "words"), *scene.lists(user, desk, "w" * 201))
        known = {element for answer in harmless for element in read(answer).elements}
        number = scene.ticket.id
        for three in zip(*[iter((*ESCAPES, *ELEMENTS, *TEMPLATES))] * 3, strict=True):
            words, name = "".join(three), "".join(reversed(three))
            scene.say(words, name)
            found = {url: read(page) for url, page in scene.pages(user, desk, words)}
            assert [page.elements for page in found.values()] == built, words
            for answer in scene.lists(user, desk, words):
                assert set(read(answer).elements) <= known, words
            for page in found.values():
                assert not [link for link in page.links if "evil" in link]
            for url in (f"/settings/ticket/{number}", f"/admin/tickets/{number}"):
                assert words in found[url].title
                assert found[url].text.count(words) >= 5, (url, words)
            assert words in found["/admin/tickets/"].text
            assert f"{name[:70]} 2" in found[f"/admin/tickets/{number}"].text
            assert words in found[NEW].values
            assert words in found[NEW].text

    def test_that_turn_the_direction_are_kept_apart(self, scene, user, desk):
        """Case 63."""
        words = "photo\u202egpj.exe\u2066\u200b\u2067"
        scene.say(words)
        mixed = {
            url: problems
            for url, answer in scene.pages(user, desk, "words")
            if (problems := read(answer).running_into_others("\u202e"))
        }
        assert mixed == {}

    def test_that_control_a_terminal_are_refused(self, client_by, scene, state):
        """Case 63."""
        client, before = client_by(scene.owner), state()
        for character in "\x00\x07\x1b\x7f\x85\x9f":
            for field in ("subject", "description", "department"):
                assert new_ticket(client, **{field: f"a{character}b"}).status_code == 422
            body = {"ticketId": scene.ticket.id, "text": f"a{character}b"}
            assert client.post("/api/ticket-comments", json=body).status_code == 422
        assert state() == before


class TestLinks:
    def test_lead_to_no_script_and_nowhere_in_disguise(self, client_by, scene, state):
        """Case 52: such an address is refused, whoever sends it wherever."""
        client, before = client_by(scene.staff), state()
        for url in LINKS:
            comment = {"ticketId": scene.ticket.id, "text": "T", "attachmentUrls": [url]}
            for answer in (
                new_ticket(client, attachmentUrls=[url]),
                client.post("/api/ticket-comments", json=comment),
            ):
                assert answer.status_code == 422, url
                assert list(answer.json["error"]["fields"]) == ["attachmentUrls"]
        assert state() == before

    def test_in_a_text_are_text(self, scene, user, desk):
        """Case 52: but for an address, which is a link that tells the other site nothing."""
        for url in LINKS[:16]:
            scene.say(url)
            for _, answer in scene.pages(user, desk, "words"):
                assert url not in read(answer).links
        scene.say("https://evil.example/")
        for _, answer in scene.pages(user, desk, "words"):
            page = read(answer)
            if "https://evil.example/" in page.links:
                assert "noopener noreferrer nofollow ugc" in page.values

    def test_to_other_sites_tell_them_nothing(self, scene, user, desk):
        """Case 52."""
        url = "https://example.org/?a=1&b=%22%3E<i>'\""
        row = db.session.scalars(db.select(tickets.TicketAttachment)).one()
        row.url = url
        db.session.commit()
        number = scene.ticket.id
        for answer in (
            user.get(f"/settings/ticket/{number}"),
            desk.get(f"/admin/tickets/{number}"),
        ):
            page = read(answer)
            assert page.links.count(url) == 1
            assert page.elements["a", "href", "rel"] >= 1
            assert "noopener noreferrer nofollow ugc" in page.values


def test_every_answer_carries_what_keeps_browsers_from_guessing(client_of, app, scene):
    """Case 64. A page's content policy is the host's: see the pages' own documentation."""
    things = Things(scene.ticket.id, scene.comment.id, "0" * 40, "note.txt")
    for user in (scene.owner, scene.staff, None):
        client = client_of(user)
        for address in sorted({address for address, _ in CONTRACT}):
            for method in ("GET", "POST", "DELETE"):
                answer = client.open(things.url(address), method=method)
                if answer.status_code == 405 and not address.startswith("/api"):
                    continue  # the host's own page
                headers = answer.headers
                assert headers["X-Content-Type-Options"] == "nosniff", (address, method)
                if address.startswith("/api"):
                    assert "default-src 'none'" in headers["Content-Security-Policy"], address
                else:
                    assert headers["X-Frame-Options"] == "SAMEORIGIN"
                    assert headers["Referrer-Policy"] == "same-origin"
                    root = "st-root" if address.startswith("/admin") else None
                    if answer.status_code == 200 and answer.mimetype == "text/html":
                        assert find_inline(answer.text, root) == []
    assert client_of(None).get(PUBLIC.replace("<path:filename>", "base.css")).status_code == 200
