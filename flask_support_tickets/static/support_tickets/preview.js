// The preview of a text without leaving the page, so that files that were chosen stay chosen.
// Without this script the same button shows the whole form again, with the preview in it.

const show = (place, fresh) => {
  place.replaceChildren(...fresh.childNodes);
  place.hidden = false;
  place.tabIndex = -1;
  place.focus();
};

const fail = (place, text) => {
  const sentence = document.createElement("p");
  sentence.className = "st-field-error";
  sentence.textContent = text;
  place.replaceChildren(sentence);
  place.hidden = false;
};

const preview = async (button) => {
  const { form } = button;
  const place = form.querySelector("[data-st-preview]");
  const body = new FormData(form);
  body.delete("attachments");
  body.append(button.name, button.value);
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  let fresh;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fresh = page.querySelector("[data-st-preview]:not([hidden])");
  } catch {
    fresh = null; // out of reach
  }
  if (fresh) show(place, document.adoptNode(fresh));
  else fail(place, button.dataset.textFailed);
};

// What is typed on is not what the preview shows.
document.addEventListener("input", (event) => {
  const place = event.target.closest?.(".st-root form")?.querySelector("[data-st-preview]");
  if (place && event.target.matches("textarea")) place.hidden = true;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".st-root button[name=preview]");
  if (!button) return;
  event.preventDefault();
  const text = button.form.querySelector("textarea");
  if (text.value.trim()) preview(button);
  else text.focus();
});
