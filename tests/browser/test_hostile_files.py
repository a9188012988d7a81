"""Files with scripts run nothing in Chromium, even where a host accepts HTML and SVG.

Cases 55, 56: the files are opened, and embedded in every way, on a disk and in an object store,
which sends its own headers.
"""

import io
from contextlib import suppress
from urllib.parse import unquote

import pytest
from flask import Response, request
from playwright.sync_api import Error

from flask_support_tickets.config import DEFAULT_TYPES

from ..attachments.samples import archive, picture
from ..attachments.stores import new_store
from ..chromium import NEEDS_CHROMIUM
from .hands import wait_until
from .people import people
from .serving import make_site, serving

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
CODE = RUN.encode()

FILES = [
    ("page.html", PAGE), ("page.xhtml", XML), ("image.svg", SVG), ("data.xml", XML),
    ("page.txt", PAGE), ("page html", PAGE), ("image.svg.txt", SVG), ("code.txt", CODE),
    ("code.csv", CODE), ("code.json", b"[%s]" % CODE),
    ("polyglot.gif", b"GIF89a/*%s*/=1;%s//" % (bytes(40), CODE)),
    ("polyglot.jpg", b"\xff\xd8\xff\xe0/*%s*/=1;%s//" % (bytes(40), CODE)),
    ("tail.png", picture("PNG", "RGB") + PAGE), ("page.pdf", b"%PDF-1.7\n" + PAGE),
    ("page.zip", archive([("page.html", PAGE)]) + PAGE),
]  # fmt: skip
#: Ways to embed the file at ``url`` in a page, and which of the host's own scripts runs then.
WAYS = {
    "img": ("add('img', {src: url})", None),
    "script": ("add('script', {src: url})", "code"),
    "module": ("add('script', {src: url, type: 'module'})", "code"),
    "import": ("import(url)", "code"),
    "worker": ("new Promise((done) => (new Worker(url).onerror = done))", "code"),
    "service worker": ("navigator.serviceWorker.register(url)", "code"),
    "style": ("add('link', {href: url, rel: 'stylesheet'})", None),
    "iframe": ("add('iframe', {src: url})", "page"),
    "object": ("add('object', {data: url, type: 'text/html'})", "page"),
    "embed": ("add('embed', {src: url})", "page"),
}
EMBED = """async (urls) => {
    const add = (tag, values) => new Promise((done) => {
        const part = Object.assign(document.createElement(tag), values);
        part.onload = part.onerror = done;
        document.body.append(part);
    });
    const pause = new Promise((done) => setTimeout(done, 1000));  // a download loads nothing
    await Promise.race([pause, Promise.allSettled(urls.map(async (url) => %s))]);
}"""


class Site:
    """A host with files that request ``/pwned`` when they run, and a page that allows everything.

    Its own scripts request ``/trapped``: this proves that a way to embed them runs a script.
    """

    def __init__(self, folder, **config):
        self.requested = set()
        self.has_object_store = "SUPPORT_TICKETS_STORAGE" in config
        types = (*DEFAULT_TYPES, "html", "htm", "xhtml", "svg", "xml")
        self.app = make_site(folder, SUPPORT_TICKETS_ATTACHMENT_TYPES=types, **config)
        for path, text, content_type in (
            ("/lax", "<title>lax</title><body>", "text/html"),
            ("/lax/code", CODE.replace(b"/pwned", b"/trapped"), "text/javascript"),
            ("/lax/page", PAGE.replace(b"/pwned", b"/trapped"), "text/html"),
        ):
            self.app.add_url_rule(path, path, self.lax_view(text, content_type))
        self.app.before_request(lambda: self.requested.add(request.path))
        alice = self.app.test_client()
        alice.post("/login", data={"username": "alice", "password": "demo"})
        answers = [
            alice.post("/api/ticket-attachments", data={"file": (io.BytesIO(data), name)})
            for name, data in FILES
        ]
        self.urls = [answer.json["data"]["url"] for answer in answers]

    def lax_view(self, text, content_type):
        policy = {"Content-Security-Policy": "default-src * 'unsafe-inline'"}
        return lambda: Response(text, content_type=content_type, headers=policy)


@pytest.fixture(scope="module", params=["disk", "object store"])
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    if request.param == "disk":
        yield Site(folder)
    else:
        with new_store() as settings:
            yield Site(folder, **settings)


@pytest.fixture
def open_as(browser, site):
    with serving(site.app) as address, people(browser, address) as open_as:
        # Chromium reports all that it blocks, and this is what it should do.
        yield lambda name: open_as(name, expects=("",))


def embed(page, way, urls, *, into="/lax"):
    page.goto(into)
    page.evaluate(EMBED % WAYS[way][0], urls)


def test_file_with_a_script_runs_nothing_when_opened(open_as, site):
    alice = open_as("alice")
    views = [f"{url}?variant=view" for url in site.urls if url.endswith((".png", ".gif", ".jpg"))]
    for url in site.urls + views:
        with suppress(Error):  # nothing opens, because it is a download
            alice.goto(url)
        assert alice.evaluate("self.pwned") is None, url
        assert "<script>" not in alice.content(), url
    assert "/pwned" not in site.requested


def test_file_with_a_script_runs_nothing_when_embedded(open_as, site):
    alice = open_as("alice")
    paths = {unquote(url) for url in site.urls}
    for way, (_, trap) in WAYS.items():
        site.requested.clear()
        if trap:
            embed(alice, way, [f"/lax/{trap}"])
            wait_until(alice, lambda: "/trapped" in site.requested)
        # An object store does not send nosniff. Its text runs as a script in no page with a policy
        # that leaves the store out; a page without a policy takes scripts from everywhere.
        is_open = site.has_object_store and way == "script"
        embed(alice, way, site.urls, into="/settings/ticket/new" if is_open else "/lax")
        # The browser has some in its cache, and knows that it cannot show some.
        wait_until(alice, lambda: len(site.requested & paths) > len(paths) / 2)
        assert {frame.evaluate("self.pwned") for frame in alice.frames} == {None}, way
        assert "/pwned" not in site.requested, way
