"""Images of a ticket: a dialog over the conversation, and a page without JavaScript. Rule B8.

The windows of `people` fail the test if the Content Security Policy blocks anything.
"""

import re

import pytest
from playwright.sync_api import expect

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_no_sideways_scroll, assert_usable
from .hands import both_faces, file_input, payload
from .scene import STARTED

pytestmark = NEEDS_CHROMIUM

NAMES = ("first.png", "notes.log", "tall.png", "last.png")
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def gallery(site):
    """Alice's ticket with three images and another file."""
    return site.open("Three pictures", STARTED, files=NAMES)


def thumbnails(page):
    return page.locator("[data-st-image]")


def image(page):
    return page.locator("[data-st-viewer] img")


def size_of(page):
    return image(page).evaluate("img => [img.clientWidth, img.clientHeight]")


@both_faces
def test_images_are_shown_over_the_conversation_by_keyboard(open_as, gallery, who, path):
    page = open_as(who, viewport=DESK)
    page.goto(path.format(gallery))
    page.locator("#text").fill("Typed before")
    file_input(page).set_input_files(payload("chosen.txt"))
    thumbnails(page).first.press("Enter")
    dialog = page.get_by_role("dialog", name="first.png")
    expect(dialog.get_by_role("region", name="first.png")).to_be_focused()
    expect(dialog).to_contain_text("1 of 3")
    steps = "Left first, Right tall, Right last, Right last, Left tall, Left first"
    for key, name in (step.split() for step in steps.split(", ")):
        page.keyboard.press(f"Arrow{key}")
        expect(page.get_by_role("region", name=f"{name}.png")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(thumbnails(page).first).to_be_focused()
    expect(page.locator("#text")).to_have_value("Typed before")
    expect(page.locator(".st-chosen li")).to_have_count(1)
    assert page.url.endswith(path.format(gallery))


def test_images_are_zoomed_by_keys_and_by_a_click(open_as, gallery):
    page = open_as("alice", viewport=PHONE)
    page.goto(f"/settings/ticket/{gallery}")
    thumbnails(page).first.click()
    expect(image(page)).to_be_visible()
    fitted, actual = [390, 244], [640, 400]
    assert size_of(page) == fitted
    for key, size in zip("++---", [actual, [1280, 800], actual, fitted, fitted], strict=True):
        page.keyboard.press(key)
        assert size_of(page) == size, key
    image(page).click()
    assert size_of(page) == actual
    expect(page.get_by_label("Actual size")).to_be_checked()
    page.keyboard.press("ArrowRight")  # scrolls
    expect(page.get_by_role("dialog", name="first.png")).to_be_visible()
    page.get_by_label("Actual size").uncheck()
    assert size_of(page) == fitted


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_tall_image_fills_the_width_and_is_scrolled(open_as, gallery, viewport):
    page = open_as("mona", viewport=viewport)
    page.goto(f"/admin/tickets/{gallery}")
    thumbnails(page).nth(1).click()
    expect(image(page)).to_have_class("st-is-tall")
    width, height = size_of(page)
    assert width == min(viewport["width"], 958)
    assert height > 7 * viewport["height"]
    page.keyboard.press("End")
    scrolled = page.locator(".st-viewer-image")
    expect(scrolled).to_be_focused()
    assert scrolled.evaluate("part => part.scrollHeight > part.clientHeight")


@both_faces
@pytest.mark.parametrize("look", ["light", "dark"])
def test_dialog_and_page_of_an_image_are_usable(open_as, gallery, who, path, look):
    page = open_as(who, viewport=PHONE, color_scheme=look)
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)
        page.goto(path.format(gallery))
        thumbnails(page).nth(1).click()
        expect(image(page)).to_be_visible()
        assert_usable(page, "[data-st-lightbox]")
        url = thumbnails(page).nth(1).get_attribute("href")
        page.goto(url)
        expect(image(page)).to_be_visible()
        assert_usable(page)


@both_faces
def test_image_has_a_page_without_a_script(open_as, gallery, who, path):
    page = open_as(who, javascript=False, viewport=DESK)
    page.goto(path.format(gallery))
    thumbnails(page).first.click()
    for name in ("tall.png", "last.png"):
        page.get_by_role("link", name="Next image").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert_no_sideways_scroll(page)
    page.get_by_role("link", name="Previous image").click()
    width, height = size_of(page)
    assert height > 10 * width  # the page scrolls
    page.get_by_label("Actual size").check()
    assert size_of(page)[0] == 958
    assert_no_sideways_scroll(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "tall.png"
    page.get_by_role("link", name="Back to the ticket").click()
    expect(page).to_have_url(re.compile(rf"{path.format(gallery)}#st-description$"))


def test_image_that_cannot_be_loaded_opens_elsewhere_and_keeps_what_was_typed(open_as, gallery):
    page = open_as("alice")
    page.goto(f"/settings/ticket/{gallery}")
    file_input(page).set_input_files(payload("chosen.txt"))
    cookies = page.context.cookies()
    page.context.clear_cookies()
    thumbnails(page).first.click()
    expect(page.get_by_role("dialog")).to_contain_text("The image couldn't be loaded.")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open it in a new tab").click()
    expect(popup.value).to_have_url(re.compile("/login"))
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Close").click()
    thumbnails(page).first.click()
    expect(page.get_by_role("dialog", name="first.png")).to_be_visible()
    expect(page.locator(".st-chosen li")).to_have_count(1)
