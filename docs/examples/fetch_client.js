// A small client of the JSON API for pages of the same site: the session cookie says who you are.

export class TicketError extends Error {
  constructor(status, { code, message, fields = {} }) {
    super(message);
    Object.assign(this, { httpStatus: status, code, fields });
  }
}

const ask = async (method, path, { body, headers = {} } = {}) => {
  const isForm = body instanceof FormData;
  const answer = await fetch(path, {
    method,
    headers: isForm || !body ? headers : { "Content-Type": "application/json", ...headers },
    body: isForm || !body ? body : JSON.stringify(body),
  });
  if (answer.status === 304) return { tag: answer.headers.get("ETag"), data: null };
  const { success, data, error } = await answer.json();
  if (!success) throw new TicketError(answer.status, error);
  return { tag: answer.headers.get("ETag"), data };
};

// The same key for every try of one request, so that it counts once.
const post = async (path, body) => {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  return (await ask("POST", path, { body, headers })).data;
};

export const uploadFile = (file) => {
  const body = new FormData();
  body.append("file", file);
  return post("/api/ticket-attachments", body);
};

export const openTicket = async (subject, description, files = []) => {
  const uploads = await Promise.all(files.map(uploadFile));
  const attachmentUrls = uploads.map(({ url }) => url);
  return post("/api/tickets", { subject, description, attachmentUrls });
};

export const addComment = (ticketId, text, parentCommentId = null) =>
  post("/api/ticket-comments", { ticketId, text, parentCommentId });

// Calls `show` with the ticket now and whenever it changed, until `signal` aborts.
export const followTicket = async (id, show, { signal, everySeconds = 15 } = {}) => {
  let known = "";
  while (!signal?.aborted) {
    const headers = known ? { "If-None-Match": known } : {};
    const { tag, data } = await ask("GET", `/api/tickets/${id}`, { headers });
    if (data) show(data);
    known = tag;
    await new Promise((resolve) => setTimeout(resolve, everySeconds * 1000));
  }
};

// Every row of a list: for await (const ticket of walk("/api/tickets", "tickets")) …
export async function* walk(path, name) {
  let cursor = "";
  do {
    const { data } = await ask("GET", `${path}?pageSize=100&cursor=${cursor}`);
    yield* data[name];
    cursor = data.nextCursor;
  } while (cursor);
}

// Takes a step, unless the ticket changed since it was read with this tag.
export const moveTicket = async (id, action, tag) => {
  const headers = tag ? { "If-Match": tag } : {};
  return (await ask("PUT", `/api/tickets/${id}/status`, { body: { action }, headers })).data;
};
