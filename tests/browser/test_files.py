"""Files in the forms: choose, drop, paste, watch the upload, cancel, and get them back."""

import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ..attachments.samples import archive, picture
from ..chromium import NEEDS_CHROMIUM
from .conftest import MAX_BYTES
from .hands import both_faces, file_input, payload

pytestmark = NEEDS_CHROMIUM

NEW = "/settings/ticket/new"
TICKET = re.compile(r"/settings/ticket/\d+$")
PASTE = """(field, [text, names]) => {
    const transfer = new DataTransfer();
    if (text) transfer.setData("text/plain", text);
    for (const name of names)
        transfer.items.add(new File(["pixels"], name, { type: "image/png" }));
    return field.dispatchEvent(new ClipboardEvent("paste", {
        clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


BOUNDARIES = b"\r\n\n\r--boundary\r\n\r\n--" * 900
#: A name as it is sent, what is shown of it where that differs, and the bytes.
FILES = [
    ('She said "hello".txt', None, b"x"),
    ("100%25 and %2e%2e%2f.log", None, BOUNDARIES),
    (unicodedata.normalize("NFD", "Résumé Ångström.csv"), None, "Größe;大きさ".encode()),
    ("👨\u200d👩\u200d👧 and 🏳️\u200d🌈.zip", None, archive([("noise.bin", bytes(range(256)))])),
    ("تقرير المبيعات.txt", None, b"x"),
    ("../../etc/passwd.txt", "passwd.txt", b"x"),
    ("C:\\Users\\alice\\photo.txt", "photo.txt", b"x"),
    ("invoice\u202egpj.txt", "invoicegpj.txt", b"x"),
    ("one\r\nSet-Cookie: a=b.txt", "oneSet-Cookie: a=b.txt", b"x"),
    ("長" * 200 + ".txt", "長" * 83 + ".txt", b"x"),
]


@pytest.fixture
def form(open_as):
    """Alice's form for a new ticket, filled in."""
    page = open_as("alice", expects=("status of 422",))
    page.goto(NEW)
    page.get_by_label("Subject").fill("My words")
    page.get_by_label("Description").fill("Many of them.")
    return page


def choose(page, *files):
    file_input(page).set_input_files(list(files))


def refused(page):
    return page.locator("[data-st-refused]")


def send(page):
    page.get_by_role("button", name="Submit ticket").click()


def assert_nothing_is_lost(page, *names):
    expect(page.get_by_role("button", name="Submit ticket")).to_be_enabled()
    expect(page.locator("progress")).to_be_hidden()
    expect(page.get_by_label("Subject")).to_have_value("My words")
    expect(page.get_by_label("Description")).to_have_value("Many of them.")
    expect(page.locator(".st-chosen bdi")).to_have_text(list(names))
    chosen = file_input(page).evaluate("input => [...input.files].map(each => each.name)")
    assert chosen == [*names]


def assert_it_arrives(page, *names):
    send(page)
    page.wait_for_url(TICKET)
    expect(page.locator(".st-description .st-file-text a")).to_have_text(list(names))


def drop(page, target, *paths):
    """Drop files on ``target``, as the desktop does."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    files = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": files, **place})


def test_chosen_files_add_up_and_each_can_be_removed(form):
    choose(form, payload("one.txt"), payload("two.txt", b"x" * 1_536))
    choose(form, payload("A.TXT."), payload("no end"))
    expect(form.locator(".st-chosen li").nth(1)).to_contain_text("1.5 KB")
    form.get_by_role("button", name="Remove two.txt").click()
    expect(form.get_by_role("button", name="Remove A.TXT.")).to_be_focused()
    assert_nothing_is_lost(form, "one.txt", "A.TXT.", "no end")
    assert_it_arrives(form, "one.txt", "A.TXT", "no end")


def test_file_that_cannot_be_sent_is_refused_at_once(form):
    """Rule B3."""
    posts = []
    form.on("request", lambda request: posts.append(request.url))
    choose(form, payload("page.html"), payload("empty.txt", b""))
    expect(refused(form)).to_have_text(
        re.compile(
            r"“page.html”: This file type isn't allowed. Allowed types: images \(PNG, .*, ZIP\.\n"
            "“empty.txt”: The file is empty."
        )
    )
    limit = payload("limit.txt", b"x" * MAX_BYTES)
    choose(form, limit, payload("over.txt", b"x" * (MAX_BYTES + 1)))
    expect(refused(form)).to_have_text("“over.txt”: The file is too large.")
    names = [f"{number}.txt" for number in range(9)]
    choose(form, *map(payload, names), payload("eleventh.txt"))
    expect(refused(form)).to_have_text("“eleventh.txt”: Too many attachments. The limit is 10.")
    assert posts == []
    assert_nothing_is_lost(form, "limit.txt", *names)
    assert_it_arrives(form, "limit.txt", *names)


def test_files_can_be_dropped_anywhere_in_the_form_but_no_folders(form, tmp_path):
    (tmp_path / "folder").mkdir()
    names = ["box.txt", "field.txt", "text.txt"]
    for name, place in zip(names, ("[data-st-drop]", "[type=file]", "#description"), strict=True):
        (tmp_path / name).write_bytes(b"words")
        drop(form, form.locator(place), tmp_path / name)
        expect(form.locator(".st-chosen bdi").last).to_have_text(name)
    drop(form, form.locator("[data-st-drop]"), tmp_path / "folder")
    expect(refused(form)).to_contain_text("folder")
    assert_nothing_is_lost(form, *names)
    assert_it_arrives(form, *names)


def test_pasted_pictures_are_attached_and_pasted_text_stays_text(form):
    def paste(text, *names):
        return form.get_by_label("Description").evaluate(PASTE, [text, names])

    assert paste("words")
    assert paste("words", "image.png")  # an office program adds a picture of the text
    assert_nothing_is_lost(form)
    assert not paste("/home/me/holiday.png", "holiday.png")  # a file manager adds the path
    assert_nothing_is_lost(form, "holiday.png")
    assert not paste("", "image.png")
    expect(form.locator(".st-chosen bdi").last).to_have_text(
        re.compile(r"^screenshot-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.png$")
    )


def test_upload_shows_its_progress_and_cancelling_keeps_everything(form):
    choose(form, payload("large.txt", b"x" * 900_000))
    session = form.context.new_cdp_session(form)
    session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": 50_000})
    send(form)
    progress = form.get_by_role("status").filter(has_text="%")
    expect(progress).to_have_text(re.compile(r"Sending [1-9]\d?%"))
    expect(form.get_by_role("button", name="Submit ticket")).to_be_disabled()
    form.get_by_role("button", name="Cancel").click()
    assert_nothing_is_lost(form, "large.txt")
    expect(form.get_by_role("button", name="Cancel")).to_have_count(0)
    session.detach()
    assert_it_arrives(form, "large.txt")


def test_refused_form_keeps_text_and_files_and_names_the_file(form):
    form.get_by_label("Subject").fill(" ")
    choose(form, payload("a.txt"), payload("fake.png", b"<html>"))
    send(form)
    errors = form.locator(".st-errors")
    expect(errors).to_be_focused()
    expect(errors).to_contain_text("Enter a subject.")
    expect(errors).to_contain_text("“fake.png”: This is really a web page (HTML).")
    expect(form.locator("#attachments-error")).to_contain_text("fake.png")
    form.get_by_label("Subject").fill("My words")
    assert_nothing_is_lost(form, "a.txt", "fake.png")
    form.get_by_role("button", name="Remove fake.png").click()
    assert_it_arrives(form, "a.txt")


def test_rotated_logs_and_misnamed_images_are_sent_and_page_says_new_name(form):
    """Rule B2."""
    photo = picture("JPEG", "RGB")
    logs = [payload("app.log.1"), payload("messages.old"), payload("error_log-20261128")]
    choose(form, *logs, payload("photo.png", photo), payload("photo.JFIF", photo))
    assert_nothing_is_lost(form, *(file["name"] for file in logs), "photo.png", "photo.JFIF")
    assert_it_arrives(form, *(file["name"] for file in logs), "photo.jpg", "photo.JFIF")
    notice = form.get_by_text("“photo.png” is really an image (JPG), so it's saved as “photo.jpg”.")
    expect(notice).to_be_in_viewport()


def test_ten_files_with_hostile_names_come_back_byte_by_byte(form):
    """Rules B1, B7."""
    for name, _, data in FILES:
        choose(form, payload(name, data))
    names = [shown or name for name, shown, _ in FILES]
    assert_it_arrives(form, *names)
    links = form.locator(".st-description .st-file-text a")
    for number, (name, (_, _, data)) in enumerate(zip(names, FILES, strict=True)):
        with form.expect_download() as download:
            links.nth(number).click()
        assert Path(download.value.path()).read_bytes() == data, name
        # Chromium does not save every name on every disk.
        saved = re.sub('["*:<>?|\u200d]', "_", unicodedata.normalize("NFC", name)).lstrip(".")
        assert download.value.suggested_filename == saved


@both_faces
def test_reply_with_files_leads_to_the_new_comment(open_as, ticket, who, path):
    page = open_as(who)
    page.goto(path.format(ticket))
    for text in ("Once", "And again"):
        page.locator("#text").fill(text)
        choose(page, payload(f"{text}.txt"))
        page.locator("#st-reply button.st-primary:visible").click()
        comment = page.locator(".st-comment:target", has_text=text)
        expect(comment.locator(".st-file-text a")).to_have_text([f"{text}.txt"])
        expect(comment).to_be_in_viewport()
        expect(page.locator("#text")).to_have_value("")
        expect(page.locator(".st-chosen li")).to_have_count(0)
