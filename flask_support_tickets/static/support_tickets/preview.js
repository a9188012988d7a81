// Preview text without leaving the page, so that the chosen files are kept. Without this script,
// the button reloads the form with the preview.

import { causeOf, causeOfNoResponse, hideFailure, showFailure } from "./failure.js";
import { fetchOrNull } from "./polling.js";
import { parsePage, showRejected } from "./rejected-form.js";

const show = (section, fresh) => {
  section.replaceChildren(...fresh.childNodes);
  section.hidden = false;
  section.tabIndex = -1;
  section.focus();
};

const preview = async (button) => {
  const { form } = button;
  const section = form.querySelector("[data-st-preview]");
  const body = new FormData(form);
  body.delete("attachments");
  body.append(button.name, button.value);
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  hideFailure(form);
  const fail = (cause) => showFailure(form, cause, () => preview(button));
  const response = await fetchOrNull(form.action, { method: "POST", body, headers });
  if (!response) return fail(await causeOfNoResponse(false));
  const page = response.redirected ? null : parsePage(await response.text());
  const fresh = page?.querySelector("[data-st-preview]:not([hidden])");
  if (fresh) show(section, document.adoptNode(fresh));
  else if (page) showRejected(form, page); // the text has errors
  else fail(causeOf(response.status, response.redirected));
};

// Hide the preview when the text changes.
document.addEventListener("input", (event) => {
  const section = event.target.closest?.(".st-root form")?.querySelector("[data-st-preview]");
  if (section && event.target.matches("textarea")) section.hidden = true;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".st-root button[name=preview]");
  if (!button) return;
  event.preventDefault();
  const text = button.form.querySelector("textarea");
  if (text.value.trim()) preview(button);
  else text.focus();
});
