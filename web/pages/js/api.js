/*
 * Calls to the API. Each thing wanted has a key of its own that stays the same until there is an
 * answer, across presses and reloads: however often it is sent, it is done once. What is part of
 * more (`part`) keeps it after its answer, too: the whole may be sent again for what was left out.
 */
import { api, t } from "./page.js";
import { tab } from "./store.js";

const PATIENCE = 20_000;
const TRIES = 3;
// A part's answer may take as long as the gateway waits (29 s); what a slow call did stays, and the
// next one has less to do.
const PATIENCE_FOR_A_PART = 30_000;
const TRIES_OF_A_SLOW_PART = 10;
const MOST_WAIT = 8_000;
// The effect may have happened although the answer got lost, so the key is kept.
const UNDECIDED = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

/**
 * Call the API. The answer is never thrown: `ok`, `status` (0 for none), `body`, and `reason`, a
 * sentence for the reader where it did not work. `named` says whose wish it is, where the session
 * is renewed while the wish stays the same; `part` that it is one of many that are one wish;
 * `headers` go with the request as they are.
 */
export async function call(method, path, { body, session, accept, named = session, part = false, ...more } = {}) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const name = method === "GET" ? null : await digest(method, path, text, named);
  const headers = { Accept: accept || "application/json", ...more.headers };
  if (text !== undefined) headers["Content-Type"] ||= "application/json";
  if (session) headers.Authorization = `Bearer ${session}`;
  if (name) headers["Idempotency-Key"] = part ? name : key(name);
  let answer;
  for (let attempt = 1; ; attempt += 1) {
    answer = await once(method, path, headers, text, part ? PATIENCE_FOR_A_PART : PATIENCE);
    const again = UNDECIDED.has(answer.status) || (answer.status === 409 && answer.wait !== null);
    const slow = answer.late || answer.status === 503 || answer.status === 504;
    if (!again || attempt >= (part && slow ? TRIES_OF_A_SLOW_PART : TRIES)) break;
    const wait = answer.wait ?? 400 * attempt;
    if (wait > MOST_WAIT) break;
    await new Promise((done) => setTimeout(done, wait));
  }
  // What is not yet complete goes on under the same key.
  const over = !UNDECIDED.has(answer.status) && answer.body?.complete !== false;
  if (name && over) tab.remove(`key:${name}`);
  return { ...answer, reason: answer.ok ? "" : reason(answer) };
}

async function once(method, path, headers, body, patience) {
  try {
    const response = await fetch(new URL(path, api), {
      method,
      headers,
      body,
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(patience),
    });
    const said = await response.text();
    const seconds = Number(response.headers.get("Retry-After") || NaN);
    return {
      ok: response.ok,
      status: response.status,
      body: parsed(said),
      text: said,
      etag: response.headers.get("ETag"),
      link: response.headers.get("Link"),
      wait: Number.isNaN(seconds) ? null : seconds * 1000,
    };
  } catch (fault) {
    return { ok: false, status: 0, body: null, wait: null, late: fault.name === "TimeoutError" };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Name what is wanted by its digest: nothing that was typed stands in the store. */
async function digest(method, path, text, session) {
  const wanted = new TextEncoder().encode([method, path, text, session].join("\n"));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", wanted));
  return [...bytes.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function key(name) {
  const kept = tab.get(`key:${name}`) || crypto.randomUUID();
  tab.set(`key:${name}`, kept);
  return kept;
}

function reason({ status }) {
  if (status === 0 && navigator.onLine === false) {
    return t("Your device is not connected. What you entered is still here.");
  }
  if (status === 0) return t("No answer came. What you entered is still here.");
  if (status === 429) return t("There were too many tries in a short time. Please wait a few minutes.");
  if (status === 413) return t("That is too long. Please shorten it.");
  if (status >= 500) return t("Something failed on our side. Please try again in a few minutes.");
  return t("It could not be done. If it stays so, please write to us.");
}
