/* Figures: how notices were answered, how the website was used, and the month's report. */
import { ask, operation } from "./ask.js";
import { el, keep, language, say, t } from "./page.js";
import { head, section, table, trouble } from "./parts.js";
import { address, go } from "./place.js";
import { term } from "./terms.js";
import { pairs, shown } from "./values.js";

/**
 * Make the page of figures.
 * @param {object} where The query, and how to make the page anew.
 * @returns {Promise<Node[]>} The page’s parts.
 */
export async function figures({ query, again }) {
  const consents = await ask("GET", "v1/desk/consents/statistics");
  const visits = await ask("GET", "v1/desk/insights");
  const parts = [head(t("Figures"), { lead: t("The last thirty days. A count under five is not told, so that nobody can be recognised.") })];
  for (const [title, answer] of [[t("How notices were answered"), consents], [t("How the website was used"), visits]]) {
    parts.push(section(title, answer.ok ? told(answer.body.sum, title) : trouble(answer, again)));
  }
  if (operation("month_report")) parts.push(section(t("The month’s report"), ...(await month(query, consents.body?.last_day, again))));
  return parts;
}

// Said by the page itself: which month it is, and how small counts are told.
const SAID = new Set(["month", "explained"]);

/** Show what was added up: numbers as facts, lists as tables. */
function told(sum, title) {
  const entries = Object.entries(sum).filter(([name]) => !SAID.has(name));
  const single = entries.filter(([, value]) => !Array.isArray(value));
  const lists = entries.filter(([, value]) => Array.isArray(value) && value.length && typeof value[0] === "object");
  const columns = (rows) => Object.keys(rows[0]).map((name) => [term(name, "figure"), (row) => figure(row[name], name), typeof rows[0][name] === "string" ? undefined : "number"]);
  if (!lists.length && single.every(([, value]) => !value || !Object.keys(value).length)) return el("p", { class: "soft" }, t("Nothing was counted."));
  return el("div", {}, single.length ? pairs(single) : null, ...lists.map(([name, rows]) => el("div", {}, el("h3", {}, term(name, "figure")), table(columns(rows), rows, `${title}: ${term(name, "figure")}`))));
}

/** Show one figure: a share in percent, all else as what it is. */
function figure(value, name) {
  if (name === "rate" && value !== null) return new Intl.NumberFormat(language, { style: "percent" }).format(value);
  return shown(value, name);
}

/** Show a month’s report; `today` says which month it is. */
async function month(query, today, again) {
  const wanted = query.get("month") || (today || new Date().toISOString()).slice(0, 7);
  const input = el("input", { type: "month", id: "month", name: "month", value: wanted, class: "short" });
  const made = el("form", { class: "filters" }, el("div", { class: "field" }, el("label", { for: "month" }, t("Month")), input), el("div", { class: "actions" }, el("button", { type: "submit", class: "button plain" }, t("Show")), csv(wanted)));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    go(address("figures", "", { month: input.value }));
  });
  const answer = await ask("GET", `v1/desk/reports/${encodeURIComponent(wanted)}`);
  return [made, answer.ok ? told(answer.body, t("The month’s report")) : trouble(answer, again)];
}

/** Offer the month’s report as a file. */
function csv(wanted) {
  const save = async () => {
    const answer = await ask("GET", `v1/desk/reports/${encodeURIComponent(wanted)}`, { accept: "text/csv" });
    if (!answer.ok) return say(answer.reason);
    keep(`report-${wanted}.csv`, answer.text, "text/csv");
  };
  return el("button", { type: "button", class: "button plain", click: save }, t("As a spreadsheet (CSV)"));
}
