/* The desk's API, asked as whoever is signed in. */
import { call } from "./api.js";
import { data } from "./page.js";
import { may, token } from "./staff.js";

/**
 * What the API answered; never thrown.
 * @typedef {{ok: boolean, status: number, body: any, text: string, reason: string}} Answer
 * An operation of the desk, as the page is told of it (infra/pages/operations.py).
 * @typedef {{method: string, path: string, groups: string[], csv: string[], fields: object[]}} Operation
 */

/** Thrown where the sign-in is over: the frame shows it, and what was being done waits. */
export class SignedOut extends Error {}

/**
 * Give an operation of the desk by its name, or null if whoever is signed in may not do it.
 * @param {string} name The name, as the API has it.
 * @returns {Operation | null} The operation.
 */
export function operation(name) {
  const found = data.operations[name];
  return found && may(found.groups) ? found : null;
}

/**
 * Fill an operation's path: `v1/desk/requests/{request_id}` with what stands for the braces.
 * @param {string} path The path with its braces.
 * @param {Record<string, string>} parts What stands for each.
 * @returns {string} The path to call.
 */
export const filled = (path, parts) =>
  path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parts[name]));

/**
 * Call a path of the API. The answer is as `call` gives it.
 * @param {string} method The HTTP method.
 * @param {string} path The path below the API’s address.
 * @param {object} options As `call` takes them; `match` goes as If-Match.
 * @returns {Promise<Answer>} The answer, whatever it is.
 */
export async function ask(method, path, { match, ...options } = {}) {
  const session = await token();
  if (!session) throw new SignedOut();
  const headers = { ...options.headers, ...(match ? { "If-Match": match } : {}) };
  const answer = await call(method, path, { ...options, headers, session, named: "desk" });
  if (answer.status === 401) throw new SignedOut();
  return answer;
}

/**
 * Do what an operation does.
 * @param {string} name The operation.
 * @param {Record<string, string>} parts What stands for the braces of its path.
 * @param {object} [options] As `ask` takes them.
 * @returns {Promise<Answer>} The answer, whatever it is.
 */
export const perform = (name, parts, options) => {
  const { method, path } = data.operations[name];
  return ask(method, filled(path, parts), options);
};

/**
 * Give all items of a list, page after page, at most `most`.
 * @param {string} path The list’s path, perhaps with a query.
 * @param {number} [most] After so many it stops.
 * @returns {Promise<{items: object[], answer: Answer}>} What was read, and the last answer.
 */
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

/**
 * Give the policy in force, which says what classes, sources, recipients and purposes there are.
 * @returns {Promise<object>} The policy; empty if it cannot be read.
 */
export async function policyNow() {
  policy ||= call("GET", "v1/policy").then((answer) => answer.body || {});
  return policy;
}
