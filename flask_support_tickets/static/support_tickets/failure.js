// Say why a form could not be sent, and what to do next. The texts are in the form's template
// data-st-failures, keyed by cause: a name or an HTTP status.

const boxOf = (form) => form.querySelector("[data-st-failure]");

// Return the cause if the response is not a page of the extension.
export const causeOf = (status, isRedirected) => {
  if (isRedirected || status === 401) return "signed-out";
  return status < 400 ? "unexpected" : String(status);
};

// Return the cause if there was no response. Sign-in pages of other sites cannot be read, and look
// like a failed connection.
export const causeOfNoResponse = async (hasFiles) => {
  if (!navigator.onLine) return "offline";
  const options = { method: "HEAD", redirect: "manual", cache: "no-store" };
  const page = await fetch(location.href, options).catch(() => null);
  if (!page) return "unreachable";
  if (page.type === "opaqueredirect" || page.status === 401) return "signed-out";
  if (page.status >= 500) return String(page.status);
  return hasFiles ? "interrupted" : "unreachable";
};

export const hideFailure = (form) => {
  boxOf(form).hidden = true;
  boxOf(form).replaceChildren();
};

// `retry` is called if the user tries again. This is only offered if it can help.
export const showFailure = (form, cause, retry) => {
  const { content } = form.querySelector("[data-st-failures]");
  const find = (name) => content.querySelector(`[data-st-causes~="${name}"]`);
  const found = find(cause) ?? find(`${cause[0]}xx`) ?? find("unexpected");
  const message = document.importNode(found, true);
  const text = message.querySelector("p");
  text.textContent = text.textContent.replace("%(status)s", cause);
  for (const link of message.querySelectorAll("a")) link.href = location.href.split("#")[0];
  message.querySelector("[data-st-retry]")?.addEventListener("click", retry);
  const box = boxOf(form);
  box.replaceChildren(message);
  box.hidden = false;
  box.focus();
};
