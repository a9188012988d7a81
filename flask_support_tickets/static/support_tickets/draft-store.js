// Drafts in this browser. The name of a draft consists of the key of its form, which is unique to the
// user, and the tab in which it was typed. Without storage, nothing is kept.
import { attempt } from "./storage.js";

const PREFIX = "st-draft:";
const KEPT_MS = 14 * 24 * 60 * 60 * 1000;
const allNames = () => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));

export const nameOf = (key, tab) => `${PREFIX}${key}#${tab}`;
export const tabOf = (name) => name.slice(name.lastIndexOf("#") + 1);
export const read = (name) => attempt(() => JSON.parse(localStorage.getItem(name)));
export const keep = (name, draft) => attempt(() => localStorage.setItem(name, JSON.stringify(draft)));
export const forget = (name) => attempt(() => localStorage.removeItem(name));

// Return the names of a form's drafts from all tabs, newest first.
export const namesOf = (key) => {
  const names = attempt(() => allNames().filter((name) => name.startsWith(nameOf(key, ""))), []);
  return names.sort((one, other) => (read(other)?.at ?? 0) - (read(one)?.at ?? 0));
};

export const forgetOld = () => {
  for (const name of attempt(allNames, [])) {
    if (!(Date.now() - read(name)?.at < KEPT_MS)) forget(name);
  }
};
