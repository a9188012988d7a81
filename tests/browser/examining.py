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

#: Functions for colors as a reader sees them, blended with what is behind them.
_COLORS = """
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const read = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
        return [red, green, blue, alpha / 255];
    };
    const over = (top, ground) =>
        top.slice(0, 3).map((value, index) => value * top[3] + ground[index] * (1 - top[3]));
    const light = (color) => {
        const [red, green, blue] = color.map((value) =>
            value <= 10 ? value / 3295 : ((value / 255 + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const groundOf = (element) => {
        const layers = [];
        for (let each = element; each; each = each.parentElement)
            layers.unshift(read(getComputedStyle(each).backgroundColor));
        return layers.reduce((ground, layer) => over(layer, ground), [255, 255, 255]);
    };
    const isShown = (element) => element.getClientRects().length > 0
        && getComputedStyle(element).clipPath === "none" && !element.closest(".sr-only");
    const contrast = (one, other) => {
        const [low, high] = [light(one), light(other)].sort((one, other) => one - other);
        return high / low;
    };
    const lowest = (found) => found.sort(([one], [other]) => one - other)[0];
"""
#: The lowest contrast of any text with its background, and the element.
_CONTRAST = f"""() => {{{_COLORS}
    const elements = [...document.querySelectorAll(".st-root *")].filter((element) =>
        element.matches("input:not([type=checkbox], [type=hidden]), select, textarea") ||
        [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    return lowest(elements.filter(isShown).map((element) => {{
        const ground = groundOf(element);
        const text = over(read(getComputedStyle(element).color), ground);
        return [contrast(text, ground), element.outerHTML.slice(0, 80)];
    }}));
}}"""
#: The lowest contrast of a control's border, or of the control itself, with what is around it.
#: Buttons without a border are known by their text. The browser draws checkboxes.
_EDGES = f"""() => {{{_COLORS}
    const fields = "select, textarea,"
        + "input:not([type=checkbox], [type=radio], [type=hidden], [type=file])";
    const controls = `${{fields}}, button, summary, .btn, .st-button, .st-do, .st-tool, .st-chip`;
    const found = [];
    for (const element of document.querySelectorAll(`.st-root :is(${{controls}})`)) {{
        if (!isShown(element)) continue;
        const style = getComputedStyle(element), around = groundOf(element.parentElement);
        const border = read(style.borderTopColor), ground = read(style.backgroundColor);
        const hasBorder = parseFloat(style.borderTopWidth) > 0 && border[3] > 0;
        if (!hasBorder && !element.matches(fields)) continue;
        const inside = over(ground, around);
        const edge = hasBorder ? contrast(over(border, inside), around) : 1;
        found.push([Math.max(contrast(inside, around), edge), element.outerHTML.slice(0, 120)]);
    }}
    return lowest(found) ?? [21, ""];
}}"""


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


def assert_readable(page: Page) -> None:
    """Assert that the extension's text has a contrast of at least 4.5:1, in any layout."""
    ratio, element = page.evaluate(_CONTRAST)
    assert ratio >= 4.5, (page.url, ratio, element)


def assert_controls_have_edges(page: Page) -> None:
    """Assert that fields and buttons differ from what is around them by 3:1 (WCAG 1.4.11)."""
    ratio, element = page.evaluate(_EDGES)
    assert ratio >= 3, (page.url, ratio, element)


def assert_selected_tab_differs(page: Page) -> None:
    """Assert that only the selected tab has a visible border, whatever the colors are."""
    borders = page.locator(".st-tabs a").evaluate_all("""all => {
        const ground = getComputedStyle(document.body).backgroundColor;
        return all.map((tab) => [
            tab.ariaCurrent !== null, getComputedStyle(tab).borderBottomColor !== ground]);
    }""")
    assert len(borders) > 2
    assert all(is_current is is_visible for is_current, is_visible in borders), borders
