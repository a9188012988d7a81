// Asks before tickets are closed. Without this script, the server asks on a page of its own.

// The action that the form is about to send: by a button, or chosen in the form for bulk actions.
const actionOf = (form, button) =>
  button?.name === "action" ? button.value : form.elements.step?.value;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const { stConfirm: text, stConfirmFor: action } = form.dataset;
  if (!text || form.elements.confirmed || (action && actionOf(form, event.submitter) !== action)) {
    return;
  }
  if (!window.confirm(text)) {
    event.preventDefault();
    return;
  }
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "confirmed";
  field.value = "yes";
  form.append(field);
});
