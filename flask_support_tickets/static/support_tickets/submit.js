// Send a form without leaving the page, so that its text and files survive every failure. Without
// this script, the browser sends it.

import { localeOf } from "./elements.js";
import { causeOf, causeOfNoResponse, hideFailure, showFailure } from "./failure.js";
import { parsePage, showRejected } from "./rejected-form.js";

const PATIENCE_MS = 500;

const inputOf = (form) => form.querySelector("input[type=file]");
const filesOf = (form) => [...(inputOf(form)?.files ?? [])];

const setBusy = (form, isBusy) => {
  form.setAttribute("aria-busy", isBusy);
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = isBusy;
};

// Return the files that have changed, or were moved, since they were chosen. Browsers refuse to send
// them, without saying why.
const unreadableIn = async (files) => {
  const read = files.map((file) => file.slice(0, 1).arrayBuffer().then(() => null, () => file));
  return (await Promise.all(read)).filter(Boolean);
};

class Sending {
  constructor(form, button) {
    this.form = form;
    this.button = button;
    this.files = filesOf(form);
    this.progress = form.querySelector("[data-st-progress]");
    this.status = this.progress.querySelector("[role=status]");
  }

  async start() {
    hideFailure(this.form);
    setBusy(this.form, true);
    if (await this.reportChangedFiles()) return;
    this.request = new XMLHttpRequest();
    this.request.open("POST", this.form.action);
    this.request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    this.request.upload.addEventListener("progress", (event) => this.onProgress(event));
    this.request.addEventListener("load", () => this.onLoad());
    this.request.addEventListener("error", () => this.onNoResponse());
    this.request.addEventListener("abort", () => this.stop());
    this.showProgress();
    this.request.send(this.body());
  }

  // FormData omits the button, so add its value.
  body() {
    const body = new FormData(this.form);
    if (this.button?.name) body.append(this.button.name, this.button.value);
    return body;
  }

  // Text without files is sent at once, unless the connection is slow.
  showProgress() {
    this.status.textContent = this.progress.dataset.textSending;
    this.progress.querySelector("progress").removeAttribute("value");
    this.progress.querySelector("[data-st-cancel]").onclick = () => this.request.abort();
    this.timer = setTimeout(() => (this.progress.hidden = false), this.files.length ? 0 : PATIENCE_MS);
  }

  onProgress({ loaded, total, lengthComputable }) {
    if (!lengthComputable || !this.files.length) return;
    const percent = (loaded / total).toLocaleString(localeOf(this.form), { style: "percent" });
    this.progress.querySelector("progress").value = (loaded / total) * 100;
    this.status.textContent = `${this.progress.dataset.textSending} ${percent}`;
  }

  stop() {
    clearTimeout(this.timer);
    this.progress.hidden = true;
    setBusy(this.form, false);
  }

  fail(cause) {
    this.stop();
    showFailure(this.form, cause, () => submit(this.form, this.button));
  }

  async onNoResponse() {
    if (await this.reportChangedFiles()) return;
    this.fail(await causeOfNoResponse(this.files.length > 0));
  }

  async reportChangedFiles() {
    const changed = await unreadableIn(this.files);
    if (!changed.length) return false;
    this.stop();
    inputOf(this.form).dispatchEvent(new CustomEvent("st-changed", { detail: changed }));
    return true;
  }

  onLoad() {
    const { status, responseURL, responseText } = this.request;
    const target = this.request.getResponseHeader("Location");
    if (status === 201 && target) {
      this.form.dispatchEvent(new Event("st-sent", { bubbles: true }));
      return follow(new URL(target, location.href));
    }
    const isRedirected = responseURL !== this.form.action;
    const page = isRedirected ? null : parsePage(responseText);
    if (!page) return this.fail(causeOf(status, isRedirected));
    this.stop();
    showRejected(this.form, page);
  }
}

const follow = (url) => {
  const isHere = url.pathname === location.pathname && url.search === location.search;
  location.assign(url);
  if (!isHere) return;
  history.scrollRestoration = "manual"; // otherwise, the reload goes back to the form
  location.reload();
};

// Move to the comment in the URL before the user presses a key. Browsers wait until the page has loaded,
// scroll later than they move the focus, and do neither after a reload.
const arrive = () => {
  const type = performance.getEntriesByType("navigation")[0]?.type;
  const isOurs = history.scrollRestoration === "manual";
  const [id] = location.hash.match(/comment-\d+/) ?? [];
  if (type === "navigate" || isOurs) document.getElementById(id)?.focus();
  addEventListener("load", () => setTimeout(() => (history.scrollRestoration = "auto")));
};

const submit = (form, button) => {
  if (form.getAttribute("aria-busy") !== "true") new Sending(form, button).start();
};

// The back button can restore a page whose form was sent.
addEventListener("pageshow", () => {
  for (const box of document.querySelectorAll("[data-st-failure]")) setBusy(box.closest("form"), false);
});
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  const isOurs = form.querySelector("[data-st-failure]") && !submitter?.hasAttribute("formaction");
  if (!isOurs || event.defaultPrevented) return;
  event.preventDefault();
  submit(form, submitter);
});
arrive();
