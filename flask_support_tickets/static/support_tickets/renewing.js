// A form that stays on a page that is shown anew, for what is in it, takes over what is said around
// it: its label, its buttons and a notice. Where it could not be sent any more, it has no buttons.
export const takeWords = (part, fresh) => {
  const label = part.querySelector("label[for=text]");
  label.textContent = fresh.querySelector("label[for=text]")?.textContent ?? label.textContent;
  const send = part.querySelector(".st-send");
  const buttons = fresh.querySelector(".st-send");
  if (buttons) send.replaceChildren(...document.adoptNode(buttons).childNodes);
  else send.replaceChildren();
  part.querySelector(":scope > .st-notice")?.remove();
  const notice = fresh.querySelector(":scope > .st-notice");
  if (notice) part.prepend(document.adoptNode(notice));
};
