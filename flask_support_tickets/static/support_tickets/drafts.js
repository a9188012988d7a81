// Keep the text of forms in this browser until it is sent. data-st-draft is a form's key, which is
// unique to the user; more attributes contain the texts. Each tab has its own draft; those of closed
// tabs are offered. Text from the server takes precedence over a draft.

import { forget, forgetOld, keep, nameOf, namesOf, read, tabOf } from "./draft-store.js";
import { buttonOf, element } from "./elements.js";
import { claimTab, isOpen, leftTab } from "./tabs.js";

const PAUSE_MS = 300;
const OFFERS_MAX = 3;
const SNIPPET_MAX = 60;
let tab = leftTab();
let isClaimed = false; // until then, nothing is stored

const ownName = (form) => nameOf(form.dataset.stDraft, tab);

const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && field.matches("textarea, select, [type=text]"));

// A choice counts if it is not the one that the form starts with.
const initialOf = ({ options }) =>
  ([...options].find((option) => option.defaultSelected) ?? options[0])?.value;
const isFilled = (field) =>
  field.options ? field.value !== initialOf(field) : Boolean(field.value.trim());
const isEmpty = (form) => !fieldsOf(form).some(isFilled);

// The checked radio button of each group, such as the switch between a reply and an internal note, which is
// a hidden field if only notes are possible.
const choicesOf = (form) =>
  [...form.querySelectorAll("[type=radio]:checked, [type=hidden][name=kind]")].map(({ name, value }) => [name, value]);
const radioOf = (form, [name, value]) => form.querySelector(`[type=radio][name="${name}"][value="${value}"]`);

const comments = () => [...document.querySelectorAll("[id^=comment-]")];
const idOf = (comment) => Number(comment.id.slice(8)) || 0;
const squeezed = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const textOf = (comment) => squeezed(comment.querySelector(".st-text")?.textContent);

const save = (form, more = {}) => {
  if (isEmpty(form)) return forget(ownName(form));
  const fields = Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));
  keep(ownName(form), { fields, choices: choicesOf(form), at: Date.now(), ...more });
};

// Return whether a draft was sent: the server has redirected to a newer comment or to a ticket with
// the draft's subject, or there is a newer comment with the same text.
const wasSent = (key, draft) => {
  if (!draft?.sent) return false;
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
    for (const name of namesOf(key)) if (wasSent(key, read(name))) forget(name);
  }
};

// Update the character counts that forms.js shows.
const announce = (form) => {
  for (const field of fieldsOf(form)) field.dispatchEvent(new Event("input", { bubbles: true }));
};

const smallButton = (text, act) => buttonOf(text, "st-button st-small", act);

// The text is added later, so that screen readers announce it.
const showNotice = (form, text, ...buttons) => {
  const notice = element("div", "st-draft");
  const shown = element("p", "");
  shown.setAttribute("role", "status");
  notice.append(shown, ...buttons);
  form.prepend(notice);
  setTimeout(() => (shown.textContent = text));
  return notice;
};

const hideNotices = (form, selector = ".st-draft") => {
  for (const notice of form.querySelectorAll(selector)) notice.remove();
};

const discard = (form) => {
  for (const field of fieldsOf(form)) field.value = field.options ? initialOf(field) : "";
  hideNotices(form);
  fieldsOf(form)[0]?.focus();
  announce(form);
};

// Return whether the form accepts the draft.
const fill = (form, draft) => {
  const fields = fieldsOf(form);
  const choices = (draft.choices ?? []).map((choice) => radioOf(form, choice));
  // An internal note must not become a reply.
  if (choices.includes(null) && !form.matches(".st-is-note")) return false;
  for (const field of fields) {
    const value = draft.fields[field.name] ?? "";
    const isOffered = !field.options || [...field.options].some((option) => option.value === value);
    if (isOffered) field.value = value;
  }
  if (isEmpty(form)) return false;
  for (const choice of choices) if (choice) choice.checked = true;
  const { stDraftText, stDraftDiscard } = form.dataset;
  showNotice(form, stDraftText, smallButton(stDraftDiscard, () => discard(form)));
  announce(form);
  return true;
};

// Offer a draft of a tab that was closed, or that shows another page.
const offer = (form, name) => {
  const draft = read(name);
  const { stDraftOffer, stDraftContinue, stDraftDiscard } = form.dataset;
  const texts = fieldsOf(form).filter((field) => !field.options).map(({ name }) => draft.fields[name]);
  const text = [...squeezed(texts.find((value) => value?.trim()))];
  const snippet = text.slice(0, SNIPPET_MAX).join("") + (text.length > SNIPPET_MAX ? "…" : "");
  const proceed = smallButton(stDraftContinue, () => {
    hideNotices(form);
    if (fill(form, draft)) {
      forget(name);
      save(form);
    }
    form.querySelector("textarea").focus();
  });
  const drop = smallButton(stDraftDiscard, () => {
    forget(name);
    notice.remove();
    fieldsOf(form)[0]?.focus();
  });
  const notice = showNotice(form, stDraftOffer.replace("%(text)s", () => snippet), proceed, drop);
  notice.dataset.stOffer = "";
};

const offerOthers = async (form) => {
  const names = [];
  for (const name of namesOf(form.dataset.stDraft)) {
    if (names.length < OFFERS_MAX && !(await isOpen(tabOf(name)))) names.push(name);
  }
  for (const name of names.reverse()) if (isEmpty(form) && read(name)?.fields) offer(form, name);
};

const restore = (form) => {
  if (!isEmpty(form)) return;
  const draft = read(ownName(form));
  if (draft?.fields) fill(form, draft);
  else offerOthers(form);
};

const formOf = (event) => event.target.closest?.("form[data-st-draft]");
const waiting = new Map();

const saveNow = () => {
  if (!isClaimed) return;
  for (const [form, timer] of waiting) {
    clearTimeout(timer);
    save(form);
  }
  waiting.clear();
};

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (!form || !event.target.name) return;
  hideNotices(form, "[data-st-offer]"); // shown again with the next empty form
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(saveNow, PAUSE_MS));
});
document.addEventListener("submit", (event) => {
  const form = formOf(event);
  if (!form || !isClaimed) return;
  saveNow();
  save(form, { sent: true, newest: Math.max(0, ...comments().map(idOf)) });
});
document.addEventListener("st-sent", (event) => {
  if (formOf(event) && isClaimed) forget(ownName(formOf(event)));
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
const restoreAll = () => document.querySelectorAll("form[data-st-draft]").forEach(restore);
const isLeft = Boolean(tab);
if (isLeft) restoreAll(); // before anything is typed
tab = await claimTab();
isClaimed = true;
if (!isLeft) restoreAll();
saveNow(); // the text that was typed in the meantime
