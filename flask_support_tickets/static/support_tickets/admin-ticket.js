// A ticket's page: polls for changes and for who else is here, marks comments as read, and handles
// keyboard shortcuts. The page also works without this script.
import { followHost } from "./color-scheme.js";
import { buttonOf, element } from "./elements.js";
import { fetchOrNull, poll } from "./polling.js";
import { markAsRead } from "./mark-as-read.js";
import { updateReplyForm } from "./reply-form.js";
import { listen } from "./shortcuts.js";

const CHANGES_MAX = 3;
const PRESENCE_MS = 45_000; // the server forgets who is here after a minute
const find = (selector) => document.querySelector(`.st-admin ${selector}`);
const startReading = () =>
  markAsRead((form) => form.remove(), document.querySelectorAll(".st-is-new > article > header"));

// Return whether the reply form has text or files. If so, it is kept when the page is updated.
const isBusy = () => {
  const form = find("#st-reply");
  const isFilled = (field) => (field.type === "file" ? field.files.length : field.value.trim());
  return Boolean(form) && [...form.querySelectorAll("textarea, input[type=file]")].some(isFilled);
};

const isReplying = () => Boolean(find("#st-reply textarea")?.value.trim());

// If the requester's picture cannot be loaded, show the initials beneath it.
const showInitials = () => {
  const picture = find(".st-avatar img");
  picture?.decode().catch(() => picture.remove());
};

const idsIn = (root) =>
  [...root.querySelectorAll(".st-timeline > li")].map((item) => item.id);

class News {
  constructor() {
    this.reset();
    const pollNow = poll(() => this.ask(), PRESENCE_MS);
    document.addEventListener("input", () => {
      if (isReplying() === this.isReplying) return;
      this.isReplying = !this.isReplying;
      pollNow();
    });
  }

  // Start from the page that is shown now.
  reset() {
    this.bar = find("[data-st-news]");
    this.version = this.bar.dataset.version;
    this.etag = this.bar.dataset.etag;
    this.changes = [];
    this.isReplying = false;
  }

  async ask() {
    const query = isReplying() ? "&replying=yes" : "";
    const url = `${this.bar.dataset.stNews}?version=${this.version}${query}`;
    const headers = { Accept: "application/json", "If-None-Match": `"${this.etag}"` };
    const response = await fetchOrNull(url, { redirect: "manual", headers, cache: "no-store" });
    if (response?.status === 200) this.renew(await response.json());
    return response;
  }

  renew({ version, etag, changes, presence }) {
    Object.assign(this, { version, etag });
    find("[data-st-presence]").textContent = presence;
    if (changes.length) this.announce(changes);
  }

  announce(changes) {
    this.changes = [...changes, ...this.changes].slice(0, CHANGES_MAX);
    const text = element("p", "", this.changes.join(" · "));
    const button = buttonOf(this.bar.dataset.textShow, "st-button st-small", () => this.show());
    this.bar.replaceChildren(text, button);
  }

  async show() {
    let page;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (response.redirected) history.replaceState(null, "", response.url); // now a long thread
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return; // keep the bar, so that the user can try again
    }
    const bar = page.querySelector("[data-st-news]");
    if (!bar) {
      location.reload(); // the new page shows the reason
      return;
    }
    const before = idsIn(document);
    this.replace(page);
    this.version = bar.dataset.version;
    this.etag = bar.dataset.etag;
    find("[data-st-presence]").textContent = page.querySelector("[data-st-presence]").textContent;
    this.changes = [];
    this.bar.replaceChildren();
    const first = idsIn(document).find((id) => !before.includes(id));
    const target = first ? document.getElementById(first) : find("#st-thread");
    target.tabIndex = -1;
    target.focus();
  }

  replace(page) {
    for (const part of document.querySelectorAll("[data-st-live]")) {
      const fresh = page.querySelector(`[data-st-live="${part.dataset.stLive}"]`);
      const isForm = part.dataset.stLive === "answer";
      const hasForm = (root) => Boolean(root.querySelector("#st-reply"));
      if (isForm && (isBusy() || hasForm(part) === hasForm(fresh))) this.updateForm(part, fresh);
      else part.replaceWith(document.adoptNode(fresh));
    }
    document.dispatchEvent(new Event("st-replaced"));
    startReading();
  }

  // Keep the form and its contents, but update the ticket version that it sends.
  updateForm(part, fresh) {
    for (const name of ["version", "seenCount"]) {
      const field = part.querySelector(`[name=${name}]`);
      const value = fresh.querySelector(`[name=${name}]`)?.value ?? "";
      if (field) field.value = value;
    }
    if (part.querySelector("#st-reply")) updateReplyForm(part, fresh);
  }
}

// Move to the text of a reply or of an internal note, if the form can send one.
const write = (kind) => {
  const form = find("#st-reply");
  const choice = form?.querySelector(`[name=kind][value=${kind}]`);
  if (!choice && (!form || kind === "note" || form.matches(".st-is-note"))) return;
  if (choice?.type === "radio") choice.click();
  const text = form.querySelector("textarea");
  text.scrollIntoView({ block: "center" });
  text.focus();
};
const follow = (direction) => () => find(`[data-st-walk="${direction}"]`)?.click();

listen({
  j: follow("after"),
  k: follow("before"),
  u: follow("back"),
  r: () => write("reply"),
  n: () => write("note"),
});
followHost();
showInitials();
document.addEventListener("st-replaced", showInitials);
const news = find("[data-st-news]") && new News();
document.addEventListener("st-replaced", (event) => {
  if (!event.detail?.isPage) return;
  startReading();
  news?.reset();
});
startReading();
find(".st-conflict")?.focus();
