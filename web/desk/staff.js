/*
 * Who is at the desk. Deployed, staff sign in on the user pool's own pages and come back with a
 * code, which only this tab can use: its verifier never left it (RFC 7636). The access token is in
 * this script's memory alone; what renews it is in the tab's own storage, changes with each use and
 * is revoked when the work ends. On a developer's machine a role is chosen instead.
 */
import { $, api } from "./page.js";
import { tab } from "./store.js";

const { url, client } = JSON.parse($("body").dataset.signIn);
const RETURN = new URL("desk/sign-in", api).href;
const LEFT = new URL("desk/signed-out", api).href;
const SCOPE = "openid privacy/desk";
const RENEWAL = "desk:renewal";
const LEAVING = "desk:leaving";
// A token that ends this soon would end on the way.
const EARLY = 20_000;
const IDLE = 30 * 60_000;
const WARNED = 2 * 60_000;
export const ROLES = ["privacy_officer", "support", "auditor"];

/** Whether this is a developer's machine, where nobody has to prove who they are. */
export const local = !url;

/** @type {{token: string, until: number, roles: string[]} | null} */
let access = null;
let renewing = null;
// The roles that were told of last.
let told = "";
let active = Date.now();

/**
 * Give the roles of who is signed in; none if nobody is.
 * @returns {string[]} The roles.
 */
export const roles = () => access?.roles || [];

/**
 * Tell whether who is signed in is one of `who`.
 * @param {string[]} who Roles that may.
 * @returns {boolean} Whether one of them is signed in.
 */
export const may = (who) => who.some((role) => roles().includes(role));

/**
 * Give a token that is good for a call, renewed if it has to be; null if the sign-in is over.
 * @returns {Promise<string | null>} The access token.
 */
export async function token() {
  if (access && access.until - EARLY > Date.now()) return access.token;
  renewing ||= renewed().finally(() => (renewing = null));
  await renewing;
  return access?.token || null;
}

/** Get another access token by what renews it. */
async function renewed() {
  const kept = tab.get(RENEWAL);
  access = null;
  if (!kept) return;
  if (local) enter(kept);
  else await exchange({ grant_type: "refresh_token", refresh_token: kept });
}

/**
 * Sign in here as a role, without proof: only a developer's machine believes it.
 * @param {string} role The role.
 * @returns {void}
 */
export function enter(role) {
  active = Date.now();
  access = { token: `local-${role}`, until: Infinity, roles: [role] };
  tab.set(RENEWAL, role);
}

/**
 * Go to the user pool's pages; afterwards the browser comes back to `place`.
 * @param {string} place Where to go on afterwards.
 * @returns {Promise<void>}
 */
export async function leaveToSignIn(place) {
  const verifier = random();
  const state = random();
  tab.set(LEAVING, JSON.stringify({ verifier, state, place }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  location.assign(
    at("oauth2/authorize", {
      response_type: "code",
      client_id: client,
      redirect_uri: RETURN,
      scope: SCOPE,
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
    }),
  );
}

/**
 * Use the code that the browser came back with. Gives the place to go on at; null if it is none.
 * @returns {Promise<string | null>} The place to go on at.
 */
export async function comeBack() {
  const said = new URLSearchParams(location.search);
  const left = JSON.parse(tab.get(LEAVING) || "null");
  history.replaceState(null, "", RETURN);
  tab.remove(LEAVING);
  if (!left || !said.get("code") || said.get("state") !== left.state) return null;
  active = Date.now();
  await exchange({
    grant_type: "authorization_code",
    code: said.get("code"),
    redirect_uri: RETURN,
    code_verifier: left.verifier,
  });
  return access && left.place;
}

/**
 * End the sign-in here and, unless `quietly`, on the user pool's pages too.
 * @param {{quietly?: boolean}} [options] Whether only here.
 * @returns {Promise<void>}
 */
export async function signOut({ quietly = false } = {}) {
  const kept = tab.get(RENEWAL);
  access = null;
  tab.remove(RENEWAL);
  if (!local && kept) await post("oauth2/revoke", { token: kept });
  if (!local && !quietly) location.assign(at("logout", { client_id: client, logout_uri: LEFT }));
}

/**
 * Watch whether anybody is there. `soon` is called two minutes before the end with how many seconds
 * are left, and again with 0 when somebody stirs; `over` when half an hour has passed.
 * @param {(soon: boolean) => void} soon Told that the end is near, and that it no longer is.
 * @param {() => void} over Called at the end.
 * @returns {void}
 */
export function watch(soon, over) {
  let warned = false;
  const stir = () => {
    if (access && Date.now() - active < IDLE) active = Date.now();
    if (warned) soon((warned = false));
  };
  for (const sign of ["pointerdown", "keydown", "input"]) addEventListener(sign, stir, true);
  const look = () => {
    if (!access) return;
    const left = IDLE - (Date.now() - active);
    if (left <= 0) {
      warned = false;
      soon(false);
      signOut({ quietly: true });
      over();
    } else if (left <= WARNED) {
      soon((warned = true));
    }
  };
  setInterval(look, 5_000);
  // A machine that slept has let no interval pass.
  document.addEventListener("visibilitychange", look);
}

let changed = () => {};

/**
 * Have `heard` called when whoever is signed in has other roles from then on.
 * @param {() => void} heard Called after the change.
 * @returns {void}
 */
export const onOtherRoles = (heard) => (changed = heard);

/** Get tokens for a grant; a refusal forgets what renews. */
async function exchange(grant) {
  const answer = await post("oauth2/token", grant);
  const given = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!given?.access_token) {
    // Refused for good; where no answer came, what renews is still good.
    if (answer && answer.status < 500) tab.remove(RENEWAL);
    return;
  }
  const claims = payload(given.access_token);
  access = {
    token: given.access_token,
    until: Date.now() + given.expires_in * 1000,
    roles: [].concat(claims["cognito:groups"] || []),
  };
  if (given.refresh_token) tab.set(RENEWAL, given.refresh_token);
  const before = told;
  told = roles().join();
  if (before && before !== told) changed();
}

/** Send a form to the pool; null where no answer came. */
async function post(path, values) {
  const body = new URLSearchParams({ ...values, client_id: client });
  const signal = AbortSignal.timeout(20_000);
  return fetch(at(path), { method: "POST", body, signal, credentials: "omit" }).catch(() => null);
}

const at = (path, query = {}) => `${url}/${path}?${new URLSearchParams(query)}`.replace(/\?$/, "");

/** Read what a token says, to show it: the API checks it, this does not. */
function payload(jwt) {
  const text = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Make a value that nobody can guess. */
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Write bytes in the letters of addresses. */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
