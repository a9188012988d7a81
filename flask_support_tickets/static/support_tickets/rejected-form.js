// Show a form that the server has returned with errors in place of the one that was sent. Keep the
// chosen files, which only the browser has.

const MARK = "data-st-failure";

// Return the page, or null if it has no form of the extension. The Content Security Policy also applies
// to parsed pages, so the page of a proxy is not parsed.
export const parsePage = (html) =>
  html.includes(MARK) ? new DOMParser().parseFromString(html, "text/html") : null;

export const showRejected = (form, page) => {
  const root = form.closest(".st-root");
  const files = form.querySelector("input[type=file]")?.files;
  const fresh = page.querySelector(`.st-root:has([${MARK}])`);
  root.replaceChildren(...document.adoptNode(fresh).childNodes);
  document.title = page.title;
  const input = root.querySelector("input[type=file]");
  if (input && files) input.files = files;
  document.dispatchEvent(new CustomEvent("st-replaced", { detail: { isPage: true } }));
  root.querySelector(":is(.st-conflict, .st-errors)")?.focus();
};
