/* The record of processing (Art. 30): what is declared beside what is stored, and what differs. */
import { ask, operation } from "./ask.js";
import { el, keep, say, t } from "./page.js";
import { head, section, table, trouble } from "./parts.js";
import { may } from "./staff.js";
import { term } from "./terms.js";
import { pairs, period } from "./values.js";

const FILES = [["text/csv", "csv"], ["text/html", "html"], ["application/json", "json"]];

/**
 * Make the page of the record of processing.
 * @param {{again: () => void}} where How to make it anew.
 * @returns {Promise<Node[]>} The page's parts.
 */
export async function recordPage({ again }) {
  const answer = await ask("GET", operation("record_of_processing").path);
  const title = head(t("Record of processing"), { lead: t("What the law wants written down (Art. 30), made from the policy in force, beside what is stored now."), buttons: files() });
  if (!answer.ok) return [title, trouble(answer, again)];
  const made = answer.body;
  return [
    title,
    pairs([["as_of", made.as_of], ["policy_version", made.policy_version], ["stored_in", made.stored_in], ["last_retention_run", made.last_retention_run]]),
    section(t("Findings"), findings(made.findings)),
    section(t("Activities"), ...made.activities.map(activity)),
    section(t("What is kept"), kept(made.classes)),
    section(t("Recipients"), recipients(made.recipients)),
    section(t("Security"), el("ul", {}, ...made.security.map((words) => el("li", { "data-own": "" }, words)))),
    section(t("Controller"), pairs(Object.entries(made.controller).filter(([, value]) => typeof value !== "object"))),
  ];
}

/** Show where declared and stored differ, or something is missing. */
function findings(list) {
  if (!list.length) return el("p", { class: "note good" }, t("What is declared and what is stored agree, and nothing is missing."));
  return el("ul", { class: "findings" }, ...list.map((words) => el("li", { "data-own": "" }, words)));
}

/** Show one activity, unfolded on demand. */
function activity(one) {
  const kept = one.kept.map((each) => `${each.title}: ${period(each.keep)}${each.stored === null ? "" : ` (${t("{count} stored", { count: each.stored })})`}`);
  const received = one.recipients.map((each) => [each.name, term(each.role), each.location, each.safeguard].filter(Boolean).join(", "));
  const lines = (list) => (list.length ? el("ul", { class: "plain-list" }, ...list.map((words) => el("li", { "data-own": "" }, words))) : null);
  const facts = pairs([["lawful_basis", one.lawful_basis], ["stands_on", one.stands_on], ["people", one.people], ["data", lines(one.data)], ["recipients", lines(received)], ["kept", lines(kept)]]);
  return el("details", { class: "action" }, el("summary", { "data-own": "" }, one.title), el("div", { class: "inside" }, facts));
}

/** Show each class with its period and what is stored of it. */
function kept(classes) {
  const count = (row) => (row.stored === null ? null : row.counted_all ? String(row.stored) : t("{count} or more", { count: row.stored }));
  const columns = [
    [term("class"), (row) => row.title],
    [t("Period"), (row) => period(row.keep)],
    [t("Counted from"), (row) => term(row.starts, "starts")],
    [t("Stored"), count, "number"],
    [t("Oldest"), (row) => row.oldest],
    [t("Overdue"), (row) => row.overdue === null ? null : String(row.overdue), "number"],
  ];
  return table(columns, classes, t("What is kept"));
}

/** Show the recipients with place and safeguard. */
function recipients(list) {
  const columns = [
    [t("Recipient"), (row) => row.name],
    [t("Role"), (row) => term(row.role)],
    [t("Place"), (row) => row.location],
    [t("Safeguard"), (row) => row.safeguard],
    [t("Contract of"), (row) => row.contract_on],
    [t("Checked"), (row) => row.checked_on],
  ];
  return table(columns, list, t("Recipients"));
}

/** Give buttons that save the record as a table, as a page to print, and as data. */
function files() {
  const { path, csv } = operation("record_of_processing");
  if (!may(csv)) return [];
  const words = { csv: t("As a spreadsheet (CSV)"), html: t("As a page to print"), json: t("As data (JSON)") };
  return FILES.map(([accept, ending]) => {
    const save = async () => {
      const answer = await ask("GET", path, { accept });
      if (answer.ok) keep(`record-of-processing.${ending}`, answer.text, accept);
      else say(answer.reason);
    };
    return el("button", { type: "button", class: "button plain", click: save }, words[ending]);
  });
}
