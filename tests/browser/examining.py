"""The demands on every page: accessible, nothing cut off, targets that a thumb can hit."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: Every rule of axe but the experimental ones; it leaves the size of targets out by default.
_AXE = """async ([within, side]) => {
    axe.configure({ checks: [
        { id: "target-size", options: { minSize: side } },
        { id: "target-offset", options: { minOffset: side } }] });
    const found = await axe.run(within, {
        resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
    return found.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
        `${id}: ${node.target.join(" ")} ${[...node.any, ...node.all, ...node.none]
            .map(({ message }) => message).join("; ")}`));
}"""
_SIDEWAYS = """() => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= innerWidth) return [];
    const wide = [...document.body.querySelectorAll("*")]
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).slice(0, 3)
        .map((each) => each.outerHTML.slice(0, 90));
    return [`scrolls sideways by ${page.scrollWidth - innerWidth} px: ${wide.join(" | ")}`];
}"""


def assert_usable(page: Page, within: str = "") -> None:
    """Assert that nothing is wrong with the page at its present size and color scheme.

    On user pages the whole page counts, and targets are 44 CSS pixels wide and high. In the admin
    only ``<main>`` is ours, and targets are 24 pixels (WCAG 2.5.8). ``within`` is a part
    that counts instead, such as an open menu, which may cover a part of other targets.
    """
    page.evaluate(AXE_SCRIPT)
    part = [within or "main", 24] if "/admin/" in page.url else [within or "html", 44]
    faults = page.evaluate(_SIDEWAYS) + page.evaluate(_AXE, part)
    assert not faults, "\n".join([page.url, *faults])


def assert_no_sideways_scroll(page: Page) -> None:
    """Assert that all of the page is within its width."""
    faults = page.evaluate(_SIDEWAYS)
    assert not faults, "\n".join([page.url, *faults])
