// Preview text without leaving the page, so that the chosen files are kept. Without this script,
// the button reloads the form with the preview.

const show = (section, fresh) => {
  section.replaceChildren(...fresh.childNodes);
  section.hidden = false;
  section.tabIndex = -1;
  section.focus();
};

const fail = (section, text) => {
  const message = document.createElement("p");
  message.className = "st-field-error";
  message.textContent = text;
  section.replaceChildren(message);
  section.hidden = false;
};

const preview = async (button) => {
  const { form } = button;
  const section = form.querySelector("[data-st-preview]");
  const body = new FormData(form);
  body.delete("attachments");
  body.append(button.name, button.value);
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  let fresh;
  try {
    const response = await fetch(form.action, { method: "POST", body, headers });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    fresh = page.querySelector("[data-st-preview]:not([hidden])");
  } catch {
    fresh = null; // the server is unreachable
  }
  if (fresh) show(section, document.adoptNode(fresh));
  else fail(section, button.dataset.textFailed);
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
