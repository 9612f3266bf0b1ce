/**
 * What this browser remembers, under one name in localStorage: the name of the browser at the API,
 * the newest answer, and decisions that are not stored there yet.
 *
 * Where storage is blocked or full the page remembers in memory, and nothing older is left behind
 * that could speak for the visitor.
 */
const NAME = "privacy_choices";
let memory;

/** Return what is remembered now, whichever tab wrote it. */
export function load() {
  if (memory) return memory;
  try {
    const kept = JSON.parse(localStorage.getItem(NAME));
    return Object(kept) === kept ? kept : {};
  } catch {
    return {};
  }
}

/** Remember `kept`, for every tab if the browser lets us. */
export function save(kept) {
  memory = undefined;
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    memory = kept;
    try {
      localStorage.removeItem(NAME);
    } catch {}
  }
}

/** Take what another tab remembers, where the two share no storage. */
export function adopt(kept) {
  if (memory) memory = kept;
}

/** Return a random name that nobody can guess, for an Idempotency-Key or a visit. */
export function random() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Return an object with `value` under each of `names`. */
export const each = (names, value) => Object.fromEntries(names.map((name) => [name, value]));
