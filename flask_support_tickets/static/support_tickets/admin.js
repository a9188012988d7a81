// The queue: an instant filter, a bar for selected tickets, menus, keyboard shortcuts, and polling.
// Without this script, the controls that need it stay hidden.
import { followHost } from "./color-scheme.js";
import { setUpMenus } from "./menus.js";
import { watchQueue } from "./queue-updates.js";
import { listen } from "./shortcuts.js";
import { setUpSuggestions } from "./suggestions.js";

const find = (selector) => document.querySelector(`.st-admin ${selector}`);
const allRows = () => [...document.querySelectorAll("[data-st-table] tbody tr")];
const shownRows = () => allRows().filter((row) => !row.hidden);
const boxOf = (row) => row.querySelector("input[type=checkbox]");
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

// Show the bar while tickets are selected.
const updateSelection = () => {
  const bar = find("#st-bulk");
  if (!bar) return;
  const selected = allRows().filter((row) => boxOf(row).checked);
  for (const row of allRows()) row.classList.toggle("st-is-selected", boxOf(row).checked);
  const box = bar.querySelector("[data-st-all] input");
  box.checked = selected.length > 0 && selected.length === shownRows().length;
  box.indeterminate = selected.length > 0 && !box.checked;
  const counter = bar.querySelector("[data-st-selected]");
  counter.textContent = selected.length ? fill(counter.dataset.text, { count: selected.length }) : "";
  bar.hidden = !selected.length;
};

const setUpSelection = () => {
  const all = find("[data-st-all]");
  if (!all) return;
  all.hidden = false;
  find("#st-bulk").classList.add("st-is-floating");
  all.addEventListener("change", (event) => {
    for (const row of shownRows()) boxOf(row).checked = event.target.checked;
    updateSelection();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "ticketId") updateSelection();
  });
  window.addEventListener("pageshow", updateSelection); // going back restores checked boxes
  updateSelection();
};

// Hide rows that do not contain the words in the search box, unless the server searched for them.
const filterRows = () => {
  const input = find("[data-st-search]");
  if (!input) return updateSelection();
  const status = find("[data-st-search-status]");
  const isSearched = input.value === input.defaultValue;
  const words = isSearched ? [] : input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = allRows();
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (row.hidden && boxOf(row)) boxOf(row).checked = false; // hidden rows must not be selected
  }
  const values = { count: shownRows().length, total: rows.length };
  status.textContent = words.length && rows.length ? fill(status.dataset.text, values) : "";
  updateSelection();
};

const setUpFilter = () => {
  const input = find("[data-st-search]");
  if (!input) return; // the host's template replaces the toolbar
  input.addEventListener("input", filterRows);
  if (input.value !== input.defaultValue) filterRows(); // the browser restored it
};

const setUpKeys = () => {
  const rowInUse = () =>
    document.activeElement?.closest("[data-st-table] tbody tr") ?? find("[data-st-table] tr:target");
  const go = (offset) => {
    const shown = shownRows();
    const index = shown.indexOf(rowInUse());
    const next = index < 0 ? (offset > 0 ? 0 : shown.length - 1) : index + offset;
    const row = shown[Math.min(Math.max(next, 0), shown.length - 1)];
    row?.querySelector("[data-st-open]")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  listen({
    j: () => go(1),
    k: () => go(-1),
    x: () => {
      const row = rowInUse();
      if (row && boxOf(row)) boxOf(row).checked = !boxOf(row).checked;
      updateSelection();
    },
    "/": () => find("[data-st-search]")?.select(),
  });
};

// Scroll the tabs on narrow screens. `scrollIntoView` would let the Tab key start from there.
const showCurrentTab = () => {
  const tab = find(".st-tabs [aria-current]");
  const bar = tab?.closest(".st-tabs");
  if (!bar) return;
  const [outer, inner] = [bar, tab].map((each) => each.getBoundingClientRect());
  bar.scrollLeft += Math.max(inner.right - outer.right, 0) || Math.min(inner.left - outer.left, 0);
};

followHost();
setUpMenus();
setUpSelection();
setUpFilter();
setUpSuggestions();
setUpKeys();
watchQueue(filterRows);
showCurrentTab();
find(".st-results")?.focus();

// Leave empty fields out of the URLs, because people bookmark them.
for (const form of document.querySelectorAll(".st-filters, .st-search-box")) {
  const fields = () => [...form.elements].filter((field) => field.name);
  form.addEventListener("submit", () => {
    for (const field of fields()) field.disabled = !field.value;
  });
  window.addEventListener("pageshow", () => {
    for (const field of fields()) field.disabled = false;
  });
}
