/* Parts that every view of the console is made of. */
import { $, el, t } from "./page.js";
import { address } from "./place.js";
import { term } from "./terms.js";
import { brief } from "./values.js";

/**
 * A column: its title, what a row has in it, the cell's class.
 * @typedef {[string, (row: any) => unknown, string?]} Column
 */

const GOOD = new Set(["completed", "in_force", "finished"]);
const WAITS = new Set(["awaiting_identity", "awaiting_fee", "awaiting_clarification", "partial"]);
const BAD = new Set(["overdue", "refused", "failed", "lapsed"]);

/**
 * A view's head: where one came from, its title, a sentence about it, what can be begun here.
 * @param {string} title The title, also of the tab.
 * @param {object} [options] `back` as address and words, `lead`, `tag`, `buttons`.
 * @returns {HTMLElement} The head.
 */
export function head(title, { back, lead, tag, buttons = [] } = {}) {
  const way = back && el("a", { class: "back", href: back[0] }, back[1]);
  const line = el("div", { class: "headline" }, el("h1", { tabindex: "-1" }, title), tag || null);
  const side = buttons.length ? el("div", { class: "actions" }, ...buttons) : null;
  document.title = `${title} – ${document.title.split(" – ").pop()}`;
  return el("header", { class: "head" }, way || null, line, lead ? el("p", { class: "lead" }, lead) : null, side);
}

/**
 * A section with a title of its own.
 * @param {string} title The title.
 * @param {Node} content What stands below it.
 * @returns {HTMLElement} The section.
 */
export const section = (title, ...content) => el("section", {}, el("h2", {}, title), ...content);

/**
 * A state, in a colour and in words.
 * @param {string} state The state, by which the colour is chosen.
 * @param {string} [words] What it says, if not the state’s own words.
 * @returns {HTMLElement} The tag.
 */
export function tag(state, words = term(state)) {
  const kind = GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : WAITS.has(state) ? "waits" : "";
  return el("span", { class: `tag ${kind}`.trim() }, words);
}

/**
 * A table that becomes a stack on a phone. `columns` are triples: title, cell of a row, class.
 * @param {Column[]} columns Title, cell of a row, class.
 * @param {object[]} rows The rows.
 * @param {string} caption What it is, for who cannot see it.
 * @returns {HTMLElement} The table, or a line that there is nothing.
 */
export function table(columns, rows, caption) {
  if (!rows.length) return el("p", { class: "soft" }, t("Nothing here."));
  const titles = columns.map(([title, , kind]) => el("th", { scope: "col", class: kind }, title));
  const line = (row) =>
    el("tr", {}, ...columns.map(([title, cell, kind], at) => {
      const value = cell(row);
      const content = value instanceof Node ? value : brief(value);
      return at ? el("td", { "data-label": `${title}:`, class: kind }, content) : el("th", { scope: "row", class: kind }, content);
    }));
  return el(
    "div", { class: "scroll" },
    el("table", { class: "stack" }, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, ...titles)), el("tbody", {}, ...rows.map(line))),
  );
}

/**
 * A link to a view or to a thing in it.
 * @param {string | Node} words What the link says.
 * @param {string} view The view.
 * @param {string} [item] The thing in it.
 * @param {object} [query] The query.
 * @returns {HTMLAnchorElement} The link.
 */
export const to = (words, view, item, query) => el("a", { href: address(view, item, query) }, words);

/**
 * What to do where something could not be read.
 * @param {import("./ask.js").Answer} answer What the API said.
 * @param {() => void} again Tries again.
 * @returns {HTMLElement} The note.
 */
export function trouble(answer, again) {
  const words = answer.status === 403 ? t("Your role may not see this.") : answer.status === 404 ? t("There is nothing here, or no longer.") : answer.reason;
  return el(
    "section", { class: "note warn", role: "alert" },
    el("h2", {}, t("That did not work")),
    el("p", {}, words),
    el("div", { class: "actions" }, el("button", { type: "button", class: "button plain", click: again }, t("Try again"))),
  );
}

/**
 * Something that can be done: closed until it is chosen, and then says what it does. What was
 * entered in it and not sent stands open.
 * @param {string} title What can be done.
 * @param {string | null} says What it does.
 * @param {Node} content The form.
 * @param {{open?: boolean}} [options] Whether it is open.
 * @returns {HTMLDetailsElement} The part.
 */
export function action(title, says, content, { open = false } = {}) {
  const kept = content.matches("[data-kept]") || $("[data-kept]", content);
  return el("details", { class: "action", open: open || Boolean(kept) }, el("summary", {}, title), el("div", { class: "inside" }, says ? el("p", { class: "says" }, says) : null, content));
}
