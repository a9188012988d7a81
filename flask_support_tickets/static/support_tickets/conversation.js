// A requester's ticket page: polls for changes, shows new replies on request, and marks them as read.
// Without this script, the user reloads the page and presses a button instead.

import { buttonOf, element } from "./elements.js";
import { fetchOrNull, poll } from "./polling.js";
import { markAsRead } from "./mark-as-read.js";
import { updateReplyForm } from "./reply-form.js";

const findLive = () => document.querySelector("[data-st-live]");
const startReading = () =>
  markAsRead(
    (form) => form.querySelector("button").remove(),
    document.querySelectorAll("[data-st-thread] .st-unread"),
  );

class Watch {
  constructor() {
    this.reset();
    poll(() => this.ask());
  }

  // Start from the page that is shown now.
  reset() {
    this.live = findLive();
    this.etag = this.live.dataset.stStamp;
    this.found = null;
  }

  async ask() {
    const headers = { Accept: "application/json", "If-None-Match": `"${this.etag}"` };
    const response = await fetchOrNull(this.live.dataset.stAsk, { headers, cache: "no-store" });
    if (response?.status === 200) {
      await this.load();
      this.etag = response.headers.get("ETag")?.replace(/^W\//, "").replaceAll('"', "");
    }
    return response;
  }

  // Load the new page and take the announcement from it.
  async load() {
    const response = await fetchOrNull(this.live.dataset.stPage, { cache: "no-store" });
    if (!response?.ok || response.redirected) return;
    this.found = new DOMParser().parseFromString(await response.text(), "text/html");
    const news = this.found.querySelector("[data-st-unread]");
    this.announce(news?.textContent ?? this.live.dataset.stTextChanged);
  }

  announce(text) {
    const bar = element("div", "st-live");
    const show = () => this.show(bar);
    const button = buttonOf(this.live.dataset.stTextShow, "st-button st-primary", show);
    bar.append(element("span", "", text), button);
    this.live.replaceChildren(bar);
  }

  show(bar) {
    const added = addMessages(this.found);
    const link = this.found.querySelector("[data-st-part=new] a");
    for (const part of document.querySelectorAll("[data-st-part]")) replacePart(part, this.found);
    bar.remove();
    document.dispatchEvent(new Event("st-replaced"));
    startReading();
    const first = added.find((item) => !item.matches(".st-own, .st-event")) ?? added[0];
    if (first) first.focus();
    else if (link) location.assign(link.href); // the comment is on another page
    else document.querySelector(".st-path [aria-current]")?.scrollIntoView({ block: "center" });
  }
}

// Insert each new item after its predecessor on the new page; existing items stay in place.
const addMessages = (found) => {
  const thread = document.querySelector("[data-st-thread]");
  const added = [];
  let last = null;
  for (const item of found.querySelectorAll("[data-st-thread] > li")) {
    let here = document.getElementById(item.id);
    if (!here) {
      here = document.adoptNode(item.cloneNode(true));
      if (last) last.after(here);
      else thread.prepend(here);
      here.tabIndex = -1;
      added.push(here);
    }
    last = here;
  }
  return added;
};

// Keep a form that has text or files, or whose label is the same; replace everything else.
const isInUse = (part, now) =>
  [...part.querySelectorAll("textarea")].some((field) => field.value.trim()) ||
  [...part.querySelectorAll("[type=file]")].some((field) => field.files.length) ||
  part.querySelector("label")?.textContent === now.querySelector("label")?.textContent;

const replacePart = (part, found) => {
  const now = found.querySelector(`[data-st-part="${part.dataset.stPart}"]`);
  if (!now) return;
  if (part.dataset.stPart === "reply" && isInUse(part, now)) {
    if (part.querySelector("form")) updateReplyForm(part, now.cloneNode(true));
    return;
  }
  part.replaceWith(document.adoptNode(now.cloneNode(true)));
};

startReading();
const watch = findLive() && new Watch();
document.addEventListener("st-replaced", (event) => {
  if (!event.detail?.isPage) return;
  startReading();
  watch?.reset();
});
