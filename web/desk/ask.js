/* The desk's API, asked as whoever is signed in. */
import { call } from "./api.js";
import { data } from "./page.js";
import { may, token } from "./staff.js";

/** Thrown where the sign-in is over: the frame shows it, and what was being done waits. */
export class SignedOut extends Error {}

/** Give an operation of the desk by its name, or null if whoever is signed in may not do it. */
export function operation(name) {
  const found = data.operations[name];
  return found && may(found.who) ? found : null;
}

/** Fill an operation's path: `v1/desk/requests/{request_id}` with what stands for the braces. */
export const filled = (path, parts) =>
  path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parts[name]));

/** Call a path of the API. The answer is as `call` gives it. */
export async function ask(method, path, { match, ...options } = {}) {
  const session = await token();
  if (!session) throw new SignedOut();
  const headers = { ...options.headers, ...(match ? { "If-Match": match } : {}) };
  const answer = await call(method, path, { ...options, headers, session, named: "desk" });
  if (answer.status === 401) throw new SignedOut();
  return answer;
}

/** Do what an operation does. */
export const perform = (name, parts, options) => {
  const { method, path } = data.operations[name];
  return ask(method, filled(path, parts), options);
};

/** Give all items of a list, page after page, at most `most`. */
export async function every(path, most = 1000) {
  const items = [];
  let next = "";
  do {
    const mark = path.includes("?") ? "&" : "?";
    const answer = await ask("GET", `${path}${next && `${mark}cursor=${encodeURIComponent(next)}`}`);
    if (!answer.ok) return { items, answer };
    items.push(...answer.body.items);
    next = answer.body.next;
  } while (next && items.length < most);
  return { items, answer: { ok: true } };
}

let policy = null;

/** Give the policy in force, which says what classes, sources, recipients and purposes there are. */
export async function policyNow() {
  policy ||= call("GET", "v1/policy").then((answer) => answer.body || {});
  return policy;
}
