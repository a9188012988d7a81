// Mark new comments as read once the page and the given headings have been visible for a second.
// Without this script, the user presses the form's button.
import { fetchOrNull } from "./polling.js";

const DELAY_MS = 1_000;
const isVisible = () => document.visibilityState === "visible";

const whenAllWereOnScreen = (headings, callback) => {
  const unseen = new Set(headings);
  if (!unseen.size) return callback();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) unseen.delete(entry.target);
    if (unseen.size) return;
    observer.disconnect();
    callback();
  });
  for (const heading of unseen) observer.observe(heading);
};

// The form has data-st-seen if new comments on this page can be marked. It is sent once. After the
// server has accepted it, `onMarked` is called with the form, or, if there are more unread comments
// on other pages, the form's link leads to them.
export const markAsRead = (onMarked, headings = []) => {
  const form = document.querySelector("form[data-st-seen]");
  if (!form) return;
  const send = async () => {
    if (!isVisible()) {
      document.addEventListener("visibilitychange", () => markAsRead(onMarked, headings), { once: true });
      return;
    }
    form.removeAttribute("data-st-seen");
    const body = new URLSearchParams(new FormData(form));
    const headers = { "X-Requested-With": "XMLHttpRequest" };
    const response = await fetchOrNull(form.action, { method: "POST", body, headers });
    if (!response?.ok) return;
    if (!form.dataset.stNext) return onMarked(form);
    form.querySelector("button").remove();
    form.querySelector("a").href = form.dataset.stNext;
  };
  whenAllWereOnScreen(headings, () => setTimeout(send, DELAY_MS));
};
