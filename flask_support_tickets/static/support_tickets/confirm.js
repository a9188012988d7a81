// Asks before tickets are closed. Without this script, the server asks on a page of its own.

document.addEventListener("submit", (event) => {
  const form = event.target;
  const { stConfirm: text, stConfirmFor: action } = form.dataset;
  if (!text || form.elements.confirmed || (action && form.elements.step.value !== action)) {
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
