// Poll the server while the page is visible: every 30 seconds at first, then less often.

const SHORTEST_MS = 30_000;
const LONGEST_MS = 300_000;
const BACKOFF = 1.5;
const FINAL_STATUSES = [401, 403, 404]; // signed out, not licensed, or no longer visible to the user

const isVisible = () => document.visibilityState === "visible";

// `request` returns the response: 200 if something has changed, null if the server is unreachable.
// Polling ends with a final status or an unfollowed redirect, which leads to the sign-in page.
// Return a function that polls at once, or after the poll that is under way.
export const poll = (request, longest = LONGEST_MS) => {
  let delay = SHORTEST_MS;
  let lastRequestAt = Date.now();
  let timer;
  let isOver = false;
  let last = Promise.resolve();

  const schedule = () => {
    clearTimeout(timer);
    if (isVisible() && !isOver) timer = setTimeout(pollOnce, delay);
  };
  const pollOnce = () => (last = last.then(ask));
  const ask = async () => {
    clearTimeout(timer);
    if (isOver) return;
    lastRequestAt = Date.now();
    const response = await request();
    isOver = FINAL_STATUSES.includes(response?.status) || response?.type === "opaqueredirect";
    delay = response?.status === 200 ? SHORTEST_MS : Math.min(delay * BACKOFF, longest);
    schedule();
  };
  document.addEventListener("visibilitychange", () => {
    delay = SHORTEST_MS;
    if (isVisible() && !isOver && Date.now() - lastRequestAt > SHORTEST_MS) pollOnce();
    else schedule();
  });
  schedule();
  return pollOnce;
};

export const fetchOrNull = (url, options) => fetch(url, options).catch(() => null);
