// Ask for confirmation before an unsent reply is lost: its text when the ticket is resolved, its
// files when the page is reloaded. In all other cases, drafts.js restores the text.
const RESOLVE = "MarkAsResolved";

const questionBefore = (action) => {
  const reply = document.querySelector("#st-reply");
  const hasFiles = [...(reply?.querySelectorAll("[type=file]") ?? [])].some((input) => input.files.length);
  if (action === RESOLVE && reply?.querySelector("textarea").value.trim()) return reply.dataset.textUnsent;
  return hasFiles ? reply.dataset.textUnsentFiles : "";
};
const confirmLoss = (event, action) => {
  const question = questionBefore(action);
  if (question && !confirm(question)) event.preventDefault();
};

document.addEventListener("submit", (event) => {
  if (event.target.closest(".st-root") && !event.target.matches("#st-reply, .st-seen")) {
    confirmLoss(event, event.target.elements.namedItem("action")?.value);
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[href*='replyTo=']")) confirmLoss(event);
});
