// Keep the text of forms in this browser until it is sent. data-st-draft is a form's key, which is
// unique to the user; two more attributes hold the text of the notice. Text from the server takes
// precedence over a draft.

const PREFIX = "st-draft:";
const KEPT_MS = 14 * 24 * 60 * 60 * 1000;
const PAUSE_MS = 300;

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null; // no draft, or storage is disabled
  }
};

const keep = (key, draft) => {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // storage is full or disabled
  }
};

const forget = (key) => {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // storage is disabled
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
    // storage is disabled
  }
};

const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && field.matches("textarea, select, [type=text]"));

const comments = () => [...document.querySelectorAll("[id^=comment-]")];
const idOf = (comment) => Number(comment.id.slice(8)) || 0;
const squeezed = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const textOf = (comment) => squeezed(comment.querySelector(".st-text")?.textContent);

const save = (form, more = {}) => {
  const fields = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  const key = form.dataset.stDraft;
  if (Object.values(fields).some((value) => value.trim())) {
    keep(key, { fields, at: Date.now(), ...more });
  } else {
    forget(key);
  }
};

// Return whether a draft was sent: the server has redirected to a newer comment or to a ticket with
// the draft's subject, or there is a newer comment with the same text.
const wasSent = (key, draft) => {
  if (!draft.sent) return false;
  const filed = document.querySelector("[data-st-draft-done]");
  if (filed?.dataset.stDraftDone === key) {
    return filed.dataset.stDraftSubject === draft.fields.subject?.trim();
  }
  if (Number(location.hash.match(/^#comment-(\d+)$/)?.[1] ?? 0) > draft.newest) return true;
  const newer = comments().filter((comment) => idOf(comment) > draft.newest);
  return newer.some((comment) => textOf(comment) === squeezed(draft.fields.text));
};

const clearSent = () => {
  const done = document.querySelector("[data-st-draft-done]")?.dataset.stDraftDone;
  // If the form was removed because its draft was sent, another element has its key.
  const forms = document.querySelectorAll("form[data-st-draft], [data-st-draft-of]");
  const keys = [...forms].map((form) => form.dataset.stDraft ?? form.dataset.stDraftOf);
  for (const key of done ? [done, ...keys] : keys) {
    const draft = read(key);
    if (draft && wasSent(key, draft)) forget(key);
  }
};

// Update the character counts that forms.js shows.
const announce = (form) => {
  for (const field of fieldsOf(form)) field.dispatchEvent(new Event("input", { bubbles: true }));
};

const showNotice = (form) => {
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
  setTimeout(() => (text.textContent = form.dataset.stDraftText)); // later, so that screen readers announce it
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
  showNotice(form);
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

// When the user goes back, the browser restores a form's text even if it was sent. Clear it if the
// page has a comment with the same text, unless the text comes from the server or a draft.
const clearFilledAgain = (form) => {
  const text = form.querySelector("textarea");
  if (form.querySelector(".st-draft") || text.value === text.defaultValue) return;
  if (!comments().some((comment) => textOf(comment) === squeezed(text.value))) return;
  text.value = "";
  announce(form);
};
addEventListener("pageshow", () => document.querySelectorAll("form#st-reply").forEach(clearFilledAgain));

forgetOld();
clearSent();
document.querySelectorAll("form[data-st-draft]").forEach(restore);
