"""In Chromium, no stored file runs a script: opened, embedded in every way, or shown in a page."""

from __future__ import annotations

import html
from contextlib import suppress
from urllib.parse import unquote

import pytest
from flask import Response, request
from playwright.sync_api import Error, expect

from flask_support_tickets.config import DEFAULT_TYPES
from tests.chromium import NEEDS_CHROMIUM, PATIENCE_MS
from tests.browser.people import people
from tests.browser.serving import make_site, serving
from tests.conftest import form_fields

from .browsing import NEW
from .clients import MULTIPART, UPLOADS, multipart
from .samples import archive, in_a_form, picture
from .stores import new_store

pytestmark = NEEDS_CHROMIUM

RUN = "self.pwned=1;fetch('/pwned')"
PAGE = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>'
    f'<script>{RUN}</script></head><body onload="{RUN}"><img src="x" onerror="{RUN}"/></body>'
    "</html>"
).encode()
SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'.encode()
)
XML = b'<?xml version="1.0"?>' + PAGE
#: Runs in a browser as it is, and is text, so that it must not be taken for a page.
ACTIVE = [
    ("page.html", PAGE), ("page.htm", PAGE), ("PAGE.HTML", PAGE), ("page.xhtml", XML),
    ("image.svg", SVG), ("data.xml", XML), ("feed.xml", SVG), (".html", PAGE),
]  # fmt: skip
#: Says by its name that it is something else, and is refused.
DISGUISED = [
    ("page.png", PAGE), ("page.jpg", PAGE), ("image.gif", SVG), ("page.pdf", PAGE),
    ("page.zip", PAGE), ("page.docx", PAGE), ("page.doc", PAGE), ("code.js", RUN.encode()),
    ("page.html.exe", PAGE), ("page.mhtml", PAGE), ("page.php", PAGE), ("page.hta", PAGE),
]  # fmt: skip
#: Has a right to be accepted, and must never run.
ACCEPTED = [
    ("page.txt", PAGE), ("page.log", PAGE), ("page.csv", PAGE), ("page.json", PAGE),
    ("page.md", PAGE), ("page.html.txt", PAGE), ("page html", PAGE), ("image.svg.txt", SVG),
    ("code.txt", RUN.encode()), ("code.csv", RUN.encode()), ("code.json", f"[{RUN}]".encode()),
    ("polyglot.gif", b"GIF89a/*" + bytes(40) + f"*/=1;{RUN}//".encode()),
    ("polyglot.jpg", b"\xff\xd8\xff\xe0/*" + bytes(40) + f"*/=1;{RUN}//".encode()),
    ("tail.gif", picture("GIF", "P") + PAGE), ("tail.png", picture("PNG", "RGB") + PAGE),
    ("page.pdf", b"%PDF-1.7\n" + PAGE), ("page.zip", archive([("page.html", PAGE)]) + PAGE),
    ("page.docx", archive([("[Content_Types].xml", PAGE), ("word/document.xml", PAGE)])),
    ('"><img src=x onerror=self.pwned=1>.txt', PAGE), ("'onmouseover='self.pwned=1.txt", PAGE),
    ("<script>self.pwned=1<.txt", PAGE), ("{{self.pwned=1}}<svg onload=self.pwned=1>.png",
     picture("PNG", "RGB")), ("javascript:self.pwned=1.txt", PAGE),
]  # fmt: skip
#: Ways to put the file at ``url`` into a page.
WAYS = {
    "img": "add('img', {src: url})",
    "script": "add('script', {src: url})",
    "module": "add('script', {src: url, type: 'module'})",
    "import": "import(url)",
    "worker": "new Promise((done) => (new Worker(url).onerror = done))",
    "service worker": "navigator.serviceWorker.register(url)",
    "style": "add('link', {href: url, rel: 'stylesheet'})",
    "iframe": "add('iframe', {src: url})",
    "object": "add('object', {data: url})",
    "object that says it is a page": "add('object', {data: url, type: 'text/html'})",
    "embed": "add('embed', {src: url})",
}
PUT_IN = """async (urls) => {
    const add = (tag, values) => new Promise((done) => {
        const part = Object.assign(document.createElement(tag), values);
        part.onload = part.onerror = done;
        document.body.append(part);
    });
    const rest = (time) => new Promise((done) => setTimeout(done, time));
    await Promise.race([rest(1500), Promise.allSettled(urls.map(async (url) => %s))]);
    await rest(300);
}"""
PICTURES = (".png", ".gif", ".jpg")
ALLOWED = (*DEFAULT_TYPES, "html", "htm", "xhtml", "svg", "xml")


class Site:
    """A host with a page that allows everything, and a trap that scripts fall into."""

    def __init__(self, folder, files, **config):
        self.caught = []
        self.asked = set()
        self.is_s3 = "SUPPORT_TICKETS_STORAGE" in config
        self.app = make_site(folder, **config)
        self.app.add_url_rule("/pwned", "pwned", lambda: self.caught.append(1) or "caught")
        self.app.add_url_rule("/lax", "lax", self.lax_page)
        self.app.add_url_rule("/lax/code", "code", lambda: self.lax_page(RUN, "text/javascript"))
        self.app.add_url_rule("/lax/page", "page", lambda: self.lax_page(PAGE, "text/html"))
        self.app.before_request(lambda: self.asked.add(request.path))
        self.alice = self.app.test_client()
        self.alice.post("/login", data={"username": "alice", "password": "demo"})
        self.files = files
        self.urls = [self.upload(*file).json["data"]["url"] for file in files]
        self.tickets = [
            self.file_ticket(self.urls[start : start + 10]) for start in range(0, len(files), 10)
        ]

    def lax_page(self, text="<title>lax</title><body>", content_type="text/html"):
        answer = Response(text, content_type=content_type)
        answer.headers["Content-Security-Policy"] = "default-src * 'unsafe-inline'"
        return answer

    def upload(self, name, data):
        body = multipart({}, "file", [(in_a_form(name), data)])
        return self.alice.post(UPLOADS, data=body, headers=MULTIPART)

    def file_ticket(self, urls):
        body = {"subject": "Look", "description": "At this.", "attachmentUrls": urls}
        return self.alice.post("/api/tickets", json=body).json["data"]["id"]


@pytest.fixture(scope="module", params=["disk", "disk, all allowed", "s3, all allowed"])
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    types = {"SUPPORT_TICKETS_ATTACHMENT_TYPES": ALLOWED}
    if request.param == "disk":
        yield Site(folder, ACCEPTED)
    elif request.param == "disk, all allowed":
        yield Site(folder, ACTIVE + ACCEPTED, **types)
    else:
        with new_store() as settings:
            yield Site(folder, ACTIVE + ACCEPTED, **types, **settings)


@pytest.fixture(scope="module")
def address(site):
    with serving(site.app) as address:
        yield address


@pytest.fixture
def open_as(browser, address, site):
    with people(browser, address) as open_as:
        yield lambda name: open_as(name, expects=("",))  # Chromium tells of all that it blocks
    assert site.caught == []


@pytest.fixture
def alice(open_as):
    return open_as("alice")


def put_in(page, way, urls, into="/lax"):
    page.goto(into)
    page.evaluate(PUT_IN % WAYS[way], urls)


@pytest.mark.parametrize("site", ["disk"], indirect=True)
@pytest.mark.parametrize("way", sorted(set(WAYS) - {"img", "style"}))
def test_the_trap_works(browser, address, site, way):
    kind = "page" if way.startswith(("iframe", "object", "embed")) else "code"
    with people(browser, address) as open_as:
        put_in(open_as("alice", expects=("",)), way, [f"/lax/{kind}"])
    assert site.caught
    site.caught.clear()


def test_nothing_runs_when_it_is_opened(alice, site):
    pictures = [url for url in site.urls if url.endswith(PICTURES)]
    for url in site.urls + [f"{url}?variant=view" for url in pictures]:
        with suppress(Error):  # that nothing was opened, because it is a download
            alice.goto(url)
        assert alice.evaluate("self.pwned") is None
        assert "<script>" not in alice.content()


def test_nothing_runs_when_it_is_embedded(alice, site):
    for way in WAYS:
        # An object store does not say nosniff. Its text runs as a script in no page with a policy
        # that leaves the store out; a page without a policy takes scripts from everywhere.
        into = NEW if site.is_s3 and way == "script" else "/lax"
        site.asked.clear()
        put_in(alice, way, site.urls, into)
        wait_until_asked(alice, site)
        assert {frame.evaluate("self.pwned") for frame in alice.frames} == {None}, way
        assert site.caught == [], way


def wait_until_asked(page, site):
    """Wait for most of the files; some are held from before, some the browser cannot show."""
    paths = {unquote(url) for url in site.urls}
    for _ in range(PATIENCE_MS // 100):
        page.wait_for_timeout(100)
        if len(site.asked & paths) > len(paths) / 2:
            break
    assert len(site.asked & paths) > len(paths) / 2
    page.wait_for_timeout(200)


def test_nothing_runs_when_it_is_shown(open_as, site):
    names = [name for name, _ in site.files]
    for page, path in ((open_as("alice"), "/settings/ticket"), (open_as("mona"), "/admin/tickets")):
        found = []
        for ticket in site.tickets:
            page.goto(f"{path}/{ticket}")
            page.mouse.move(300, 300)
            found += page.locator(".st-file-text a").all_text_contents()
            expect(page.locator("img[src=x], [onmouseover], svg[onload]")).to_have_count(0)
            assert page.evaluate("self.pwned") is None
        assert found == names


def test_what_is_not_allowed_is_refused_by_name(site):
    refused = [file for file in ACTIVE + DISGUISED if file not in site.files]
    fields = {**form_fields(site.alice.get(NEW).text), "subject": "S", "description": "D"}
    for name, data in refused:
        body = multipart(fields, "attachments", [(name, data)])
        answer = site.alice.post(NEW, data=body, headers=MULTIPART)
        assert answer.status_code == 422, name
        assert f"“{name}”: This kind of file is not accepted" in html.unescape(answer.text)
        answer = site.upload(name, data)
        assert (answer.status_code, [*answer.json["error"]["fields"]]) == (422, ["file"]), name
