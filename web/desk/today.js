/* The first page: what is due, what waits for whom, what does not work and how it is mended. */
import { perform } from "./ask.js";
import { clock } from "./clock.js";
import { mend } from "./mending.js";
import { el, short, t } from "./page.js";
import { head, section, table, tag, to, trouble } from "./parts.js";
import { address } from "./place.js";
import { term } from "./terms.js";

/**
 * Make the page of today.
 * @param {{again: () => void}} where How to make it anew.
 * @returns {Promise<Node[]>} The page's parts.
 */
export async function today({ again }) {
  const answer = await perform("today", {});
  if (!answer.ok) return [head(t("Today")), trouble(answer, again)];
  const told = answer.body;
  const more = told.complete ? [] : [el("p", { class: "note" }, t("There are more open requests than are counted here."))];
  return [
    head(t("Today")),
    el("ul", { class: "counts" }, ...counts(told)),
    ...more,
    ...broken(told),
    section(t("The first due"), listed(told.first, t("The first due"))),
    ...(told.lapsed.length ? [section(t("Lapsed in the last seven days"), el("p", { class: "soft" }, t("Nobody opened the link that we mailed. If somebody complains that it never came, enter their request anew.")), listed(told.lapsed, t("Lapsed in the last seven days")))] : []),
  ];
}

/** Give the counts, each with the list that it counts. */
function counts(told) {
  const count = (number, words, href, late) => {
    const content = [el("b", {}, String(number)), el("span", {}, words)];
    const box = href ? el("a", { href }, ...content) : el("div", {}, ...content);
    return el("li", number && late ? { class: "late" } : {}, box);
  };
  return [
    count(told.overdue, t("overdue"), address("requests", "", { overdue: "true" }), true),
    count(told.due_soon, t("due within five working days"), address("requests")),
    count(told.waiting_for_us, t("waiting for us"), address("requests", "", { waiting: "us" })),
    count(told.review, t("waiting for our review"), address("requests", "", { status: "awaiting_review" })),
    count(told.waiting_for_them, t("waiting for them"), address("requests", "", { waiting: "them" })),
    ...(told.breaches === null ? [] : [count(told.breaches, t("breaches not closed"), address("breaches"), true)]),
  ];
}

/** Give what does not work as it should, each thing with what mends it; nothing if all does. */
function broken(told) {
  const by = new Map();
  for (const alarm of told.alarms || []) by.set(alarm.runbook, [...(by.get(alarm.runbook) || []), alarm]);
  const made = [...by].map(([runbook, alarms]) => item(alarms.map(ringing), mend(runbook)));
  const nobody = { words: t("Tell who runs this system."), link: null };
  if (told.alarms === null) made.push(item([t("Whether the system works as it should cannot be told now.")], nobody));
  if (told.unreadable) made.push(item([told.unreadable === 1 ? t("One request cannot be read.") : t("{count} requests cannot be read.", { count: told.unreadable })], nobody));
  const parts = made;
  if (told.unreached.length) {
    const words = t("A mail was held back, because too many went to this address, or its side refused it. A mail held back goes out within a day. For one that was refused: write or call, and note on the request how you reached them.");
    parts.push(el("h3", {}, t("Mails that did not arrive")), el("p", { class: "soft" }, words), listed(told.unreached, t("Mails that did not arrive")));
  }
  return parts.length ? [section(t("Needs somebody"), ...parts)] : [];
}

/** Say what an alarm says, since when. */
const ringing = ({ about, since }) => el("span", {}, el("span", { lang: "en", "data-own": "" }, about), " ", el("span", { class: "soft" }, t("since {at}", { at: short(since) })));

/** Show what does not work, and what mends it. */
function item(wrong, { words, link }) {
  const way = link ? [" ", el("a", { href: link.href }, link.words)] : [];
  return el("div", { class: "note warn mend" }, ...wrong.map((each) => el("p", {}, el("strong", {}, each))), el("p", {}, words, ...way));
}

/** List requests with their clocks. */
function listed(requests, caption) {
  const columns = [
    [term("name"), (row) => to(row.name, "requests", row.request_id)],
    [term("type"), (row) => term(row.type)],
    [term("status"), (row) => tag(row.status)],
    [term("due_on"), clock],
  ];
  return table(columns, requests, caption);
}
