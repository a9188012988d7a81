// Show the images of a ticket in a dialog over the conversation, and zoom them. The dialog takes its
// contents from the image's page, which users without this script see instead.
import { buttonOf } from "./elements.js";

const LEVEL_MAX = 3; // 0 fits the image, 1 is its actual size, and each further level doubles that
const LONG = 2.5; // images of this aspect ratio scroll in one direction, so that they stay readable

const zoomTo = (viewer, level) => {
  const image = viewer.querySelector("img");
  viewer.dataset.stLevel = level;
  viewer.querySelector("[data-st-zoom]").checked = level > 0;
  image.style.width = level > 1 ? `${image.naturalWidth * 2 ** (level - 1)}px` : "";
};
const levelOf = (viewer) => Number(viewer.dataset.stLevel ?? 0);

const setUp = (viewer) => {
  const image = viewer.querySelector("img");
  const mark = () => {
    const ratio = image.naturalHeight / image.naturalWidth;
    image.classList.toggle("st-is-tall", ratio > LONG);
    image.classList.toggle("st-is-wide", ratio < 1 / LONG);
  };
  if (image.complete) mark();
  image.addEventListener("load", mark);
  image.addEventListener("click", () => zoomTo(viewer, levelOf(viewer) ? 0 : 1));
  viewer.querySelector("[data-st-zoom]").addEventListener("change", (event) => {
    zoomTo(viewer, event.target.checked ? 1 : 0);
  });
  viewer.addEventListener("keydown", (event) => onKey(viewer, event));
};

const onKey = (viewer, event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { "+": 1, "=": 1, "-": -1 }[event.key];
  if (step) zoomTo(viewer, Math.min(Math.max(levelOf(viewer) + step, 0), LEVEL_MAX));
  else if (event.key === "0") zoomTo(viewer, 0);
  else if (!followArrow(viewer, event.key)) return;
  event.preventDefault();
};

// Arrow keys show the other images, unless they scroll this one.
const followArrow = (viewer, key) => {
  const part = viewer.querySelector(".st-viewer-image");
  if (!["ArrowLeft", "ArrowRight"].includes(key) || part.scrollWidth > part.clientWidth) return false;
  const isForward = (key === "ArrowRight") === (getComputedStyle(viewer).direction === "ltr");
  const link = viewer.querySelector(isForward ? "[rel=next]" : "[rel=prev]");
  link?.click();
  return Boolean(link);
};

class Lightbox {
  constructor(dialog) {
    this.dialog = dialog;
    this.shown = dialog.querySelector("[data-st-shown]");
    this.failed = dialog.querySelector("[data-st-failed]");
    dialog.addEventListener("click", (event) => this.onClick(event));
    dialog.addEventListener("close", () => this.onClose());
  }

  open(link) {
    this.opener = link;
    this.dialog.showModal();
    this.load(link.href);
  }

  async load(url) {
    this.url = url;
    this.dialog.setAttribute("aria-busy", "true");
    const viewer = await fetchViewer(url);
    if (this.url !== url || !this.dialog.open) return; // the user has moved on
    this.dialog.removeAttribute("aria-busy");
    this.failed.hidden = Boolean(viewer);
    this.failed.querySelector("a").href = url;
    this.shown.replaceChildren(...(viewer ? [viewer] : []));
    if (viewer) this.show(viewer);
    else this.failed.querySelector("a").focus();
  }

  show(viewer) {
    const back = viewer.querySelector("[data-st-close]");
    back.replaceWith(buttonOf(back.dataset.stClose, "st-button", () => this.dialog.close()));
    setUp(viewer);
    this.dialog.setAttribute("aria-label", viewer.querySelector("h1").textContent);
    viewer.querySelector(".st-viewer-image").focus();
  }

  onClick(event) {
    if (event.target.closest("[data-st-close]")) this.dialog.close();
    const link = event.target.closest("[rel=prev], [rel=next]");
    if (!link || !isPlain(event)) return;
    event.preventDefault();
    this.load(link.href);
  }

  // A live update may have replaced the link that opened the dialog.
  onClose() {
    this.url = null;
    this.shown.replaceChildren();
    this.failed.hidden = true;
    const { opener } = this;
    const links = [...document.querySelectorAll("[data-st-image]")];
    (opener.isConnected ? opener : links.find((link) => link.href === opener.href))?.focus();
  }
}

const isPlain = (event) =>
  !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

// Return null if the server does not return the image's page, for example after signing out.
const fetchViewer = async (url) => {
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    const html = response.ok ? await response.text() : "";
    if (!html.includes("data-st-viewer")) return null; // the Content Security Policy applies to parsed pages
    const page = new DOMParser().parseFromString(html, "text/html");
    return document.adoptNode(page.querySelector("[data-st-viewer]"));
  } catch {
    return null; // the server is unreachable
  }
};

document.querySelectorAll("[data-st-viewer]").forEach(setUp);
let lightbox;
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-st-image]");
  const dialog = document.querySelector("[data-st-lightbox]");
  if (!link || !dialog || event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  if (lightbox?.dialog !== dialog) lightbox = new Lightbox(dialog); // the page was replaced
  lightbox.open(link);
});
