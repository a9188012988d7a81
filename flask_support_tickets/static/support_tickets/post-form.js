// Post a form without leaving the page, so that the chosen files are kept.

import { causeOf, causeOfNoResponse, hideFailure, showFailure } from "./failure.js";
import { fetchOrNull } from "./polling.js";
import { parsePage } from "./rejected-form.js";

// Post the form with more fields but without its files, and return the page in the response. If
// there is none, show the cause, with a button that calls `retry`, and return null.
export const postForm = async (form, fields, retry) => {
  const body = new FormData(form);
  body.delete("attachments");
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  hideFailure(form);
  const response = await fetchOrNull(form.action, { method: "POST", body, headers });
  const page = response && !response.redirected ? parsePage(await response.text()) : null;
  if (!response) showFailure(form, await causeOfNoResponse(false), retry);
  else if (!page) showFailure(form, causeOf(response.status, response.redirected), retry);
  return page;
};
