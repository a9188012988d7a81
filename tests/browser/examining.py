"""What is demanded of a page, whatever it shows: read by everybody, on any screen."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
#: The looks a page is examined in: light and dark, on a desk and on the smallest phone.
LOOKS: list[tuple[Scheme, int]] = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]
#: The side of a target on user pages, in CSS pixels.
TARGET = 44

#: Every rule of axe but the experimental ones; it leaves the size of targets out by default.
_AXE = """async (within) => {
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
#: A target is as large as the area that answers to the pointer: a link may cover its card, a label
#: belongs to its field. Links in a sentence may be small (WCAG 2.5.8, "Inline").
_SMALL = """([root, side]) => {
    const field = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    const shown = (each) => each.checkVisibility({ visibilityProperty: true })
        && getComputedStyle(each).clipPath === "none" && !each.closest("[inert]");
    const inSentence = (each) => {
        if (each.tagName !== "A" || getComputedStyle(each).display !== "inline") return false;
        let block = each.parentElement;
        while (getComputedStyle(block).display === "inline") block = block.parentElement;
        return block.textContent.trim().length > each.textContent.trim().length;
    };
    const answers = (each, x, y) => {
        const hit = document.elementFromPoint(x, y);
        return hit && (each.contains(hit) || [...(each.labels ?? [])].some((l) => l.contains(hit)));
    };
    const isLarge = (each) => {
        const box = each.getBoundingClientRect();
        if (box.width >= side && box.height >= side) return true;
        each.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
        const { left, right, top, bottom } = each.getBoundingClientRect();
        const reach = (from, at) => {
            let low = from, high = from;
            while (from - low < side && at(low - 1)) low -= 1;
            while (high - from < side && at(high + 1)) high += 1;
            return high - low + 2 >= side;
        };
        const x = (left + right) / 2, y = (top + bottom) / 2;
        return reach(x, (at) => answers(each, at, y)) && reach(y, (at) => answers(each, x, at));
    };
    return [...document.querySelectorAll(root)].flatMap((part) => [...part.querySelectorAll(field)])
        .filter((each) => shown(each) && !each.disabled && !inSentence(each) && !isLarge(each))
        .map((each) => {
            const { width, height } = each.getBoundingClientRect();
            const name = (each.innerText || each.ariaLabel || each.name || "").trim();
            return `target of ${Math.round(width)} x ${Math.round(height)} px: "`
                + `${name.slice(0, 40)}" ${each.tagName.toLowerCase()}.${each.className}`;
        });
}"""


def assert_usable(
    page: Page,
    *,
    within: str | None = None,
    target: int | None = None,
    looks: list[tuple[Scheme, int]] = LOOKS,
) -> None:
    """See that nothing is wrong with the page as it stands, in each of ``looks``.

    ``within`` names the part that is ours; ``target`` is the least size of what can be pressed.
    """
    found: dict[str, list[str]] = {}
    page.evaluate(AXE_SCRIPT)
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("new Promise(requestAnimationFrame)")
        wrong: list[str] = page.evaluate(_AXE, within or "html")
        if width == 320:
            wrong += page.evaluate(_SIDEWAYS)
        if target is not None:
            wrong += page.evaluate(_SMALL, [within or ".st-root", target])
        for fault in wrong:
            found.setdefault(fault, []).append(f"{scheme} {width}")
    assert not found, "\n" + "\n".join(f"{each} ({', '.join(found[each])})" for each in found)


def assert_no_sideways_scroll(page: Page) -> None:
    """See that all of the page is within its width."""
    assert page.evaluate(_SIDEWAYS) == [], page.url
