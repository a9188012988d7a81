// Turn the select of saved replies into a search field with a list (a combobox). The chosen text is
// inserted at the cursor. Without this script, the button next to the select inserts it at the end.

import { postForm } from "./post-form.js";
import { showRejected } from "./rejected-form.js";

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Start a new paragraph after other text.
const insertAtCursor = (field, text) => {
  field.focus();
  const isAfterText = /\S$/.test(field.value.slice(0, field.selectionStart));
  const added = isAfterText ? `\n\n${text}` : text;
  // Deprecated, but nothing else can be undone with Ctrl+Z.
  if (document.execCommand("insertText", false, added)) return;
  field.setRangeText(added, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

// The server fills in the placeholders.
const insert = async (form, savedReply) => {
  const page = await postForm(form, { savedReply, insert: "1" }, () => insert(form, savedReply));
  const text = page?.querySelector("[data-st-inserted]")?.dataset.stInserted;
  if (text !== undefined) insertAtCursor(form.querySelector("textarea"), text);
  else if (page) showRejected(form, page);
};

const create = (tag, properties, attributes) => {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

class Picker {
  constructor(box, select) {
    this.form = box.closest("form");
    const list = `${select.id}-list`;
    this.input = create(
      "input",
      { type: "text", id: select.id, placeholder: box.dataset.textSearch, autocomplete: "off", dir: "auto" },
      { role: "combobox", "aria-expanded": "false", "aria-controls": list, "aria-autocomplete": "list" },
    );
    this.list = create(
      "ul",
      { id: list, className: "st-saved-list", hidden: true },
      { role: "listbox", "aria-label": box.querySelector("label").textContent },
    );
    this.none = create("p", { className: "st-saved-none" }, { role: "status" });
    this.textNone = box.dataset.textNone;
    this.options = [...select.options].filter((each) => each.value).map((each, index) => {
      const option = create("li", { id: `${list}-${index}` }, { role: "option", "data-value": each.value });
      option.append(create("bdi", { textContent: each.text }, {}));
      return option;
    });
    box.querySelector("[data-st-saved-row]").replaceChildren(this.input, this.list, this.none);
    this.input.addEventListener("input", () => this.open());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // keep the focus
    this.list.addEventListener("click", ({ target }) => this.choose(target.closest("li")));
  }

  // Show the options that contain all words that were typed.
  open() {
    const words = fold(this.input.value).split(/\s+/);
    const found = this.options.filter((each) => words.every((word) => fold(each.textContent).includes(word)));
    this.list.replaceChildren(...found);
    this.list.hidden = !found.length;
    this.none.textContent = found.length ? "" : this.textNone;
    this.input.setAttribute("aria-expanded", !this.list.hidden);
    this.activate(found[0]);
  }

  close() {
    this.list.hidden = true;
    this.none.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.activate(null);
  }

  activate(option) {
    this.active = option ?? null;
    for (const each of this.options) each.setAttribute("aria-selected", each === option);
    this.input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  choose(option) {
    if (!option) return;
    this.input.value = "";
    this.close();
    insert(this.form, option.dataset.value);
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || !(step || event.key === "Enter" || event.key === "Escape")) return;
    event.preventDefault(); // Enter must not send the form
    if (event.key === "Escape") {
      if (this.list.hidden) this.input.value = "";
      this.close();
    } else if (this.list.hidden) {
      this.open();
    } else if (event.key === "Enter") {
      this.choose(this.active);
    } else {
      const shown = [...this.list.children];
      this.activate(shown.at((shown.indexOf(this.active) + step) % shown.length));
    }
  }
}

const setUp = () => {
  for (const box of document.querySelectorAll("[data-st-saved]")) {
    const select = box.querySelector("select");
    if (!select) continue;
    new Picker(box, select);
    const field = box.closest("form").querySelector("textarea");
    if (field !== document.activeElement) field.setSelectionRange(field.value.length, field.value.length);
  }
};
document.addEventListener("st-replaced", setUp);
setUp();
