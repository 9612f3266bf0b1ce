/* The first page: what is due, what waits for whom. */
import { ask, perform } from "./ask.js";
import { clock } from "./clock.js";
import { el, t } from "./page.js";
import { head, section, table, tag, to, trouble } from "./parts.js";
import { address } from "./place.js";
import { term } from "./terms.js";

/** Make the page of today. */
export async function today({ again }) {
  const answer = await perform("today", {});
  if (!answer.ok) return [head(t("Today")), trouble(answer, again)];
  const told = answer.body;
  const count = (number, words, href, late) => {
    const content = [el("b", {}, String(number)), el("span", {}, words)];
    const box = href ? el("a", { href }, ...content) : el("div", {}, ...content);
    return el("li", number && late ? { class: "late" } : {}, box);
  };
  const counts = [
    count(told.overdue, t("overdue"), address("requests", "", { overdue: "true" }), true),
    count(told.due_soon, t("due within five working days"), address("requests")),
    count(told.waiting_for_us, t("waiting for us"), address("requests", "", { status: "in_progress" })),
    count(told.review, t("waiting for our review"), address("requests", "", { status: "awaiting_review" })),
    count(told.waiting_for_them, t("waiting for them"), address("requests", "", { status: "awaiting_identity" })),
    ...(told.breaches === null ? [] : [count(told.breaches, t("breaches not closed"), address("breaches"), true)]),
    ...(told.mails ? [count(told.mails, t("with a mail held back"), null, true)] : []),
    ...(told.unreadable ? [count(told.unreadable, t("that cannot be read: tell who runs this"), null, true)] : []),
  ];
  const columns = [
    [term("name"), (row) => to(row.name, "requests", row.request_id)],
    [term("type"), (row) => term(row.type)],
    [term("status"), (row) => tag(row.status)],
    [term("due_on"), clock],
  ];
  const more = told.complete ? [] : [el("p", { class: "note" }, t("There are more open requests than are counted here."))];
  return [
    head(t("Today")),
    el("ul", { class: "counts" }, ...counts),
    ...more,
    section(t("The first due"), table(columns, told.first, t("The first due"))),
  ];
}
