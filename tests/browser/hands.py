"""The ways people use a page: by mouse, without JavaScript, by keyboard alone, on a small phone.

A trip is written once and made in each of these ways.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FileChooser, FilePayload, Locator, Page, Request, Response, expect

from ..chromium import PATIENCE_MS

#: What `people` opens a page with, by the name of the way.
WAYS: dict[str, dict[str, Any]] = {
    "mouse": {},
    "no script": {"javascript": False},
    "keyboard": {},
    "phone": {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True},
}
_MOST_STOPS = 400
_STOP = """(target) => {
    const at = document.activeElement, look = getComputedStyle(at);
    const { top, bottom, left, right, width, height } = at.getBoundingClientRect();
    return {
        isThere: at === target, isOurs: at.closest(".st-root") !== null,
        isSeen: (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0)
            || look.boxShadow !== "none",
        isInSight: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth
            && width > 1 && height > 1,
        text: at.outerHTML.slice(0, 120),
    };
}"""


def wait_until_forgotten(page: Page) -> None:
    """Wait until the browser keeps no draft any more.

    A policy lets no page evaluate a text, so `Page.wait_for_function` cannot ask again.
    """
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate("Object.keys(localStorage).length") == 0:
            return
        page.wait_for_timeout(100)
    raise AssertionError("There is a draft left.")


def let_pass(page: Page, seconds: int) -> list[Response]:
    """Move the installed clock of the page on; return the answers to what it asked for then.

    What it does with an answer (such as planning when to ask again) is done on return.
    """
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    page.clock.run_for(seconds * 1000)
    page.evaluate("0")  # the events of what was asked have come
    page.remove_listener("request", note)
    answers = [answer for answer in (request.response() for request in asked) if answer]
    page.wait_for_timeout(200)
    page.evaluate("0")
    return answers


class Hand:
    """By mouse; the other ways differ in how something is pressed and written."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("dialog", lambda dialog: dialog.accept())  # who is asked goes on

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(path)

    def part(self, selector: str, text: str | None = None) -> Locator:
        """Return the first part of the page of that kind, with that text in it."""
        return self.page.locator(selector, has_text=text).first

    def follow(self, name: Any, within: Locator | None = None) -> None:
        """Follow the first link of that name."""
        self.activate((within or self.page).get_by_role("link", name=name).first)

    def press(self, name: Any, within: Locator | None = None) -> None:
        """Press the first button of that name."""
        self.activate((within or self.page).get_by_role("button", name=name).first)

    def tick(self, box: Locator) -> None:
        """Tick a checkbox."""
        box.check()

    def write(self, label: Any, text: str) -> None:
        """Write into the field of that label, over what is in it."""
        self.page.get_by_label(label).first.fill(text)

    def choose(self, label: Any, option: str) -> None:
        """Choose from a list."""
        self.page.get_by_label(label).first.select_option(label=option)

    def attach(self, label: Any, file: FilePayload) -> None:
        """Attach a file."""
        self.page.get_by_label(label).and_(self.page.locator("[type=file]")).set_input_files(file)

    def activate(self, target: Locator) -> None:
        """Press or follow it."""
        target.click()

    def activate_twice(self, target: Locator) -> None:
        """Press it once more than needed, as people do."""
        target.dblclick()


class Finger(Hand):
    """On a phone: tapping, and nothing beside the screen."""

    def activate(self, target: Locator) -> None:
        target.tap()

    def activate_twice(self, target: Locator) -> None:
        target.evaluate("button => { button.click(); button.click(); }")


class Keyboard(Hand):
    """Tab to it and see where one is; then Enter, Space, letters."""

    def reach(self, target: Locator) -> None:
        """Press Tab until the focus is on ``target``; see it on every stop in our part."""
        expect(target).to_be_visible()
        element = target.element_handle()
        for _ in range(_MOST_STOPS):
            stop = self.page.evaluate(_STOP, element)
            if stop["isThere"]:
                assert stop["isSeen"], f"the focus cannot be seen on {stop['text']}"
                return
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(_STOP, element)
            if stop["isOurs"]:
                assert stop["isSeen"], f"the focus cannot be seen on {stop['text']}"
                assert stop["isInSight"], f"the focus is out of sight on {stop['text']}"
        raise AssertionError(f"no Tab leads to {target}")

    def tick(self, box: Locator) -> None:
        self.reach(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def write(self, label: Any, text: str) -> None:
        field = self.page.get_by_label(label).first
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)
        expect(field).to_have_value(text)

    def choose(self, label: Any, option: str) -> None:
        field = self.page.get_by_label(label).first
        self.reach(field)
        self.page.keyboard.type(option)
        expect(field.locator("option:checked")).to_have_text(option)

    def attach(self, label: Any, file: FilePayload) -> None:
        self.reach(self.page.get_by_label(label).and_(self.page.locator("[type=file]")))
        choosers: list[FileChooser] = []
        self.page.on("filechooser", lambda chooser: choosers.append(chooser))
        for _ in range(20):  # a busy browser may let the first one pass without telling
            if choosers:
                break
            self.page.keyboard.press("Space")
            self.page.wait_for_timeout(500)
        choosers[0].set_files(file)

    def activate(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def activate_twice(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Enter")


HANDS = {"mouse": Hand, "no script": Hand, "keyboard": Keyboard, "phone": Finger}
