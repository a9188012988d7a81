// Asks again and again while the page is on the screen: every half minute, then less and less often.

const OFTEN_MS = 30_000;
const SELDOM_MS = 300_000;
const RARER = 1.5;
const OVER = [401, 403, 404]; // signed out, switched off, or not theirs any more

const isVisible = () => document.visibilityState === "visible";

// ``ask`` returns the answer: 200 when there was news, whatever it did with it; null when out of
// reach. A redirect that was not followed leads to the sign-in, and ends it, too.
export const keepAsking = (ask) => {
  let wait = OFTEN_MS;
  let askedAt = Date.now();
  let timer;
  let isOver = false;

  const plan = () => {
    clearTimeout(timer);
    if (isVisible() && !isOver) timer = setTimeout(once, wait);
  };
  const once = async () => {
    clearTimeout(timer);
    askedAt = Date.now();
    const answer = await ask();
    isOver = OVER.includes(answer?.status) || answer?.type === "opaqueredirect";
    wait = answer?.status === 200 ? OFTEN_MS : Math.min(wait * RARER, SELDOM_MS);
    plan();
  };
  document.addEventListener("visibilitychange", () => {
    wait = OFTEN_MS;
    if (isVisible() && !isOver && Date.now() - askedAt > OFTEN_MS) once();
    else plan();
  });
  plan();
};

export const fetchOrNull = (url, options) => fetch(url, options).catch(() => null);
