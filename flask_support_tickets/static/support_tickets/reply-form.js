// Update a reply form's label, buttons and notice from a newly loaded page, but keep its text. If
// replies are no longer possible, remove the buttons.
export const updateReplyForm = (part, fresh) => {
  const label = part.querySelector("label[for=text]");
  const freshLabel = fresh.querySelector("label[for=text]");
  if (freshLabel) label.replaceChildren(...document.adoptNode(freshLabel).childNodes);
  const send = part.querySelector(".st-send");
  const freshSend = fresh.querySelector(".st-send");
  if (freshSend) send.replaceChildren(...document.adoptNode(freshSend).childNodes);
  else send.replaceChildren();
  part.querySelector(":scope > .st-notice")?.remove();
  const notice = fresh.querySelector(":scope > .st-notice");
  if (notice) part.prepend(document.adoptNode(notice));
};
