"""The ways people use a page. A trip is written once and made in each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from ..chromium import PATIENCE_MS
from .examining import assert_no_sideways_scroll, assert_usable

#: Controls that a script brings to life.
_NEEDS_SCRIPT = ", ".join(
    f"[data-st-{name}]:visible"
    for name in ("filter", "all", "keys-open", "drop-hint", "chosen", "progress")
)
#: Looks at the focused element; ``target`` is where the keyboard wants to go.
_FOCUS = """(target) => {
    const at = document.activeElement, look = getComputedStyle(at);
    const { top, bottom, left, right, width, height } = at.getBoundingClientRect();
    return {
        isThere: at === target, isOurs: at.closest(".st-root") !== null,
        isMarked: (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0)
            || look.boxShadow !== "none",
        isInView: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth
            && width > 1 && height > 1,
        text: at.outerHTML.slice(0, 120),
    };
}"""
_MOST_TABS = 400
#: For tests of what scripts do on the page of a ticket, for its requester and for staff.
both_faces = pytest.mark.parametrize(
    ("who", "path"),
    [("alice", "/settings/ticket/{}"), ("mona", "/admin/tickets/{}")],
    ids=["requester", "staff"],
)


def payload(name: str, data: bytes = b"words") -> FilePayload:
    """Return a file for `Locator.set_input_files` that is on no disk."""
    return {"name": name, "mimeType": "", "buffer": data}


def file_input(page: Page) -> Locator:
    """Return the file input of the page's form."""
    return page.get_by_label("Attachments").and_(page.locator("[type=file]"))


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for a condition. The CSP lets no `Page.wait_for_function` evaluate a text."""
    for _ in range(PATIENCE_MS // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("The condition did not come true.")


def wait_until_no_draft_is_left(page: Page) -> None:
    """Wait until the browser has forgotten what was typed."""
    wait_until(page, lambda: page.evaluate("Object.keys(localStorage).length") == 0)


class Hand:
    """A user with a mouse; the other ways differ in how something is pressed and written."""

    def __init__(self, page: Page, *, has_script: bool) -> None:
        self.page, self.has_script = page, has_script
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("filechooser", lambda chooser: None)  # from the start, so that none is missed

    def examine(self, landmark: str = "") -> None:
        """Assert that the page is usable, once it shows ``landmark``."""
        expect(self.page.locator("main")).to_contain_text(landmark)
        self.page.wait_for_load_state()  # with its style sheets
        if self.has_script:
            assert_usable(self.page)
        else:  # axe needs scripts
            assert_no_sideways_scroll(self.page)
            expect(self.page.locator(_NEEDS_SCRIPT)).to_have_count(0)

    def part(self, selector: str, text: str) -> Locator:
        """Return the first part of the page of that kind, with that text in it."""
        return self.page.locator(selector, has_text=text).first

    def follow(self, name: Any, within: str = "html") -> None:
        self.activate(self.page.locator(within).get_by_role("link", name=name).first)

    def press(self, name: Any, within: str = "main") -> None:
        self.activate(self.page.locator(within).get_by_role("button", name=name).first)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label).check()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label).first.fill(text)

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label).first.select_option(label=option)

    def attach(self, file: FilePayload) -> None:
        file_input(self.page).set_input_files(file)

    def activate(self, target: Locator) -> None:
        """Press or follow it."""
        target.click()

    def activate_twice(self, target: Locator) -> None:
        """Press it once more than needed."""
        target.dblclick()


class Finger(Hand):
    """A user with a phone."""

    def activate(self, target: Locator) -> None:
        target.tap()


class Keyboard(Hand):
    """A user who has a keyboard alone, and sees the focus at every stop in our part."""

    def reach(self, target: Locator) -> None:
        """Press Tab until the focus is on ``target``."""
        expect(target).to_be_visible()
        element = target.element_handle()
        for _ in range(_MOST_TABS):
            focus = self.page.evaluate(_FOCUS, element)
            assert focus["isMarked"] or not focus["isOurs"], f"no focus ring: {focus['text']}"
            if focus["isThere"]:
                return
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(_FOCUS, element)
            assert focus["isInView"] or not focus["isOurs"], f"out of sight: {focus['text']}"
        raise AssertionError(f"no Tab leads to {target}")

    def tick(self, label: str) -> None:
        box = self.page.get_by_label(label)
        self.reach(box)
        self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def write(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label).first
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)
        expect(field).to_have_value(text)

    def choose(self, label: str, option: str) -> None:
        field = self.page.get_by_label(label).first
        self.reach(field)
        self.page.keyboard.type(option)
        expect(field.locator("option:checked")).to_have_text(option)

    def attach(self, file: FilePayload) -> None:
        self.reach(file_input(self.page))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(file)

    def activate(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def activate_twice(self, target: Locator) -> None:
        self.activate(target)
        self.page.keyboard.press("Enter")


_PHONE = {"viewport": {"width": 320, "height": 640}}
#: Who uses the pages in each way, and what their browser window is like.
WAYS: dict[str, tuple[type[Hand], dict[str, Any]]] = {
    "mouse": (Hand, {"color_scheme": "light"}),
    "keyboard": (Keyboard, {"color_scheme": "dark"}),
    "phone": (Finger, {"color_scheme": "dark", "has_touch": True, "is_mobile": True, **_PHONE}),
    "no script": (Hand, {"javascript": False, **_PHONE}),
}
