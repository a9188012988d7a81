"""The form with files in Chromium: drop, paste, list, progress, cancel; and without the script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.chromium import NEEDS_CHROMIUM
from tests.browser.people import people
from tests.browser.serving import make_site, serving

from .browsing import NEW, input_of, payload
from .samples import picture

pytestmark = NEEDS_CHROMIUM

LIMIT = 1_048_576
PNG = picture("PNG", "RGB")
TICKET = re.compile(r"/settings/ticket/\d+$")
DROP_TEXT = """(field, text) => {
    const transfer = new DataTransfer();
    transfer.setData("text/plain", text);
    const event = new DragEvent("drop", {
        dataTransfer: transfer, bubbles: true, cancelable: true });
    return field.dispatchEvent(event);
}"""
PASTE = """(field, [text, names]) => {
    const transfer = new DataTransfer();
    if (text) transfer.setData("text/plain", text);
    for (const name of names)
        transfer.items.add(new File(["pixels"], name, { type: "image/png" }));
    const event = new ClipboardEvent("paste", {
        clipboardData: transfer, bubbles: true, cancelable: true });
    return field.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    limits = {
        "SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES": LIMIT,
        "SUPPORT_TICKETS_ATTACHMENT_MAX_COUNT": 3,
    }
    with serving(make_site(tmp_path_factory.mktemp("site"), **limits)) as address:
        yield address


@pytest.fixture
def open_as(browser, site):
    with people(browser, site) as open_as:
        yield open_as


@pytest.fixture
def form(open_as):
    """The form for a new ticket, filled in; a refused or lost post may be named on the console."""
    page = open_as("alice", expects=("status of 422", "net::ERR_FAILED"))
    return fill(page)


def fill(page):
    answer = page.goto(NEW)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    page.get_by_label("Subject").fill("My words")
    page.get_by_label("Description").fill("Many of them.")
    return page


def choose(page, *files):
    input_of(page).set_input_files(list(files))


def chosen(page):
    return page.locator(".st-chosen bdi").all_text_contents()


def refused(page):
    return page.locator("[data-st-refused]")


def send(page):
    page.get_by_role("button", name="Send ticket").click()


def drop(page, target, *paths):
    """Let files fall on ``target``, as the desktop does."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    files = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": files, **place})


def slow_down(page, bytes_a_second):
    """Let the page send no faster than this, until the session that is returned is detached."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": bytes_a_second})
    return session


def assert_nothing_is_lost(page, *names):
    assert page.get_by_label("Subject").input_value() == "My words"
    assert page.get_by_label("Description").input_value() == "Many of them."
    assert chosen(page) == list(names)
    assert input_of(page).evaluate("input => [...input.files].map(each => each.name)") == [*names]
    expect(page.get_by_role("button", name="Send ticket")).to_be_enabled()
    expect(page.locator("progress")).to_be_hidden()


def assert_it_arrives(page, *names):
    send(page)
    page.wait_for_url(TICKET)
    assert page.locator(".st-description .st-file-text a").all_text_contents() == [*names]


class TestChoosing:
    def test_the_limits_are_told_before(self, form):
        hint = form.locator("#attachments-hint")
        expect(hint).to_contain_text("Up to 3 files of up to 1 MB each: PNG, JPG, GIF,")
        assert input_of(form).get_attribute("aria-describedby") == "attachments-hint"
        assert ".docx" in input_of(form).get_attribute("accept").split(",")

    def test_twice_adds_and_each_can_be_removed(self, form):
        choose(form, payload("one.txt"), payload("two.txt", b"x" * 1_536))
        choose(form, payload("three.txt"))
        assert chosen(form) == ["one.txt", "two.txt", "three.txt"]
        expect(form.locator(".st-chosen li").nth(1)).to_contain_text("1.5 KB")
        form.get_by_role("button", name="Remove two.txt").click()
        expect(form.get_by_role("button", name="Remove three.txt")).to_be_focused()
        assert_nothing_is_lost(form, "one.txt", "three.txt")
        assert_it_arrives(form, "one.txt", "three.txt")

    def test_what_cannot_be_sent_is_told_at_once(self, form):
        posts = []
        form.on("request", lambda request: posts.append(request.method))
        choose(form, payload("fits.txt"), payload("page.html"), payload("empty.txt", b""))
        expect(refused(form)).to_have_text(
            "“page.html”: This kind of file is not accepted.\n“empty.txt”: The file is empty."
        )
        choose(form, payload("limit.txt", b"x" * LIMIT), payload("over.txt", b"x" * (LIMIT + 1)))
        expect(refused(form)).to_have_text("“over.txt”: The file is too large.")
        choose(form, payload("third.txt"), payload("fourth.txt"))
        expect(refused(form)).to_have_text("“fourth.txt”: Attach at most 3.")
        assert_nothing_is_lost(form, "fits.txt", "limit.txt", "third.txt")
        assert posts == []
        assert_it_arrives(form, "fits.txt", "limit.txt", "third.txt")

    @pytest.mark.parametrize("name", ["a.txt.", "a.txt  ", "A.TXT", "no end", ".txt"])
    def test_a_name_that_the_server_takes_is_not_refused_here(self, form, name):
        choose(form, payload(name))
        assert_it_arrives(form, name.rstrip(". "))


class TestDropping:
    @pytest.fixture
    def file(self, tmp_path):
        (tmp_path / "dropped.txt").write_bytes(b"words")
        return tmp_path / "dropped.txt"

    @pytest.mark.parametrize("place", ["[data-st-drop]", "input[type=file]", "#description"])
    def test_anywhere_in_the_form_adds(self, form, file, place):
        choose(form, payload("first.txt"))
        drop(form, form.locator(place), file)
        expect(form.locator(".st-chosen li")).to_have_count(2)
        assert_nothing_is_lost(form, "first.txt", "dropped.txt")
        assert_it_arrives(form, "first.txt", "dropped.txt")

    def test_a_folder_is_no_file(self, form, file):
        (file.parent / "folder").mkdir()
        drop(form, form.locator("[data-st-drop]"), file.parent / "folder", file)
        expect(refused(form)).to_contain_text("folder")
        assert_nothing_is_lost(form, "dropped.txt")

    def test_text_falls_into_the_text(self, form):
        goes_on = form.get_by_label("Description").evaluate(DROP_TEXT, "a word")
        assert goes_on
        assert_nothing_is_lost(form)


class TestPasting:
    def paste(self, form, text, *names):
        return form.get_by_label("Description").evaluate(PASTE, [text, names])

    def test_a_screenshot_adds_it_under_a_name_of_its_own(self, form):
        assert not self.paste(form, "", "image.png")
        [name] = chosen(form)
        assert re.fullmatch(r"screenshot-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.png", name)

    def test_text_pastes_text(self, form):
        assert self.paste(form, "words")
        assert_nothing_is_lost(form)

    def test_text_from_an_office_program_pastes_text_and_not_its_picture(self, form):
        assert self.paste(form, "words", "image.png")
        assert_nothing_is_lost(form)

    def test_a_copied_file_adds_it_also_when_its_path_comes_along(self, form):
        assert not self.paste(form, "/home/me/holiday.png", "holiday.png")
        assert_nothing_is_lost(form, "holiday.png")


class TestSending:
    def test_shows_how_far_it_is(self, form):
        choose(form, payload("large.txt", b"x" * 900_000))
        form.evaluate(
            """() => {
                window.seen = [];
                const bar = document.querySelector("progress");
                const note = () => seen.push(bar.value);
                new MutationObserver(note).observe(bar, { attributes: true });
            }"""
        )
        slow_down(form, 600_000)
        send(form)
        expect(form.get_by_role("status").filter(has_text="%")).to_have_text(
            re.compile(r"Sending [1-9]\d? %")
        )
        expect(form.get_by_role("button", name="Send ticket")).to_be_disabled()
        seen = form.evaluate("new Promise(done => setTimeout(() => done(seen), 800))")
        assert seen == sorted(seen)
        assert len({value for value in seen if 0 < value < 100}) >= 3
        form.wait_for_url(TICKET)

    def test_cancel_keeps_everything(self, form):
        choose(form, payload("large.txt", b"x" * 900_000))
        slowness = slow_down(form, 100_000)
        send(form)
        expect(form.get_by_role("status").filter(has_text="%")).to_have_text(
            re.compile(r"Sending [1-9]\d? %")
        )
        form.get_by_role("button", name="Cancel").click()
        assert_nothing_is_lost(form, "large.txt")
        expect(form.get_by_role("button", name="Cancel")).to_have_count(0)
        slowness.detach()
        assert_it_arrives(form, "large.txt")

    def test_a_refusal_keeps_text_and_files(self, form):
        form.get_by_label("Subject").fill(" ")
        choose(form, payload("a.txt"), payload("b.png", PNG))
        send(form)
        expect(form.locator(".st-errors")).to_be_focused()
        expect(form.locator(".st-errors")).to_have_text(re.compile("Subject: Enter some text."))
        form.get_by_label("Subject").fill("My words")
        assert_nothing_is_lost(form, "a.txt", "b.png")
        assert_it_arrives(form, "a.txt", "b.png")

    def test_a_file_refused_for_its_bytes_is_named_and_can_be_removed(self, form):
        choose(form, payload("a.txt"), payload("fake.png", b"<html>"))
        send(form)
        expect(form.locator(".st-errors")).to_contain_text("“fake.png”: This kind of file")
        expect(form.locator("#attachments-error")).to_contain_text("fake.png")
        assert_nothing_is_lost(form, "a.txt", "fake.png")
        form.get_by_role("button", name="Remove fake.png").click()
        assert_it_arrives(form, "a.txt")

    def test_a_lost_connection_keeps_everything_and_says_so(self, form):
        choose(form, payload("a.txt"))
        form.route("**/new", lambda route: route.abort())
        send(form)
        expect(refused(form)).to_have_text(
            "This could not be sent. Nothing is lost; please try again."
        )
        assert_nothing_is_lost(form, "a.txt")
        form.unroute("**/new")
        assert_it_arrives(form, "a.txt")

    def test_signed_out_meanwhile_keeps_everything_and_says_so(self, form):
        choose(form, payload("a.txt"))
        cookies = form.context.cookies()
        form.context.clear_cookies()
        send(form)
        expect(refused(form)).to_contain_text("could not be sent")
        assert_nothing_is_lost(form, "a.txt")
        form.context.add_cookies(cookies)
        assert_it_arrives(form, "a.txt")
