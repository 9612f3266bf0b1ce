/* Data about people from elsewhere: read, tried without effect, mended, brought in. */
import { ask, operation, policyNow } from "./ask.js";
import { fieldsOf, form } from "./forms.js";
import { $, el, say, t } from "./page.js";
import { head, section, table } from "./parts.js";
import { term } from "./terms.js";
import { pairs } from "./values.js";

const LAWFUL = ["consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"];

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
    lawful_basis: { kind: "choice", options: LAWFUL, required: true },
    purpose: { kind: "choice", options: named(policy.purposes) },
  });
  const send = async (about) => {
    const [chosen] = file.files;
    if (!chosen) return { ok: false, reason: t("Choose a file first."), status: 0 };
    const [rows, guessed] = read(await chosen.arrayBuffer());
    const answer = await tried(about, rows, true);
    if (answer.ok) outcome.replaceChildren(...report(answer.body, guessed, () => bringIn(about, rows, outcome)));
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

/** Send the rows; dry, nothing is stored. */
function tried(about, rows, dry) {
  const query = new URLSearchParams({ ...about, ...(dry ? { dry_run: "true" } : {}) });
  return ask("POST", `v1/desk/imports?${query}`, { body: rows, headers: { "Content-Type": "text/csv" } });
}

/** Bring the rows in, as often as it takes. */
async function bringIn(about, rows, outcome) {
  let answer = await tried(about, rows, false);
  while (answer.ok && !answer.body.complete) answer = await tried(about, rows, false);
  if (!answer.ok) return say(answer.reason);
  say(t("Done."));
  outcome.replaceChildren(...report(answer.body, null, null));
}

/** Show what the rows do, or did, those first that need somebody. */
function report(told, guessed, bring) {
  const counts = ["total", "accepted", "merged", "conflicting", "suppressed", "needs_decision", "invalid"].map((name) => [name === "accepted" ? "import.accepted" : name, told[name]]);
  const columns = [
    [t("Row"), (row) => String(row.row)],
    [t("What it does"), (row) => term(row.outcome)],
    [t("Column"), (row) => row.pointer?.slice(1)],
    [t("Why"), (row) => row.detail],
  ];
  const faults = told.rows.filter((row) => row.outcome !== "accepted");
  const title = bring ? t("What it would do") : t("What it did");
  const button = el("button", { type: "button", class: "button" }, t("Bring in {count} rows", { count: told.total - told.invalid }));
  button.addEventListener("click", () => {
    button.disabled = true;
    bring();
  });
  return [section(title, pairs(counts), pairs([["tell_by", told.tell_by], ["late", told.late], ["separator", told.table?.separator], ["doubt", guessed || told.table?.doubt]]), ...(faults.length ? [table(columns, faults, title)] : []), bring ? el("div", { class: "actions" }, button) : el("p", { class: "note" }, t("The people are told by mail, where the law asks for it.")))];
}
