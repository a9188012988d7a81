// Marks what is new as read: once the page was on the screen for a moment, with all the headings that
// it is given. Without this script the button of the same form does it.
import { fetchOrNull } from "./asking.js";

const MOMENT_MS = 1_000;
const isVisible = () => document.visibilityState === "visible";

const onScreen = (headings, then) => {
  const waiting = new Set(headings);
  if (!waiting.size) return then();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) waiting.delete(entry.target);
    if (waiting.size) return;
    observer.disconnect();
    then();
  });
  for (const heading of waiting) observer.observe(heading);
};

// The form has data-st-seen when all that is new is on this page; it is sent once. ``done`` is called
// with it when the server has it.
export const markAsRead = (done, headings = []) => {
  const form = document.querySelector("form[data-st-seen]");
  if (!form) return;
  const send = async () => {
    if (!isVisible()) {
      document.addEventListener("visibilitychange", () => markAsRead(done, headings), { once: true });
      return;
    }
    form.removeAttribute("data-st-seen");
    const body = new URLSearchParams(new FormData(form));
    const headers = { "X-Requested-With": "XMLHttpRequest" };
    const answer = await fetchOrNull(form.action, { method: "POST", body, headers });
    if (answer?.ok) done(form);
  };
  onScreen(headings, () => setTimeout(send, MOMENT_MS));
};
