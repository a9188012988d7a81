// Keyboard shortcuts for staff. They are inactive while the user is typing and can be turned off.
import { attempt } from "./storage.js";

const SWITCH = "st-keys";
const areOn = () => attempt(() => localStorage.getItem(SWITCH)) !== "off";
const turn = (isOn) => attempt(() => localStorage.setItem(SWITCH, isOn ? "on" : "off"));

const isTyping = (target) =>
  target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

// Set up the dialog that lists the shortcuts, its switch, and the button that opens it.
const findHelp = () => document.querySelector("dialog[data-st-keys]");
const setUpHelp = () => {
  const dialog = findHelp();
  if (!dialog || dialog.dataset.stReady) return;
  dialog.dataset.stReady = "yes";
  const box = dialog.querySelector("input[type=checkbox]");
  box.checked = areOn();
  box.addEventListener("change", () => turn(box.checked));
  for (const button of document.querySelectorAll("[data-st-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  }
};

// `actions` maps keys to functions.
export const listen = (actions) => {
  setUpHelp();
  document.addEventListener("st-replaced", setUpHelp);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.defaultPrevented || isTyping(event.target) || !areOn()) return;
    if (document.querySelector("dialog[open]")) return;
    const dialog = findHelp();
    const act = event.key === "?" && dialog ? () => dialog.showModal() : actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
};
