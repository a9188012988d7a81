// The queue: an instant filter, "select all", and keyboard shortcuts. Without this script, the
// controls that need it stay hidden.
import { listen } from "./shortcuts.js";

const rows = [...document.querySelectorAll("[data-st-table] tbody tr")];
const boxOf = (row) => row.querySelector("input[type=checkbox]");
const shownRows = () => rows.filter((row) => !row.hidden);

const setUpSelection = () => {
  const all = document.querySelector("[data-st-all]");
  const counter = document.querySelector("[data-st-selected]");
  if (!all || !counter) return () => {};
  const update = () => {
    const count = rows.filter((row) => boxOf(row).checked).length;
    for (const row of rows) row.classList.toggle("st-is-selected", boxOf(row).checked);
    const box = all.querySelector("input");
    box.checked = count > 0 && count === shownRows().length;
    box.indeterminate = count > 0 && !box.checked;
    counter.textContent = count ? counter.dataset.text.replace("%(count)s", count) : "";
  };
  all.hidden = false;
  all.addEventListener("change", (event) => {
    for (const row of shownRows()) boxOf(row).checked = event.target.checked;
    update();
  });
  for (const row of rows) boxOf(row).addEventListener("change", update);
  window.addEventListener("pageshow", update); // going back restores checked boxes
  update();
  return update;
};

const setUpFilter = (updateSelection) => {
  const container = document.querySelector("[data-st-filter]");
  if (!container || !rows.length) return;
  const input = container.querySelector("input");
  const count = container.querySelector("[data-st-filter-count]");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      if (row.hidden) boxOf(row).checked = false; // hidden rows must not be selected
    });
    count.textContent = words.length ? `${shownRows().length} / ${rows.length}` : "";
    updateSelection();
  };
  input.addEventListener("input", apply);
  container.hidden = false;
  apply();
};

const setUpKeys = (updateSelection) => {
  const rowInUse = () => document.activeElement?.closest("[data-st-table] tbody tr") ?? document.querySelector("[data-st-table] tr:target");
  const go = (offset) => {
    const shown = shownRows();
    const index = shown.indexOf(rowInUse());
    const next = index < 0 ? (offset > 0 ? 0 : shown.length - 1) : index + offset;
    const row = shown[Math.min(Math.max(next, 0), shown.length - 1)];
    row?.querySelector("[data-st-open]").focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  listen({
    j: () => go(1),
    k: () => go(-1),
    x: () => {
      const row = rowInUse();
      if (row) boxOf(row).checked = !boxOf(row).checked;
      updateSelection();
    },
    "/": () => document.querySelector("[data-st-search]").select(),
  });
};

const updateSelection = setUpSelection();
setUpFilter(updateSelection);
setUpKeys(updateSelection);
document.querySelector(".st-results")?.focus();
