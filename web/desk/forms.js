/*
 * Forms of what an operation takes. What was entered and not sent is kept in this script's memory,
 * and in the tab's own storage only while a sign-in that ended by itself is begun anew.
 */
import { complain, missing, values } from "./fields.js";
import { $, busy, data, el, t } from "./page.js";
import { tab } from "./store.js";
import { term } from "./terms.js";

/**
 * What a form asks for.
 * @typedef {object} Field
 * @property {string} name Its name in the body; dots lead into it.
 * @property {string} kind choice, tick, ticks, list, rows, day, moment, email, number, area, line, hidden.
 * @property {boolean} [required] Whether it has to be there.
 * @property {string} [label] What it is called, if not as `term` has it.
 * @property {string} [hint] What helps to fill it in.
 * @property {(entered: Record<string, unknown>) => boolean} [when] Whether it is asked for.
 */

const KEPT = "desk:drafts";
const drafts = new Map(JSON.parse(tab.get(KEPT) || "[]"));
tab.remove(KEPT);
const MANY_LINES = 6;
// More letters than a short field shows.
const LONG = 36;

let saving = false;

// A page that is left or loaded anew by hand takes what was entered with it: asked about before.
addEventListener("beforeunload", (event) => {
  if (drafts.size && !saving && !tab.get(KEPT)) event.preventDefault();
  saving = false;
});

/**
 * Save the file at an address: the page stays, though the browser begins as if it were left.
 * @param {string} url Where the file is.
 * @returns {void}
 */
export function download(url) {
  saving = true;
  location.assign(url);
}

/**
 * Keep what was entered through a new sign-in.
 * @returns {void}
 */
export const keepDrafts = () => tab.set(KEPT, JSON.stringify([...drafts]));

/**
 * Have it no longer in the tab's storage, once somebody is signed in again.
 * @returns {void}
 */
export const unkeepDrafts = () => tab.remove(KEPT);

/**
 * Give what asks for the language of our mails and letters: one of those that the pages are in.
 * @returns {Partial<Field>} The field, but for its name.
 */
export const spoken = () => ({ kind: "choice", options: data.spoken, empty: t("English"), hint: t("What we write to the person is in it, as far as we have words in it.") });

/**
 * Forget what was entered.
 * @returns {void}
 */
export function dropDrafts() {
  drafts.clear();
  tab.remove(KEPT);
}

/**
 * Make a form. `fields` are an operation's, each perhaps with `label`, `hint`, `value` and with
 * `options` as pairs of value and words; with `when` it is there only while that says so of what
 * is entered. `send` gets the body and gives what the API answered.
 * @param {string} name The form’s name: what was entered is kept by it and the address.
 * @param {Field[]} fields What is asked for.
 * @param {{press: string, send: (body: object) => Promise<object>, plain?: boolean}} options The button’s words, and what sends.
 * @returns {HTMLElement} The form with a place for complaints.
 */
export function form(name, fields, { press, send, plain = false }) {
  const made = el("form", { novalidate: true, "data-form": name });
  const place = `${location.pathname}#${name}`;
  const before = drafts.get(place) || {};
  made.append(...fields.map((field) => entry(name, field, before)));
  for (const [field, value] of Object.entries(before)) restore(made, field, value);
  const fit = () => {
    const entered = values(made, () => true);
    for (const { name, when } of fields) if (when) $(`[data-field="${name}"]`, made).hidden = !when(entered);
  };
  fit();
  made.addEventListener("input", () => {
    drafts.set(place, values(made, () => true));
    fit();
  });
  const button = el("button", { type: "submit", class: plain ? "button plain" : "button" }, press);
  made.append(el("div", { class: "actions" }, button));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = missing(made);
    if (wrong.length) return complain(made, wrong);
    busy(button, async () => {
      const answer = await send(body(fields, values(made)));
      if (answer.ok) drafts.delete(place);
      else refuse(standing(made, name), answer);
    });
  });
  const kept = Object.keys(before).length ? { "data-kept": "" } : {};
  return el("div", { "data-state": "form", ...kept }, el("div", { "data-errors": "" }), made);
}

/** Give the form as it stands now: its page may have been made anew while it was sent. */
function standing(made, name) {
  const now = made.isConnected ? made : $(`form[data-form="${name}"]`) || made;
  const around = now.closest("details");
  if (around) around.open = true;
  return now;
}

/**
 * Say beside the fields what the API refused; what belongs to none stands in the summary.
 * @param {HTMLFormElement} made The form.
 * @param {import("./ask.js").Answer} answer What the API said.
 * @returns {void}
 */
export function refuse(made, { body: problem, reason, status }) {
  const errors = problem?.errors || [];
  const wrong = errors.map(({ pointer, detail }) => {
    let name = pointer.slice(1).replaceAll("/", ".");
    while (name && !$(`[data-field="${name}"]`, made)) name = name.replace(/\.?[^.]*$/, "");
    const label = name ? term(name.replace(/^(?:.*\.\d+|p\d+|all)\./, "")) : t("This");
    return [name, t("{field}: please check it.", { field: label }), detail];
  });
  if (!wrong.length) {
    if (status === 412) wrong.push(["", t("A colleague acted while you were writing. The page shows it now, and what you entered is still here: read, then decide.")]);
    const told = { 403: t("Your role may not do this."), 409: problem?.detail };
    wrong.push(["", told[status] || reason]);
  }
  complain(made, wrong);
}

/** Make a field with its label, hint and control. */
function entry(form, field, before = {}) {
  const { name, kind, hint } = field;
  if (kind === "hidden") return el("input", { type: "hidden", name, value: field.value });
  const id = `${form}-${name}`;
  const label = field.label || term(name);
  if (kind === "rows") return rows(form, field, before);
  if (kind === "ticks") return ticks(form, field);
  const optional = field.required || field.empty || kind === "tick" ? null : el("span", { class: "optional" }, ` ${t("(optional)")}`);
  const described = hint ? `${id}-hint` : undefined;
  const said = hint ? el("p", { class: "hint", id: described }, hint) : null;
  const common = { id, name, "aria-describedby": described, required: Boolean(field.required) };
  if (kind === "tick") {
    const box = el("input", { ...common, required: false, type: "checkbox", value: "true", checked: Boolean(field.value) });
    return el("div", { class: "tick", "data-field": name }, box, el("label", { for: id }, label), said);
  }
  const quote = field.quote ? el("blockquote", { class: "quote", "data-own": "" }, field.quote) : null;
  return el("div", { class: "field", "data-field": name }, el("label", { for: id }, label, optional), said, ...(quote ? [quote] : []), control(field, common));
}

/** Make what is typed into or chosen from. */
function control({ kind, name, options, max, value, empty }, common) {
  const size = max ? { maxlength: max } : {};
  if (kind === "choice") {
    const pairs = options.map((each) => (Array.isArray(each) ? each : [each, term(each, name)]));
    const made = pairs.map(([one, words]) => el("option", { value: one, selected: one === value }, words));
    const long = pairs.some(([, words]) => words.length > LONG);
    return el("select", { ...common, class: long ? undefined : "short" }, el("option", { value: "" }, empty || t("Choose")), ...made);
  }
  if (kind === "area" || kind === "list") {
    const lines = kind === "list" ? 3 : MANY_LINES;
    const made = el("textarea", { ...common, ...(kind === "list" ? {} : size), rows: lines });
    made.value = [].concat(value ?? "").join("\n");
    return made;
  }
  const types = { day: "date", moment: "datetime-local", email: "email", number: "number" };
  const own = kind === "email" ? { spellcheck: "false", dir: "ltr", autocomplete: "off" } : { autocomplete: "off" };
  const made = el("input", { ...common, ...size, ...own, type: types[kind] || "text", class: "short" });
  made.value = value ?? "";
  return made;
}

/** Things of which some are chosen, each with a box. */
function ticks(form, { name, label, hint, options }) {
  const boxes = options.map(([one, words]) => entry(form, { name: `${name}.${one}`, kind: "tick", label: words }));
  const said = hint ? el("p", { class: "hint" }, hint) : null;
  return el("fieldset", { class: "field ticks", "data-field": name }, el("legend", {}, label || term(name)), said, el("div", { class: "boxes" }, ...boxes));
}

/** A list of things of several fields each, as many as were entered before, with a button for more. */
function rows(form, { name, fields, label, given = null, title, most = 20 }, before) {
  const box = el("fieldset", { class: "field", "data-field": name }, el("legend", {}, label || term(name)));
  let count = 0;
  const add = () => {
    const one = given?.[count];
    const own = fields.map((each) => entry(form, { ...each, label: each.label || term(each.name), name: `${name}.${count}.${each.name}`, value: one?.[each.name], required: false }));
    const said = one && title ? el("p", { class: "row-title", "data-own": "" }, title(one)) : null;
    box.append(el("div", { class: "row" }, ...(said ? [said] : []), ...own));
    count += 1;
  };
  const entered = Object.keys(before).filter((each) => each.startsWith(`${name}.`)).map((each) => 1 + Number(each.slice(name.length + 1).split(".")[0]));
  const wanted = given ? given.length : Math.max(1, ...entered);
  do add();
  while (count < wanted);
  if (given) return box;
  const more = el("button", { type: "button", class: "link", click: () => (count < most ? (add(), box.append(more)) : null) }, t("Add another"));
  box.append(more);
  return box;
}

/** Fill a field with what was entered before. */
function restore(made, name, value) {
  const field = made.elements[name];
  if (!(field instanceof Element)) return;
  if (field.type === "checkbox") field.checked = Boolean(value);
  else field.value = value;
}

/**
 * Make a body of what was entered: names with dots become objects and lists.
 * @param {Field[]} fields The form’s fields.
 * @param {Record<string, unknown>} entered What was entered, by name.
 * @returns {object} The body to send.
 */
export function body(fields, entered) {
  const made = {};
  for (const { name, given, fields: own } of fields) {
    // A box of a row that is left empty says no.
    const boxes = given ? own.filter((each) => each.kind === "tick") : [];
    for (const each of boxes) given.forEach((_, at) => (entered[`${name}.${at}.${each.name}`] ??= false));
  }
  for (const [name, value] of Object.entries(entered)) {
    put(made, name.split("."), converted(kindOf(fields, name), value));
  }
  for (const { name, kind } of fields) if (kind === "ticks" && made[name]) made[name] = Object.keys(made[name]);
  return made;
}

/** Say of what kind a field is, also one of a row. */
function kindOf(fields, name) {
  const own = fields.find((field) => field.name === name);
  if (own) return own.kind;
  const around = fields.find((field) => field.kind === "rows" && name.startsWith(`${field.name}.`));
  return around?.fields.find((field) => name.endsWith(`.${field.name}`))?.kind;
}

/** Write what was entered as the API takes it. */
function converted(kind, value) {
  if (kind === "list") return value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (kind === "moment") return new Date(value).toISOString();
  if (kind === "number") return Number(value);
  return value;
}

/** Put a value into a body where its name says. */
function put(target, [first, ...rest], value) {
  if (!rest.length) {
    target[first] = value;
    return;
  }
  target[first] ??= /^\d+$/.test(rest[0]) ? [] : {};
  put(target[first], rest, value);
  if (Array.isArray(target[first])) target[first] = target[first].filter(Boolean);
}

/**
 * Give the fields of an operation, of those named in `only` in their order, with more about each.
 * @param {import("./ask.js").Operation} found The operation.
 * @param {string[] | null} only Which of its fields, in this order; all if null.
 * @param {Record<string, Partial<Field>>} [more] More about some of them.
 * @returns {Field[]} The fields.
 */
export function fieldsOf(found, only, more = {}) {
  const known = new Map(found.fields.map((field) => [field.name, field]));
  const names = only || [...known.keys()];
  return names.map((name) => ({ ...known.get(name), ...more[name] }));
}
