// Suggest tickets, people and tags below the queue's search box: a combobox whose list the arrow keys
// move through. Without a selection, Enter searches. Without this script, the form searches.
import { element } from "./elements.js";
import { fetchOrNull } from "./polling.js";

const PAUSE_MS = 200;

class Suggestions {
  constructor(input, list) {
    this.input = input;
    this.list = list;
    this.status = document.querySelector("[data-st-suggestions-status]");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    this.close();
    input.addEventListener("input", () => this.onInput());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus
    list.addEventListener("click", (event) => this.follow(event.target.closest("[role=option]")));
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  onInput() {
    this.close();
    const text = this.input.value.trim();
    if (text) this.timer = setTimeout(() => this.load(text), PAUSE_MS);
  }

  async load(text) {
    this.request = new AbortController();
    const url = `${this.list.dataset.stSuggestions}?${new URLSearchParams({ search: text })}`;
    const headers = { Accept: "application/json" };
    const { signal } = this.request;
    const response = await fetchOrNull(url, { headers, signal, redirect: "manual" });
    const found = response?.ok ? await response.json().catch(() => null) : null;
    if (found && !signal.aborted) this.show(found);
  }

  show({ groups, status }) {
    this.list.replaceChildren(...groups.map(groupOf));
    this.options.forEach((option, index) => (option.id = `${this.list.id}-${index}`));
    this.list.hidden = !groups.length;
    this.input.setAttribute("aria-expanded", !this.list.hidden);
    this.status.textContent = status;
  }

  // Also give up what is being loaded.
  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.show({ groups: [], status: "" });
    this.select(null);
  }

  select(option) {
    for (const each of this.options) each.setAttribute("aria-selected", each === option);
    this.selected = option;
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  // Arrow keys go round: past the last option, nothing is selected, and then the first one.
  move(offset) {
    const stops = [null, ...this.options];
    const index = stops.indexOf(this.selected) + offset;
    this.select(stops.at(index % stops.length));
  }

  onKey(event) {
    if (this.list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") this.move(1);
    else if (event.key === "ArrowUp") this.move(-1);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.selected) this.follow(this.selected);
    else return;
    event.preventDefault();
  }

  follow(option) {
    if (option) location.assign(option.dataset.url);
  }
}

const groupOf = ({ label, items }) => {
  const group = element("div", "");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  const heading = element("p", "st-menu-head", label);
  heading.setAttribute("aria-hidden", "true");
  group.append(heading, ...items.map(optionOf));
  return group;
};

const optionOf = ({ text, url, hint }) => {
  const option = element("div", "st-suggestion");
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.dataset.url = url;
  option.append(element("bdi", "", text));
  if (hint) option.append(element("span", "st-menu-note", hint));
  return option;
};

export const setUpSuggestions = () => {
  const input = document.querySelector(".st-admin [data-st-search]");
  const list = document.querySelector("[data-st-suggestions]");
  if (input && list) new Suggestions(input, list);
};
