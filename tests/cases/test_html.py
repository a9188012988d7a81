"""What people write is shown as text, on every HTML page.

Rules T2, V3. Cases 51, 52, 53, 61, 63.
"""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import transition_ticket

from ..host import db, tickets
from .conftest import NEW, fill

#: Words that get out of a text, an attribute, a title or a script; elements that run, load, send
#: or change the page; and what template languages fill in.
WORDS = [
    "<script>evil()</script>", '" autofocus onfocus=evil() x="', "' onmouseover='evil()",
    "</title><script>evil()</script>", "</textarea><script>evil()</script>", "</option><script>x",
    "<!--<script>evil()", "]]><svg onload=evil()>", "&lt;script&gt;evil()&lt;/script&gt;",
    "&#60;script&#62;", "\\u003cscript\\u003e", "javascript:evil()", "`${evil()}`",
    "<img src=x onerror=evil()>", "<math><mi//xlink:href='data:x'>", "<base href=//evil.example/>",
    "<iframe src=//evil.example></iframe>", "<details open ontoggle=evil()>",
    "<form action=//evil.example><button>Sign in</form>", "<style>@import '//evil'</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<a href=javascript:evil()>x",
    "<svg></p><style><a id='</style><img src=x onerror=evil()>'>", "<template><script>evil()",
    "<noscript><p title='</noscript><img src=x onerror=evil()>'>", "{{7*7}}", "${7*7}", "#{7*7}",
    "{{ config.SECRET_KEY }}", "{% raw %}", "{% include 'x' %}", "%s%n%x", "%(name)s %(status)s",
    "{0.__class__}", "{name}", "<%= 7*7 %>",
]  # fmt: skip
#: Addresses that must not become links.
LINKS = [
    "javascript:evil()", "data:text/html,<script>evil()</script>", "&#x6A;avascript:evil()",
    "java\tscript:evil()", "//evil.example", "http:evil.example", "http://a@evil.example",
]  # fmt: skip
REL = "noopener noreferrer nofollow ugc"


_VOID = {"meta", "link", "input", "br", "img", "hr"}
#: Elements whose text cannot run into the text around them.
_SEPARATE = {"bdi", "title", "textarea", "option"}
_LEADING = {"href", "src", "action", "formaction", "data", "poster", "srcset", "background"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements, its text, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        #: How often each element occurs, by its name and the names of its attributes.
        self.elements = Counter()
        #: Each piece of text, with the elements around it.
        self.texts = []
        #: The values of attributes that lead somewhere, and of all others.
        self.links, self.values = [], []
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag, attrs):
        names = frozenset(name for name, _ in attrs)
        self.elements[(tag, *sorted(names))] += 1
        for name, value in attrs:
            (self.links if name in _LEADING else self.values).append(value or "")
        if tag not in _VOID:
            self._open.append((tag, names))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.texts.append((data, list(self._open)))

    def handle_comment(self, data):
        self.elements["a comment", data] += 1

    @property
    def text(self):
        return "".join(data for data, _ in self.texts)

    @property
    def title(self):
        titles = [data for data, around in self.texts if around[-1:] == [("title", frozenset())]]
        return "".join(titles)

    def running_into_others(self, text):
        """Return each piece with ``text`` in it that is not isolated from the text around it."""
        return [
            f"{'/'.join(tag for tag, _ in around)}: {data}"
            for data, around in self.texts
            if text in data
            and not any("hidden" in names for _, names in around)
            and not any(tag in _SEPARATE or "dir" in names for tag, names in around[-1:])
        ]


class Scene:
    """A ticket whose texts, and whose people's names, can all be set to the same words."""

    def __init__(self, ticket, comment, reply, owner, staff):
        self.ticket, self.comment, self.reply = ticket, comment, reply
        self.owner, self.staff = owner, staff

    def say(self, words, name=None):
        """Set all texts to ``words``, and let people's names begin with ``name``."""
        name = (name or words)[:70]
        self.ticket.subject = self.ticket.description = words
        self.ticket.department = words[:100]
        self.comment.text = self.reply.text = words
        self.owner.username, self.staff.username = name, f"{name} 2"
        db.session.commit()

    def pages(self, owner, staff, words):
        """Return every page that shows some of it, by address."""
        number, reply = self.ticket.id, f"?replyTo={self.comment.id}"
        mine, admin = f"/settings/ticket/{number}", f"/admin/tickets/{number}"
        form = {"subject": words, "description": words, "text": words, "department": words[:100]}
        typed = fill(owner, **form, csrf_token="stale", parentCommentId=str(self.comment.id))
        found = {url: owner.get(url) for url in ("/settings/ticket", mine, mine + reply)}
        found[NEW] = owner.post(NEW, data=typed)
        found[f"{mine}/comments"] = owner.post(f"{mine}/comments", data=typed)
        found |= {url: staff.get(url) for url in ("/admin/tickets/", admin, admin + reply)}
        found[f"{admin}/comments"] = staff.post(f"{admin}/comments", data=typed)
        return {url: read(answer) for url, answer in found.items()}

    def lists(self, owner, staff, words):
        """Return the lists filtered by ``words``, one field after the other."""
        return [
            read(client.get(url, query_string={name: words}))
            for name in ("search", "status", "department", "assignedTo")
            for client, url in ((staff, "/admin/tickets/"), (owner, "/settings/ticket"))
        ]


def read(answer):
    assert answer.status_code in (200, 400, 422), answer.status_code
    return Page(answer.text)


@pytest.fixture
def scene(make_user, make_ticket, make_comment, mona):
    owner, staff = make_user("words"), make_user("words 2", role="moderator")
    content = {"owner": owner, "staff": staff, "attachment_urls": ["https://example.org/a"]}
    ticket = make_ticket(TicketStatus.InProgress, **content, department="words")
    transition = {"action": Action.Assign, "assigned_to_user_id": staff.id}
    unit_of_work(transition_ticket, actor=actor_for(mona), ticket_id=ticket.id, **transition)
    comment = make_comment(ticket, owner, "words")
    reply = make_comment(ticket, staff, "words", parent=comment)
    return Scene(ticket, comment, reply, owner, staff)


@pytest.fixture
def owner(client_of, scene):
    return client_of(scene.owner)


@pytest.fixture
def staff(client_of, scene):
    return client_of(scene.staff)


def test_markup_and_templates_are_shown_as_text_on_every_page(scene, owner, staff):
    """A page has the same elements as with harmless words."""
    built = [page.elements for page in scene.pages(owner, staff, "words").values()]
    harmless = scene.lists(owner, staff, "words") + scene.lists(owner, staff, "w" * 201)
    known = {element for page in harmless for element in page.elements}
    number = scene.ticket.id
    for three in zip(*[iter(WORDS)] * 3, strict=True):
        words, name = "".join(three), "".join(reversed(three))
        scene.say(words, name)
        found = scene.pages(owner, staff, words)
        assert [page.elements for page in found.values()] == built, words
        for page in scene.lists(owner, staff, words):
            assert set(page.elements) <= known, words
        assert not [link for page in found.values() for link in page.links if "evil" in link]
        for url in (f"/settings/ticket/{number}", f"/admin/tickets/{number}"):
            assert words in found[url].title
            assert found[url].text.count(words) >= 5, (url, words)
        assert words in found["/admin/tickets/"].text
        assert f"{name[:70]} 2" in found[f"/admin/tickets/{number}"].text
        assert words in found[NEW].values
        assert words in found[NEW].text


def test_text_that_turns_the_direction_is_isolated(scene, owner, staff):
    scene.say("photo\u202egpj.exe\u2066\u200b\u2067")
    for url, page in scene.pages(owner, staff, "words").items():
        assert page.running_into_others("\u202e") == [], url


def test_address_is_a_link_only_if_it_is_harmless_and_tells_the_other_site_nothing(
    scene, owner, staff
):
    """In texts, and of attachments."""
    good = "https://example.org/?a=1&b=%22%3E<i>'\""
    db.session.execute(db.update(tickets.TicketAttachment).values(url=good))
    scene.say(" ".join(f"({link})" for link in [*LINKS, "https://example.com/"]), name="words")
    pages = scene.pages(owner, staff, "words")
    for url, page in pages.items():
        assert not [link for link in page.links if "evil" in link], url
    for url in (f"/settings/ticket/{scene.ticket.id}", f"/admin/tickets/{scene.ticket.id}"):
        assert pages[url].links.count(good) == 1
        assert "https://example.com/" in pages[url].links
        assert REL in pages[url].values
