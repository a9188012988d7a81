// The queue: an instant filter of the rows shown, selecting all of them, and keys. Without
// JavaScript the controls that need it stay hidden.
import { listen } from "./shortcuts.js";

const rows = [...document.querySelectorAll("[data-st-table] tbody tr")];
const boxOf = (row) => row.querySelector("input[type=checkbox]");
const shownRows = () => rows.filter((row) => !row.hidden);

const setUpSelection = () => {
  const all = document.querySelector("[data-st-all]");
  const told = document.querySelector("[data-st-selected]");
  if (!all || !told) return () => {};
  const tell = () => {
    const count = rows.filter((row) => boxOf(row).checked).length;
    for (const row of rows) row.classList.toggle("st-is-selected", boxOf(row).checked);
    const box = all.querySelector("input");
    box.checked = count > 0 && count === shownRows().length;
    box.indeterminate = count > 0 && !box.checked;
    told.textContent = count ? told.dataset.text.replace("%(count)s", count) : "";
  };
  all.hidden = false;
  all.addEventListener("change", (event) => {
    for (const row of shownRows()) boxOf(row).checked = event.target.checked;
    tell();
  });
  for (const row of rows) boxOf(row).addEventListener("change", tell);
  window.addEventListener("pageshow", tell); // a browser that went back has filled the boxes again
  tell();
  return tell;
};

const setUpFilter = (tellSelection) => {
  const place = document.querySelector("[data-st-filter]");
  if (!place || !rows.length) return;
  const input = place.querySelector("input");
  const count = place.querySelector("[data-st-filter-count]");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      if (row.hidden) boxOf(row).checked = false; // what cannot be seen is not moved
    });
    count.textContent = words.length ? `${shownRows().length} / ${rows.length}` : "";
    tellSelection();
  };
  input.addEventListener("input", apply);
  place.hidden = false;
  apply();
};

const setUpKeys = (tellSelection) => {
  const rowInUse = () => document.activeElement?.closest("[data-st-table] tbody tr") ?? document.querySelector("[data-st-table] tr:target");
  const go = (step) => {
    const shown = shownRows();
    const place = shown.indexOf(rowInUse());
    const next = place < 0 ? (step > 0 ? 0 : shown.length - 1) : place + step;
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
      tellSelection();
    },
    "/": () => document.querySelector("[data-st-search]").select(),
  });
};

const tellSelection = setUpSelection();
setUpFilter(tellSelection);
setUpKeys(tellSelection);
document.querySelector(".st-results")?.focus();
