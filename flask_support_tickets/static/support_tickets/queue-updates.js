// Poll the queue. Rows that are still on the page are refreshed in place; new and moved ones are only
// announced, so that nothing moves while the user is reading.
import { buttonOf, element } from "./elements.js";
import { fetchOrNull, poll } from "./polling.js";

const TABLE = "[data-st-table] tbody";
const rowsIn = (root) => [...root.querySelectorAll(`${TABLE} > tr`)];
const boxOf = (row) => row.querySelector("input[type=checkbox]");
// A button must not change while the pointer is on it.
const isInUse = (part) =>
  part.matches(":hover") || part.contains(document.activeElement) || Boolean(part.querySelector("details[open]"));

const copyState = (from, to) => {
  to.hidden = from.hidden;
  if (boxOf(from) && boxOf(to)) boxOf(to).checked = boxOf(from).checked;
};

// Return how many tickets are new or have moved, or else how many have left the list.
const countChanges = (current, fresh) => {
  const [before, after] = [current, fresh].map((rows) => rows.map((row) => row.id));
  const stayed = before.filter((id) => after.includes(id));
  const changed = after.filter((id) => !stayed.includes(id)).length;
  const moved = after.filter((id) => stayed.includes(id)).filter((id, index) => id !== stayed[index]);
  return changed + moved.length || before.length - stayed.length;
};

class Queue {
  constructor(bar, onRenewed) {
    this.bar = bar;
    this.etag = bar.dataset.etag;
    this.onRenewed = onRenewed;
    this.title = document.title;
    this.skipped = []; // rows that were in use
    for (const type of ["focusout", "mouseout", "toggle"]) {
      document.addEventListener(type, () => setTimeout(() => this.renewSkipped()), true);
    }
    poll(() => this.ask());
  }

  async ask() {
    const headers = { "X-Requested-With": "XMLHttpRequest", "If-None-Match": `"${this.etag}"` };
    const response = await fetchOrNull(location.href, { headers, redirect: "manual", cache: "no-store" });
    if (response?.status === 200) this.renew(await response.text());
    return response;
  }

  renew(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const bar = page.querySelector("[data-st-updates]");
    if (!bar) return; // not the queue, but a page of the host
    this.etag = bar.dataset.etag;
    this.page = page;
    this.skipped = rowsIn(document).filter((row) => !this.renewRow(row));
    for (const part of document.querySelectorAll("[data-st-part]")) this.renewPart(part, page);
    this.announce(countChanges(rowsIn(document), rowsIn(page)));
    this.onRenewed();
  }

  // Return false if the row is in use.
  renewRow(row) {
    const fresh = this.page.getElementById(row.id);
    if (!fresh || !row.isConnected) return true;
    if (isInUse(row)) return false;
    const copy = document.importNode(fresh, true);
    copyState(row, copy);
    row.replaceWith(copy);
    return true;
  }

  renewSkipped() {
    if (!this.skipped.length) return;
    this.skipped = this.skipped.filter((row) => !this.renewRow(row));
    this.onRenewed();
  }

  renewPart(part, page) {
    const fresh = page.querySelector(`[data-st-part="${part.dataset.stPart}"]`);
    if (fresh && !isInUse(part)) part.replaceWith(document.importNode(fresh, true));
  }

  announce(count) {
    document.title = count ? `(${count}) ${this.title}` : this.title;
    if (!count) return this.bar.replaceChildren();
    const text = this.bar.dataset.text.replace("%(count)s", count);
    const button = buttonOf(this.bar.dataset.textShow, "st-do", () => this.show());
    this.bar.replaceChildren(element("span", "", text), button);
  }

  // Replace the list, and go to the first ticket that was not on the page.
  show() {
    if (!document.querySelector(TABLE)) return location.reload(); // the list was empty
    const list = document.querySelector(".st-list");
    const before = new Map(rowsIn(document).map((row) => [row.id, row]));
    list.replaceWith(document.importNode(this.page.querySelector(".st-list"), true));
    for (const row of rowsIn(document)) if (before.has(row.id)) copyState(before.get(row.id), row);
    this.announce(0);
    this.onRenewed();
    const rows = rowsIn(document);
    (rows.find((row) => !before.has(row.id)) ?? rows[0])?.querySelector("[data-st-open]")?.focus();
  }
}

// `onRenewed` is called after rows were replaced.
export const watchQueue = (onRenewed) => {
  const bar = document.querySelector("[data-st-updates]");
  if (bar) new Queue(bar, onRenewed);
};
