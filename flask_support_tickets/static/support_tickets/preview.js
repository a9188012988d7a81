// Preview text without leaving the page, so that the chosen files are kept. Without this script,
// the button reloads the form with the preview.

import { postForm } from "./post-form.js";
import { showRejected } from "./rejected-form.js";

const show = (section, fresh) => {
  section.replaceChildren(...fresh.childNodes);
  section.hidden = false;
  section.tabIndex = -1;
  section.focus();
};

const preview = async (button) => {
  const { form } = button;
  const page = await postForm(form, { [button.name]: button.value }, () => preview(button));
  const fresh = page?.querySelector("[data-st-preview]:not([hidden])");
  if (fresh) show(form.querySelector("[data-st-preview]"), document.adoptNode(fresh));
  else if (page) showRejected(form, page); // the text has errors
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
