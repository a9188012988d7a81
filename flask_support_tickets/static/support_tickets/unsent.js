// Asks before a reply is left behind: by a step that takes its form away, or with files that a page
// made anew does not keep. What was typed comes back otherwise: see drafts.js.
const CLOSING = "MarkAsResolved";

const unsentBy = (action) => {
  const reply = document.querySelector("#st-reply");
  const hasFiles = [...(reply?.querySelectorAll("[type=file]") ?? [])].some((one) => one.files.length);
  if (action === CLOSING && reply?.querySelector("textarea").value.trim()) return reply.dataset.textUnsent;
  return hasFiles ? reply.dataset.textUnsentFiles : "";
};
const ask = (event, action) => {
  const question = unsentBy(action);
  if (question && !confirm(question)) event.preventDefault();
};

document.addEventListener("submit", (event) => {
  if (event.target.closest(".st-root") && !event.target.matches("#st-reply, .st-seen")) {
    ask(event, event.target.elements.namedItem("action")?.value);
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[href*='replyTo=']")) ask(event);
});
