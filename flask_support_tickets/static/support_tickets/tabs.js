// Tell tabs apart. The id of a tab is in its sessionStorage, so it survives reloads. Browsers copy it to
// a duplicated tab, so a tab also locks its id for as long as a page is open in it.
import { attempt } from "./storage.js";

const NAME = "st-tab";
const LEFT = "st-tab-left"; // in a tab whose page was left, its id
const LOCK_MS = 500; // a page that is being reloaded has the lock for a moment
const ANSWER_MS = 150;

const withLocks = () => ({
  hold: (id) =>
    new Promise((resolve) => {
      const signal = AbortSignal.timeout(LOCK_MS);
      const keep = () => {
        resolve(true);
        return new Promise(() => {});
      };
      navigator.locks.request(`${NAME}:${id}`, { signal }, keep).catch(() => resolve(false));
    }),
  isHeld: async (id) => (await navigator.locks.query()).held.some(({ name }) => name === `${NAME}:${id}`),
});

// Sites without HTTPS have no locks, so ask the other tabs.
const withMessages = () => {
  const channel = new BroadcastChannel(NAME);
  let own;
  channel.addEventListener("message", ({ data }) => {
    if (data.asked && data.asked === own) channel.postMessage({ held: own });
  });
  const isHeld = (id) =>
    new Promise((resolve) => {
      channel.addEventListener("message", ({ data }) => data.held === id && resolve(true));
      channel.postMessage({ asked: id });
      setTimeout(() => resolve(false), ANSWER_MS);
    });
  const hold = async (id) => {
    if (await isHeld(id)) return false;
    own = id;
    return true;
  };
  return { hold, isHeld };
};

const tabs = navigator.locks ? withLocks() : withMessages();
const randomId = () => crypto.getRandomValues(new Uint32Array(2)).join("-");
const read = (name) => attempt(() => sessionStorage.getItem(name));
const leave = () => attempt(() => sessionStorage.setItem(LEFT, read(NAME)));
const enter = () => attempt(() => sessionStorage.removeItem(LEFT));

// Return the id of this tab if it can be known without asking the others: a page was left in it just
// before. The tab still has to claim it.
export const leftTab = () => {
  const id = read(LEFT);
  enter();
  return id === read(NAME) ? id : null;
};
addEventListener("pagehide", leave);
addEventListener("pageshow", enter); // also after going back

// Return the id of this tab.
export const claimTab = async () => {
  const known = read(NAME);
  if (known && (await tabs.hold(known))) return known;
  const id = randomId();
  attempt(() => sessionStorage.setItem(NAME, id));
  await tabs.hold(id);
  return id;
};

// Return whether a page that keeps drafts is open in the tab.
export const isOpen = (id) => tabs.isHeld(id);
