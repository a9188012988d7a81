// Polls the server while the page is visible: every half minute, then less and less often.

const SHORTEST_MS = 30_000;
const LONGEST_MS = 300_000;
const BACKOFF = 1.5;
const FINAL_STATUSES = [401, 403, 404]; // signed out, switched off, or no longer visible to this person

const isVisible = () => document.visibilityState === "visible";

// `request` returns the response: 200 when something changed, null when the server is out of reach.
// Polling ends at a final status, and at a redirect that was not followed: it leads to the sign-in.
export const poll = (request) => {
  let delay = SHORTEST_MS;
  let lastRequestAt = Date.now();
  let timer;
  let isOver = false;

  const schedule = () => {
    clearTimeout(timer);
    if (isVisible() && !isOver) timer = setTimeout(pollOnce, delay);
  };
  const pollOnce = async () => {
    clearTimeout(timer);
    lastRequestAt = Date.now();
    const response = await request();
    isOver = FINAL_STATUSES.includes(response?.status) || response?.type === "opaqueredirect";
    delay = response?.status === 200 ? SHORTEST_MS : Math.min(delay * BACKOFF, LONGEST_MS);
    schedule();
  };
  document.addEventListener("visibilitychange", () => {
    delay = SHORTEST_MS;
    if (isVisible() && !isOver && Date.now() - lastRequestAt > SHORTEST_MS) pollOnce();
    else schedule();
  });
  schedule();
};

export const fetchOrNull = (url, options) => fetch(url, options).catch(() => null);
