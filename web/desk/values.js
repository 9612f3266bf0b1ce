/* Values as people read them: names of ours in words, what only a machine reads marked as such. */
import { day, el, language, moment, short, t } from "./page.js";
import { term } from "./terms.js";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const DAY = /^\d{4}-\d\d-\d\d$/;
// Ids of ours, of a sign-in, of a record, and fingerprints.
const CODE = /^(?:[a-z]_[a-z2-7…]{7,}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|[\w-]{43}|[a-z_]+[.#][\w-]{20,})$/;

// Members whose values are names of ours, and of what; all others are what somebody wrote.
const NAMES = {
  action: "", fields: "", method: "method", outcome: "", severity: "", status: "", type: "", left_out: "", lawful_basis: "",
  basis: "ground", ground: "ground", denied: "denied", channel: "channel", property: "channel", identified_by: "", separator: "separator",
  class: "class", classes: "class", kind: "class", record_class: "class", only: "class",
  purpose: "purpose", notice: "notice", form: "notice", recipient: "recipient", source: "source", sources: "source",
};
// Members that hold something under names of ours, and of what these are.
const KEYS = { decision: "field", ground: "basis", answered: "notice", choices: "purpose", classes: "class", devices: "device" };

/**
 * Show a value as what it is: a moment, a day, a yes or no, words, or things within it.
 * @param {unknown} value What the API said.
 * @param {string} [name] The member that it is the value of.
 * @returns {Node | string} What to show.
 */
export function shown(value, name = "") {
  if (value === null || value === undefined || value === "") return "–";
  if (value instanceof Node) return value;
  if (value === true) return t("Yes");
  if (value === false) return t("No");
  if (Array.isArray(value)) return several(value, name);
  if (typeof value === "object") return value.sha256 && value.id ? words(value) : pairs(Object.entries(value), KEYS[name]);
  return plain(String(value), name);
}

/** Show several values: in a line where each is a word or two, else one below the other. */
function several(values, name) {
  if (!values.length) return "–";
  if (values.some((each) => typeof each === "object")) return el("ul", { class: "plain-list" }, ...values.map((each) => el("li", {}, shown(each, name))));
  return el("span", {}, ...values.flatMap((each, at) => [at ? ", " : null, plain(String(each), name)]));
}

/** Show a text: a time in words, a name of ours by its own words, an id as such. */
function plain(text, name) {
  if (MOMENT.test(text)) return el("time", { datetime: text }, moment(text));
  if (DAY.test(text)) return el("time", { datetime: text }, day(text));
  if (name === "by" || name === "actor" || name.endsWith("_by")) return who(text);
  if (name === "language" && /^[a-z]{2}(-[A-Z]{2})?$/.test(text)) return new Intl.DisplayNames(language, { type: "language" }).of(text);
  if (name in NAMES) return term(text, NAMES[name]);
  return CODE.test(text) ? el("code", {}, text) : el("span", { "data-own": "" }, text);
}

/** Show whose words something was decided under: the notice, and its fingerprint. */
const words = ({ id, sha256 }) => el("span", {}, term(id, "notice"), " ", el("code", {}, `${sha256.slice(0, 12)}…`));

/**
 * Show a value in a line of a table: of things within it their names and what they say.
 * @param {unknown} value What the API said.
 * @param {string} [name] The member that it is the value of.
 * @returns {Node | string} What to show.
 */
export function brief(value, name = "") {
  if (typeof value === "string" && MOMENT.test(value)) return el("time", { datetime: value }, short(value));
  if (!value || typeof value !== "object" || Array.isArray(value) || value instanceof Node) return shown(value, name);
  const told = Object.entries(value).filter(([, each]) => !empty(each));
  return el("span", { class: "small soft" }, ...told.flatMap(([own, each], at) => [at ? "; " : null, `${term(own, KEYS[name])}: `, brief(each, own)]));
}

/** Tell whether there is nothing to show. */
const empty = (value) =>
  value === null || value === undefined || value === "" || (typeof value === "object" && !(value instanceof Node) && !Object.keys(value).length);

/**
 * A list of facts; those without a value are left out.
 * @param {[string | Node, unknown][]} entries Names, as `term` knows them, and values.
 * @param {string} [kind] Of what the names are.
 * @returns {HTMLElement} The list.
 */
export function pairs(entries, kind = "") {
  const told = entries.filter(([, value]) => !empty(value));
  const line = ([name, value]) => el("div", {}, el("dt", {}, name instanceof Node ? name : term(name, kind)), el("dd", {}, shown(value, name)));
  return el("dl", { class: "facts" }, ...told.map(line));
}

/**
 * Say who did something: the person, the system, a role on a developer's machine, or one of us.
 * @param {string} name A sign-in’s id, `person` or `system`.
 * @returns {Node | string} The words.
 */
export function who(name) {
  if (name === "person") return t("the person");
  if (name === "agent") return t("the agent");
  if (name === "system") return t("the system");
  if (!name) return "–";
  return name.startsWith("local-") ? term(name.slice("local-".length)) : el("code", {}, name);
}

const UNITS = { Y: "year", M: "month", W: "week", D: "day" };

/**
 * Write an ISO 8601 period of one unit in words: `P2Y` is 2 years.
 * @param {string} text The period.
 * @returns {string} The words.
 */
export function period(text) {
  const found = /^P(\d+)([YMWD])$/.exec(text);
  if (!found) return text;
  return new Intl.NumberFormat(language, { style: "unit", unit: UNITS[found[2]], unitDisplay: "long" }).format(Number(found[1]));
}

/**
 * Say why something was passed on.
 * @param {{ground: object}} disclosure What was passed on.
 * @returns {string} The words.
 */
export const whyPassedOn = ({ ground }) =>
  Object.keys(ground)
    .filter((name) => name !== "reference")
    .map((name) => term(name, "basis"))
    .join(", ");
