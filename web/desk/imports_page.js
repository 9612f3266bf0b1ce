/* Data about people from elsewhere: read, tried without effect, mended, brought in. */
import { ask, operation, policyNow } from "./ask.js";
import { fieldsOf, form } from "./forms.js";
import { $, data, el, say, t } from "./page.js";
import { head, section, table } from "./parts.js";
import { bundles } from "./rows.js";
import { term } from "./terms.js";
import { pairs } from "./values.js";

// So many take a second or two, whatever stands in them: far within what a call may take and hold.
const ROWS_A_CALL = 250;
const COUNTS = ["total", "accepted", "merged", "conflicting", "suppressed", "needs_decision", "invalid"];

/**
 * Make the page of imports.
 * @returns {Promise<Node[]>} The page’s parts.
 */
export async function imports() {
  const policy = await policyNow();
  const named = (list) => (list || []).map((each) => [each.id, each.title || each.name || each.id]);
  const outcome = el("div", { role: "status" });
  const file = el("input", { type: "file", id: "import-file", accept: ".csv,.txt,text/csv", required: true });
  const fields = fieldsOf(operation("import_people"), ["source", "obtained_on", "lawful_basis", "purpose"], {
    source: { kind: "choice", options: named(policy.sources), required: true },
    obtained_on: { required: true },
    lawful_basis: { kind: "choice", options: data.lawful_bases, required: true },
    purpose: { kind: "choice", options: named(policy.purposes) },
  });
  const send = async (about) => {
    const [chosen] = file.files;
    if (!chosen) return { ok: false, reason: t("Choose a file first."), status: 0 };
    const [text, guessed] = read(await chosen.arrayBuffer());
    const tables = bundles(text, ROWS_A_CALL);
    const answer = await sent(about, tables, true, outcome);
    if (answer.ok) outcome.replaceChildren(...report(answer.body, guessed, () => bringIn(about, tables, outcome)));
    return answer;
  };
  const made = form("import", fields, { press: t("Try it: nothing is stored"), send });
  $("form", made).prepend(el("div", { class: "field", "data-field": "file" }, el("label", { for: "import-file" }, t("File (CSV)")), el("p", { class: "hint" }, t("With a line of titles, as Excel writes it; separators and usual titles are recognised.")), file));
  const lead = t("First see what each row would do. Nobody is told, and nothing is stored, before you bring it in.");
  return [head(t("Imports"), { lead }), made, outcome];
}

const MARKS = { "254,255": "utf-16be", "255,254": "utf-16le" };

/** Read a file as it is: by its mark, as UTF-8 where it can be, else as older spreadsheets wrote it. */
function read(buffer) {
  const marked = MARKS[new Uint8Array(buffer.slice(0, 2)).join()];
  try {
    return [new TextDecoder(marked || "utf-8", { fatal: true }).decode(buffer), null];
  } catch {
    return [new TextDecoder("windows-1252").decode(buffer), t("It is not UTF-8 and was read as Windows-1252 (Latin): look at names with accents.")];
  }
}

/** Send tables of rows one after the other, each as often as it takes; dry, nothing is stored. */
async function sent(about, tables, dry, outcome) {
  const query = new URLSearchParams({ ...about, ...(dry ? { dry_run: "true" } : {}) });
  let whole = null;
  const before = [...outcome.childNodes];
  for (const [at, body] of tables.entries()) {
    if (tables.length > 1) outcome.replaceChildren(...progress(at, tables.length));
    let answer;
    do answer = await ask("POST", `v1/desk/imports?${query}`, { body, part: true, headers: { "Content-Type": "text/csv" } });
    while (answer.ok && !answer.body.complete && !dry);
    if (!answer.ok) {
      outcome.replaceChildren(...before);
      return answer;
    }
    whole = whole ? together(whole, answer.body) : answer.body;
  }
  return { ok: true, body: whole };
}

/** Show how far it is, and that a slow answer is no fault. */
const progress = (at, max) => [
  el("progress", { value: at, max }),
  el("p", { class: "hint" }, t("{count} of {total} parts are done. Slow answers are asked for again: leave this page open.", { count: at, total: max })),
];

/** Give the report of both: rows are numbered through, and counts are of both. */
function together(before, next) {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, before[name] + next[name]]));
  const rows = next.rows.map((row) => ({ ...row, row: row.row + before.total }));
  return { ...before, ...counts, rows: [...before.rows, ...rows] };
}

/** Bring the rows in; where it broke off, the same again goes on. */
async function bringIn(about, tables, outcome) {
  const shown = [...outcome.childNodes].filter((each) => !each.matches(".warn"));
  const answer = await sent(about, tables, false, outcome);
  if (answer.ok) {
    say(t("Done."));
    outcome.replaceChildren(...report(answer.body, null, null));
    return;
  }
  outcome.replaceChildren(...shown, el("p", { class: "note warn", role: "alert" }, answer.reason));
  $("button", outcome).disabled = false;
}

/** Show what the rows do, or did, those first that need somebody. */
function report(told, guessed, bring) {
  const counts = COUNTS.map((name) => [name === "accepted" ? "import.accepted" : name, told[name]]);
  const columns = [
    [t("Row"), (row) => String(row.row)],
    [t("What it does"), (row) => term(row.outcome)],
    [t("Column"), (row) => row.pointer?.slice(1)],
    [t("Why"), (row) => row.detail],
  ];
  const faults = told.rows.filter((row) => row.outcome !== "accepted");
  const title = bring ? t("What it would do") : t("What it did");
  const good = told.total - told.invalid;
  const button = el("button", { type: "button", class: "button" }, good === 1 ? t("Bring in one row") : t("Bring in {count} rows", { count: good }));
  button.addEventListener("click", () => {
    button.disabled = true;
    bring();
  });
  return [section(title, pairs(counts), pairs([["tell_by", told.tell_by], ["late", told.late], ["separator", told.table?.separator], ["doubt", guessed || told.table?.doubt]]), ...(faults.length ? [table(columns, faults, title)] : []), bring ? el("div", { class: "actions" }, button) : el("p", { class: "note" }, t("The people are told by mail, where the law asks for it.")))];
}
