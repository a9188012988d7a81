// What is typed into a form is kept in this browser until it was sent: for each user and form.
// A form says so by data-st-draft (its key) and the two texts of the notice. Without this script
// nothing is kept here; what the server shows as typed always goes first.

const PREFIX = "st-draft:";
const KEPT_MS = 14 * 24 * 60 * 60 * 1000;
const PAUSE_MS = 300;

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null; // none, or a browser that keeps nothing
  }
};

const keep = (key, draft) => {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // full, or switched off: typing goes on without
  }
};

const forget = (key) => {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // switched off
  }
};

const forgetOld = () => {
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(PREFIX)) continue;
      const key = name.slice(PREFIX.length);
      if (!(Date.now() - read(key)?.at < KEPT_MS)) forget(key);
    }
  } catch {
    // switched off
  }
};

const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && field.matches("textarea, select, [type=text]"));

const comments = () => [...document.querySelectorAll("[id^=comment-]")];
const idOf = (comment) => Number(comment.id.slice(8)) || 0;
const squeezed = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const saidIn = (comment) => squeezed(comment.querySelector(".st-text")?.textContent);

const save = (form, more = {}) => {
  const fields = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  const key = form.dataset.stDraft;
  if (Object.values(fields).some((value) => value.trim())) {
    keep(key, { fields, at: Date.now(), ...more });
  } else {
    forget(key);
  }
};

// The server leads to a comment that is younger than all that was there when it was sent, or to
// the ticket with that subject. Who went on before this script ran finds a younger comment that says
// the same.
const wasSent = (key, draft) => {
  if (!draft.sent) return false;
  const filed = document.querySelector("[data-st-draft-done]");
  if (filed?.dataset.stDraftDone === key) {
    return filed.dataset.stDraftSubject === draft.fields.subject?.trim();
  }
  if (Number(location.hash.match(/^#comment-(\d+)$/)?.[1] ?? 0) > draft.newest) return true;
  const younger = comments().filter((comment) => idOf(comment) > draft.newest);
  return younger.some((comment) => saidIn(comment) === squeezed(draft.fields.text));
};

const clearSent = () => {
  const done = document.querySelector("[data-st-draft-done]")?.dataset.stDraftDone;
  // A page whose form is gone, because what was sent has closed it, names its key in another place.
  const forms = document.querySelectorAll("form[data-st-draft], [data-st-draft-of]");
  const keys = [...forms].map((form) => form.dataset.stDraft ?? form.dataset.stDraftOf);
  for (const key of done ? [done, ...keys] : keys) {
    const draft = read(key);
    if (draft && wasSent(key, draft)) forget(key);
  }
};

// To whoever counts characters.
const announce = (form) => {
  for (const field of fieldsOf(form)) field.dispatchEvent(new Event("input", { bubbles: true }));
};

const tell = (form) => {
  const notice = document.createElement("div");
  notice.className = "st-draft";
  const text = document.createElement("p");
  text.setAttribute("role", "status");
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "st-button st-small";
  discard.textContent = form.dataset.stDraftDiscard;
  discard.addEventListener("click", () => {
    for (const field of fieldsOf(form)) field.value = "";
    forget(form.dataset.stDraft);
    notice.remove();
    fieldsOf(form)[0]?.focus();
    announce(form);
  });
  notice.append(text, discard);
  form.prepend(notice);
  setTimeout(() => (text.textContent = form.dataset.stDraftText)); // so that it is read out
};

const restore = (form) => {
  const draft = read(form.dataset.stDraft);
  const fields = fieldsOf(form);
  if (!draft?.fields || fields.some((field) => field.value)) return;
  for (const field of fields) {
    const value = draft.fields[field.name] ?? "";
    const isOffered = !field.options || [...field.options].some((option) => option.value === value);
    if (isOffered) field.value = value;
  }
  if (!fields.some((field) => field.value)) return;
  tell(form);
  announce(form);
};

const formOf = (event) => event.target.closest?.("form[data-st-draft]");
const waiting = new Map();

const saveNow = () => {
  for (const [form, timer] of waiting) {
    clearTimeout(timer);
    save(form);
  }
  waiting.clear();
};

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (!form || !event.target.name) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(saveNow, PAUSE_MS));
});
document.addEventListener("submit", (event) => {
  const form = formOf(event);
  if (!form) return;
  saveNow();
  save(form, { sent: true, newest: Math.max(0, ...comments().map(idOf)) });
});
addEventListener("pagehide", saveNow);

// A browser that goes back fills the form again with what is a comment on the page by now. What the
// server or a draft has put there stays.
const clearFilledAgain = (form) => {
  const text = form.querySelector("textarea");
  if (form.querySelector(".st-draft") || text.value === text.defaultValue) return;
  if (!comments().some((comment) => saidIn(comment) === squeezed(text.value))) return;
  text.value = "";
  announce(form);
};
addEventListener("pageshow", () => document.querySelectorAll("form#st-reply").forEach(clearFilledAgain));

forgetOld();
clearSent();
document.querySelectorAll("form[data-st-draft]").forEach(restore);
