// A ticket's page in a browser that stays open: says that new replies are there, shows them when
// asked to, and remembers what was read. Without this script a reload and a button do the same.

const FIRST_MS = 30_000;
const LAST_MS = 300_000;
const READ_MS = 1_500;
const OVER = [401, 403, 404]; // signed out, switched off, or not ours any more

const live = document.querySelector("[data-st-live]");
const isVisible = () => document.visibilityState === "visible";

// Mark as read: when all that is new was on the screen for a moment.

const markSeen = async (form) => {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "X-Requested-With": "XMLHttpRequest" },
  }).catch(() => null);
  if (answer?.status === 204) form.querySelector("button").remove();
};

let reading;
const startReading = () => {
  clearTimeout(reading);
  const form = document.querySelector("form[data-st-seen]");
  if (!form || !isVisible()) return;
  reading = setTimeout(() => {
    form.removeAttribute("data-st-seen");
    markSeen(form);
  }, READ_MS);
};

// Ask whether the ticket has changed: every half minute, then less and less often.

class Watch {
  constructor() {
    this.stamp = live.dataset.stStamp;
    this.wait = FIRST_MS;
    this.found = null;
    document.addEventListener("visibilitychange", () => this.onVisibility());
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    if (isVisible() && !this.isOver) this.timer = setTimeout(() => this.ask(), this.wait);
  }

  onVisibility() {
    clearTimeout(this.timer);
    this.wait = FIRST_MS;
    if (isVisible() && Date.now() - (this.askedAt ?? 0) > FIRST_MS && this.askedAt) this.ask();
    else this.plan();
  }

  async ask() {
    this.askedAt = Date.now();
    const headers = { Accept: "application/json", "If-None-Match": `"${this.stamp}"` };
    const answer = await fetch(live.dataset.stAsk, { headers, cache: "no-store" }).catch(() => null);
    this.isOver = OVER.includes(answer?.status);
    if (answer?.status === 200) {
      await this.look();
      this.stamp = answer.headers.get("ETag")?.replace(/^W\//, "").replaceAll('"', "");
      this.wait = FIRST_MS;
    } else {
      this.wait = Math.min(this.wait * (answer?.status === 304 ? 1.25 : 2), LAST_MS);
    }
    this.plan();
  }

  // The page as it is now says in words what is new.
  async look() {
    const answer = await fetch(live.dataset.stPage, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    this.found = new DOMParser().parseFromString(await answer.text(), "text/html");
    const news = this.found.querySelector("[data-st-unread]");
    this.tell(news?.textContent ?? live.dataset.stTextChanged);
  }

  tell(text) {
    const bar = document.createElement("div");
    bar.className = "st-live";
    const words = document.createElement("span");
    words.textContent = text;
    const show = document.createElement("button");
    show.type = "button";
    show.className = "st-button st-primary";
    show.textContent = live.dataset.stTextShow;
    show.addEventListener("click", () => this.show(bar));
    bar.append(words, show);
    live.replaceChildren(bar);
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
    else if (link) location.assign(link.href); // it is on another page
    else document.querySelector(".st-path [aria-current]")?.scrollIntoView({ block: "center" });
  }
}

// Each new one after the one that it follows on the new page; what is there stays where it is.
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

// A form in which something was typed or chosen stays; all else is as it is now.
const isInUse = (part, now) =>
  [...part.querySelectorAll("textarea")].some((field) => field.value.trim()) ||
  [...part.querySelectorAll("[type=file]")].some((field) => field.files.length) ||
  part.querySelector("label")?.textContent === now.querySelector("label")?.textContent;

const replacePart = (part, found) => {
  const now = found.querySelector(`[data-st-part="${part.dataset.stPart}"]`);
  if (!now || (part.dataset.stPart === "reply" && isInUse(part, now))) return;
  part.replaceWith(document.adoptNode(now.cloneNode(true)));
};

startReading();
document.addEventListener("visibilitychange", startReading);
if (live) new Watch();
