// Focus the list of errors, and show how many characters are left when text nears a field's limit
// (data-st-max). The server validates the text in any case.

import { followHost } from "./color-scheme.js";
import { element, localeOf } from "./elements.js";

const NEAR = 0.75;
const PAUSE_MS = 1000;

// Count like the server: normalize line endings and trim whitespace.
const lengthOf = (text) => [...text.replace(/\r\n?/g, "\n").trim()].length;

const lineFor = (field) => {
  const known = document.getElementById(`${field.id}-left`);
  if (known) return known;
  const shown = element("p", "st-left");
  shown.id = `${field.id}-left`;
  shown.setAttribute("aria-hidden", "true");
  const spoken = element("span", "st-visually-hidden");
  spoken.setAttribute("role", "status");
  field.after(shown, spoken);
  return shown;
};

let timer;
const count = (field) => {
  const max = Number(field.dataset.stMax);
  const left = max - lengthOf(field.value);
  const known = document.getElementById(`${field.id}-left`);
  if (!known && left > max * (1 - NEAR)) return;
  const shown = known ?? lineFor(field);
  const text = left < 0 ? field.dataset.stTextOver : field.dataset.stTextLeft;
  shown.hidden = left > max * (1 - NEAR);
  shown.textContent = shown.hidden ? "" : text.replace("%(count)s", Math.abs(left).toLocaleString(localeOf(field)));
  shown.classList.toggle("st-too-many", left < 0);
  clearTimeout(timer);
  timer = setTimeout(() => (shown.nextElementSibling.textContent = shown.textContent), PAUSE_MS);
};

document.addEventListener("input", (event) => {
  if (event.target.dataset?.stMax) count(event.target);
});
const countAll = () => document.querySelectorAll(".st-root [data-st-max]").forEach(count);
document.addEventListener("st-replaced", countAll);
countAll();
document.querySelector(".st-root .st-errors")?.focus();
followHost();
