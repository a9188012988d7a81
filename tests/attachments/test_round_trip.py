"""One hundred files come back byte by byte, under their names: page, admin, API; disk, S3."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.chromium import NEEDS_CHROMIUM
from tests.browser.people import people
from tests.browser.serving import make_site, serving

from .browsing import NEW, file_ticket, input_of, payload
from .clients import MULTIPART, UPLOADS, multipart
from .samples import TYPES, hundred, in_a_form
from .stores import new_store

A_POST = 10
BATCHES = [hundred()[start : start + A_POST] for start in range(0, 100, A_POST)]
#: Both forms of a name: a plain one for old browsers, and the whole one by RFC 8187.
DISPOSITION = re.compile(
    r"""attachment; filename="[ !#-$&-\[\]-~]+"; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)""", re.ASCII
)


@pytest.fixture(scope="module", params=["disk", "s3"])
def app(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    if request.param == "disk":
        yield make_site(folder)
    else:
        with new_store() as settings:
            yield make_site(folder, **settings)


@pytest.fixture(scope="module")
def site(app):
    with serving(app) as address:
        yield address


@pytest.fixture
def open_as(browser, site):
    with people(browser, site) as open_as:
        yield open_as


def choose(page, samples, folder):
    """Choose files one after the other; those with a name that no disk takes come from memory."""
    for number, sample in enumerate(samples):
        if {"/", "\0"} & set(sample.name) or len(sample.name.encode()) > 255:
            input_of(page).set_input_files(payload(sample.name, sample.data))
            continue
        path = folder / f"{sample.shown[0]}{number}" / sample.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sample.data)
        input_of(page).set_input_files(path)
    expect(page.locator(".st-chosen li")).to_have_count(len(samples))


def as_chromium_saves(name):
    """Return what Chromium makes of a name that is not welcome on every disk."""
    return re.sub('["*:<>?|\u200d]', "_", unicodedata.normalize("NFC", name)).lstrip(".")


def assert_they_come_back(page, place, samples):
    """Click on every file at ``place``; look at its name, and into what was downloaded."""
    links = page.locator(f"{place} .st-file-text a")
    assert links.all_text_contents() == [sample.shown for sample in samples]
    for number, sample in enumerate(samples):
        with page.expect_download() as waiting:
            links.nth(number).click()
        download = waiting.value
        assert Path(download.path()).read_bytes() == sample.data, sample.name
        assert download.suggested_filename == as_chromium_saves(sample.shown)
        download.delete()


def test_the_hundred_are_of_all_types_and_sizes():
    samples = hundred()
    assert len(samples) == 100
    assert {sample.content_type for sample in samples} == set(TYPES.values())
    assert {sample.name.rpartition(".")[2] for sample in samples} >= set(TYPES)
    sizes = [len(sample.data) for sample in samples]
    assert min(sizes) == 1
    assert max(sizes) > 2_000_000


class TestInChromium:
    pytestmark = NEEDS_CHROMIUM

    def test_tickets_from_the_page(self, open_as, tmp_path):
        alice = open_as("alice")
        for samples in BATCHES:
            alice.goto(NEW)
            alice.get_by_label("Subject").fill("Ten files")
            alice.get_by_label("Description").fill("And no more.")
            choose(alice, samples, tmp_path)
            alice.get_by_role("button", name="Send ticket").click()
            alice.wait_for_url(re.compile(r"/settings/ticket/\d+$"))
            assert_they_come_back(alice, ".st-description", samples)

    @pytest.mark.parametrize("app", ["disk"], indirect=True)
    def test_replies_in_flask_admin_without_javascript(self, open_as):
        alice, mona = open_as("alice", javascript=False), open_as("mona", javascript=False)
        for samples in BATCHES:
            mona.goto(f"/admin/tickets/{file_ticket(alice)}")
            mona.get_by_role("button", name="Start Progress").click()
            mona.get_by_label("Reply to the ticket").fill("Here are ten files.")
            input_of(mona).set_input_files([payload(each.name, each.data) for each in samples])
            mona.get_by_role("button", name="Send reply").click()
            mona.wait_for_url(re.compile(r"#comment-\d+$"))
            assert_they_come_back(mona, mona.url[mona.url.index("#") :], samples)


class TestThroughTheApi:
    @pytest.fixture
    def client_of(self, app):
        def sign_in(name):
            client = app.test_client()
            client.post("/login", data={"username": name, "password": "demo"})
            return client

        return sign_in

    def upload(self, client, sample):
        body = multipart({}, "file", [(in_a_form(sample.name), sample.data)])
        answer = client.post(UPLOADS, data=body, headers=MULTIPART)
        assert answer.status_code == 201, (sample.name, answer.json)
        data = answer.json["data"]
        url = data.pop("url")
        size = len(sample.data)
        assert data == {
            "filename": sample.shown, "contentType": sample.content_type, "size": size
        }  # fmt: skip
        return url

    def test_uploads_used_in_a_ticket_are_there_for_staff(self, client_of):
        alice, mona = client_of("alice"), client_of("mona")
        for samples in BATCHES:
            urls = [self.upload(alice, sample) for sample in samples]
            ticket = {"subject": "Ten files", "description": "D", "attachmentUrls": urls}
            answer = alice.post("/api/tickets", json=ticket)
            assert answer.status_code == 201
            assert answer.json["data"]["attachmentUrls"] == urls
            for url, sample in zip(urls, samples, strict=True):
                self.assert_it_comes_back(mona, url, sample)

    def assert_it_comes_back(self, client, url, sample):
        answer = client.get(url)
        headers, data = answer.headers, answer.data
        if answer.status_code == 302:  # to the object store, which sends the file itself
            with urllib.request.urlopen(answer.location) as response:
                headers, data = response.headers, response.read()
        assert data == sample.data
        assert headers["Content-Type"].partition(";")[0] == sample.content_type
        found = DISPOSITION.fullmatch(headers["Content-Disposition"])
        assert urllib.parse.unquote(found[1], errors="strict") == sample.shown


def test_a_signed_address_is_of_the_kind_that_every_store_takes(tmp_path):
    """The older one fails on encrypted buckets, in newer regions and at most other providers."""
    with new_store() as settings:
        client = make_site(tmp_path, **settings).test_client()
        client.post("/login", data={"username": "alice", "password": "demo"})
        body = multipart({}, "file", [("a.txt", b"words")])
        url = client.post(UPLOADS, data=body, headers=MULTIPART).json["data"]["url"]
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(client.get(url).location).query)
    assert query.get("X-Amz-Algorithm") == ["AWS4-HMAC-SHA256"]
    assert int(query["X-Amz-Expires"][0]) <= 60
