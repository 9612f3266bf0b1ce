/*
 * A list, and a thing in it, from a few lines of `views.js`: where it is read, which columns it has,
 * what can be begun, what can be done.
 */
import { ask, filled, operation, perform } from "./ask.js";
import { fieldsOf, form } from "./forms.js";
import { el, keep, say, t } from "./page.js";
import { action, head, section, table, to, trouble } from "./parts.js";
import { address, go } from "./place.js";
import { may } from "./staff.js";
import { term } from "./terms.js";
import { pairs } from "./values.js";

/**
 * A view's entry in views.js.
 * @typedef {object} Spec
 * @property {string} view Its name in the address.
 * @property {() => string} title What it is called.
 * @property {string} operation What lists its things.
 * @property {() => import("./parts.js").Column[]} columns What the list shows of each.
 * @property {string} [id] The member that names a thing.
 * @property {(thing: object) => string} [place] What stands for a thing in an address, if not its id.
 * @property {(place: string) => object} [parts] What of that stands for the braces of its path.
 * @property {object} [begin] What can be begun here.
 */

// The filter that names one thing, whose page it leads to.
export const NUMBER = "number";
// Pages with nothing on them that are passed over for who looks for what is seldom.
const MOST_EMPTY = 20;

/**
 * Make the view of a list.
 * @param {Spec} spec The view’s entry.
 * @returns {(where: object) => Promise<Node[]>} What makes the view.
 */
export function listOf(spec) {
  return async ({ query, again }) => {
    const filters = spec.filters ? await spec.filters() : [];
    const wanted = new URLSearchParams();
    for (const { name } of [...filters, { name: "cursor" }]) {
      if (query.get(name)) wanted.set(name, query.get(name));
    }
    const found = operation(spec.operation);
    const path = `${found.path}${wanted.size ? `?${wanted}` : ""}`;
    let answer = await ask("GET", path);
    for (let more = MOST_EMPTY; more && answer.ok && !answer.body.items.length && answer.body.next; more -= 1) {
      wanted.set("cursor", answer.body.next);
      answer = await ask("GET", `${found.path}?${wanted}`);
    }
    const title = head(spec.title(), { lead: spec.lead?.(), buttons: [...beginnings(spec), csvOf(spec, found, path)].filter(Boolean) });
    const shape = filters.length ? [filterForm(spec, filters, query)] : [];
    if (!answer.ok) return [title, ...shape, trouble(answer, again)];
    const { items, next } = answer.body;
    const rows = table(spec.columns(), items, spec.title());
    const first = query.get("cursor") && to(t("First page"), spec.view, "", noCursor(query));
    const more = next && to(t("Next page"), spec.view, "", { ...Object.fromEntries(query), cursor: next });
    const pager = first || more ? [el("nav", { class: "pager", "aria-label": t("Pages") }, first || null, more || null)] : [];
    return [title, ...shape, ...(spec.above?.(answer.body) || []), rows, ...pager];
  };
}

/**
 * Make the view of one thing.
 * @param {Spec} spec The view’s entry.
 * @returns {(where: object) => Promise<Node[]>} What makes the view of one.
 */
export function itemOf(spec) {
  return async ({ item, again }) => {
    const answer = await read(spec, item);
    const back = [address(spec.view), spec.title()];
    if (!answer.ok) return [head(spec.one(), { back }), trouble(answer, again)];
    const thing = answer.body;
    const done = await actionsOf(spec, thing, again);
    return [
      head(spec.name(thing), { back, tag: spec.tag?.(thing) }),
      pairs(spec.facts(thing)),
      ...(spec.more ? await spec.more(thing, again) : []),
      ...(done.length ? [section(t("What can be done"), ...done)] : []),
    ];
  };
}

/**
 * Make the view of what is begun with a form.
 * @param {Spec} spec The view’s entry, with `begin`.
 * @returns {(where: object) => Promise<Node[]>} What makes the form’s view.
 */
export function beginningOf(spec) {
  return async () => {
    const found = operation(spec.begin.operation);
    const back = [address(spec.view), spec.title()];
    const title = head(spec.begin.title(), { back, lead: spec.begin.lead?.() });
    if (!found) return [title, el("p", {}, t("Your role may not do this."))];
    const fields = fieldsOf(found, spec.begin.only, await spec.begin.fields?.());
    const send = async (body) => {
      const answer = await perform(spec.begin.operation, {}, { body: spec.begin.body?.(body) || body });
      if (answer.ok) {
        say(t("Done."));
        go(address(spec.view, spec.item ? placeOf(spec, answer.body) : ""));
      }
      return answer;
    };
    return [title, form(spec.begin.operation, fields, { press: spec.begin.press(), send })];
  };
}

/** Give the things that can be done to something, each with what it does and its form. */
async function actionsOf(spec, thing, again) {
  const made = [];
  for (const one of (await spec.actions?.(thing)) || []) {
    const found = operation(one.operation);
    if (!found) continue;
    const send = async (body) => {
      const answer = await perform(one.operation, { ...thing, ...one.parts }, { body: one.body ? one.body(body) : body });
      if (answer.ok) {
        say(t("Done."));
        again();
      }
      return answer;
    };
    made.push(action(one.title, one.says, form(one.operation, fieldsOf(found, one.only, one.fields), { press: one.title, send })));
  }
  return made;
}

/** Say by what a thing stands in an address. */
const placeOf = (spec, thing) => spec.place?.(thing) || thing[spec.id];

/** Read one thing, by its own operation or from its list. */
async function read(spec, item) {
  if (spec.read) return ask("GET", filled(operation(spec.read).path, spec.parts?.(item) || { [spec.id]: item }));
  let next = "";
  do {
    const answer = await ask("GET", `${operation(spec.operation).path}?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`);
    if (!answer.ok) return answer;
    const found = answer.body.items.find((each) => each[spec.id] === item);
    if (found) return { ok: true, body: found };
    next = answer.body.next;
  } while (next);
  return { ok: false, status: 404 };
}

/** Offer what can be begun here. */
function beginnings(spec) {
  if (!spec.begin || !operation(spec.begin.operation)) return [];
  return [el("a", { class: "button", href: address(spec.view, "new") }, spec.begin.press())];
}

/** Offer what the filter shows as a file, read page after page. */
function csvOf(spec, found, path) {
  if (!may(found.csv)) return null;
  const button = el("button", { type: "button", class: "button plain" }, t("As a spreadsheet (CSV)"));
  button.addEventListener("click", async () => {
    const parts = [];
    const begin = path.replace(/([?&])cursor=[^&]*&?/, "$1");
    let next = begin;
    while (next) {
      const answer = await ask("GET", next, { accept: "text/csv" });
      if (!answer.ok) return say(answer.reason);
      parts.push(parts.length ? answer.text.slice(answer.text.indexOf("\n") + 1) : answer.text);
      const more = /cursor=([^&>]+)>/.exec(answer.link || "")?.[1];
      next = more && `${begin}${begin.includes("?") ? "&" : "?"}cursor=${more}`;
    }
    keep(`${spec.view}.csv`, parts, "text/csv");
  });
  return button;
}

/** Make the form of a list’s filters. */
function filterForm(spec, filters, query) {
  const made = el("form", { class: "filters", role: "search" });
  for (const { name, label, options, words = term, kind = "choice" } of filters) {
    const id = `filter-${name}`;
    const input =
      kind === "choice"
        ? el("select", { id, name }, el("option", { value: "" }, t("All")), ...options.map((each) => el("option", { value: each, selected: query.get(name) === each }, words(each))))
        : el("input", { id, name, type: kind === "day" ? "date" : "text", value: query.get(name) || "", autocomplete: "off" });
    made.append(el("div", { class: "field" }, el("label", { for: id }, label || term(name)), input));
  }
  made.append(el("div", { class: "actions" }, el("button", { type: "submit", class: "button plain" }, t("Show"))));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const { [NUMBER]: number = "", ...chosen } = Object.fromEntries(new FormData(made));
    go(number.trim() ? address(spec.view, number.trim()) : address(spec.view, "", chosen));
  });
  return made;
}

/** Give a query without the place in the list. */
const noCursor = (query) => Object.fromEntries([...query].filter(([name]) => name !== "cursor"));
