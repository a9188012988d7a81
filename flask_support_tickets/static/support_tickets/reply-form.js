// Update the label, the buttons and the notice of a reply form from a newly loaded page, and keep
// its text. If replies are no longer possible, the form has no buttons.
export const updateReplyForm = (part, fresh) => {
  const label = part.querySelector("label[for=text]");
  label.textContent = fresh.querySelector("label[for=text]")?.textContent ?? label.textContent;
  const send = part.querySelector(".st-send");
  const freshSend = fresh.querySelector(".st-send");
  if (freshSend) send.replaceChildren(...document.adoptNode(freshSend).childNodes);
  else send.replaceChildren();
  part.querySelector(":scope > .st-notice")?.remove();
  const notice = fresh.querySelector(":scope > .st-notice");
  if (notice) part.prepend(document.adoptNode(notice));
};
