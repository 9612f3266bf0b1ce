/* A request about one's own data: one question a page, checked before it is sent. */
import { call } from "./api.js";
import { carried } from "./carried.js";
import { clear, complain, missing, refused, values } from "./fields.js";
import { $, $$, busy, facts, language, show, t, trouble, version } from "./page.js";

const STEPS = ["type", "who", "details", "check"];
const form = $("[data-request]");
const rows = $("[data-rows]");
const back = $("[data-back]");
let made = 0;
let at;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  forward();
});
$("#for_other").addEventListener("change", ofAgent);
$("[data-more]").addEventListener("click", () => addRow().focus());
back.addEventListener("click", (event) => {
  if (STEPS.indexOf(at) < 1) return;
  event.preventDefault();
  history.back();
});
addEventListener("popstate", ({ state }) => open(state?.step || "type"));

const asked = new URLSearchParams(location.search).get("type");
if (asked && form.elements.type && $(`#type-${CSS.escape(asked)}`)) $(`#type-${asked}`).checked = true;
history.replaceState({ step: "type" }, "");
goOn(carried(form, () => ({ step: at, corrected: corrections() })));

/** Go on where the reader changed the language; who comes anew begins with the first question. */
function goOn(came) {
  ofAgent();
  for (const { field, value } of came?.corrected || []) {
    const row = addRow().closest("[data-correction]");
    $("select", row).value = field;
    $("input", row).value = value;
    ofAddress(row);
  }
  const step = came?.step || "type";
  for (const before of STEPS.slice(1, STEPS.indexOf(step) + 1)) history.pushState({ step: before }, "");
  open(step, { focus: Boolean(came) });
}

/** Ask about whoever asks for somebody else, and about nobody otherwise. */
function ofAgent() {
  $("[data-agent]").hidden = !$("#for_other").checked;
}

/** Show a step. What was entered stays in the page, so that going back loses nothing. */
function open(step, options) {
  clear(form);
  at = step;
  const corrects = chosen() === "rectification";
  $("[data-corrections]").hidden = !corrects;
  if (corrects && !rows.children.length) addRow();
  $("[data-details-title]").textContent = titles()[chosen()] || t("Is there anything that we should know?");
  if (step === "check") check();
  show(step, options);
}

function titles() {
  return {
    rectification: t("What should be corrected?"),
    objection: t("What do you object to, and why?"),
    restriction: t("Why should we leave your data alone for now?"),
    complaint: t("What went wrong?"),
  };
}

function forward() {
  clear(form);
  const part = $(`[data-state="${at}"]`);
  const wrong = at === "type" && !chosen() ? [["type", t("Please choose what you would like to do.")]] : missing(part);
  if (at === "details" && chosen() === "complaint" && !$("#details").value.trim()) {
    wrong.push(["details", t("Please say in a few words what went wrong.")]);
  }
  if (wrong.length) return complain(form, wrong);
  if (at === "check") return send();
  const next = STEPS[STEPS.indexOf(at) + 1];
  history.pushState({ step: next }, "");
  open(next);
}

function chosen() {
  return form.elements.type.value;
}

/** Read everything that was entered, whichever step it was entered in. */
function entered() {
  return values(form, (field) => !field.closest("[data-agent][hidden], [data-corrections]"));
}

function body() {
  const said = entered();
  const { type, name, email, details } = said;
  const wanted = { type, name, email, details, policy_version: version, language };
  if (type === "rectification") wanted.corrections = corrections();
  if (said.for_other) {
    wanted.agent = {
      name: said.agent_name,
      email: said.agent_email,
      organisation: said.agent_organisation,
      authority: said.agent_authority,
    };
  }
  return wanted;
}

function corrections() {
  return $$("[data-correction]", rows).map((row) => ({
    field: $("select", row).value,
    value: $("input", row).value.trim(),
  }));
}

/** Add a correction to fill in; give its first field. */
function addRow() {
  made += 1;
  const row = $("template[data-row]").content.firstElementChild.cloneNode(true);
  for (const box of $$("[data-field]", row)) {
    const name = `${box.dataset.field}_${made}`;
    const field = $("input, select", box);
    box.dataset.field = name;
    field.id = name;
    field.name = name;
    $("label", box).htmlFor = name;
  }
  $("[data-remove]", row).addEventListener("click", () => {
    row.remove();
    renumber();
    $("[data-more]").focus();
  });
  $("select", row).addEventListener("change", () => ofAddress(row));
  rows.append(row);
  ofAddress(row);
  renumber();
  return $("select", row);
}

/** Say at once how an e-mail address is changed: by itself, and by two links. */
function ofAddress(row) {
  $("[data-of-address]", row).hidden = $("select", row).value !== "email";
}

function renumber() {
  const all = $$("[data-correction]", rows);
  all.forEach((row, index) => {
    $("legend", row).textContent = t("Correction {number}", { number: index + 1 });
    $("[data-remove]", row).hidden = all.length === 1;
  });
}

function check() {
  const said = entered();
  const words = $(`label[for="type-${chosen()}"]`)?.textContent;
  const corrected = chosen() === "rectification" ? $$("[data-correction]", rows) : [];
  facts($("[data-check-facts]"), [
    [t("What you ask"), words],
    [t("Name"), said.name],
    [t("E-mail address"), said.email],
    [t("Asked by"), said.for_other && [said.agent_name, said.agent_organisation, said.agent_email].filter(Boolean).join("\n")],
    ...corrected.map((row) => [t("{field} should say", { field: $("select", row).selectedOptions[0].textContent }), $("input", row).value]),
    [t("In your own words"), said.details],
  ]);
}

async function send() {
  const button = $('[data-state="check"] [type=submit]');
  await busy(button, async () => {
    const answer = await call("POST", "v1/requests", { body: body() });
    if (answer.ok) return done(answer.body);
    const named = answer.status === 422 ? refused(answer.body, form, names(answer.body)) : [];
    if (!named.length) return trouble(answer.reason, send);
    const step = STEPS.find((name) => $(`[data-state="${name}"] [data-field="${named[0][0]}"]`)) || "who";
    open(step);
    complain(form, named);
  });
}

/** Say which field of the page each pointer of a problem means. */
function names(problem) {
  const all = $$("[data-correction] [data-field]", rows).map((box) => box.dataset.field);
  return Object.fromEntries(
    (problem.errors || []).map(({ pointer }) => {
      const [, first, second, third] = pointer.split("/");
      if (first === "agent") return [pointer, `agent_${second || "name"}`];
      if (first === "corrections") return [pointer, all[2 * Number(second || 0) + (third === "field" ? 0 : 1)]];
      return [pointer, first];
    }),
  );
}

function done(answer) {
  at = "done";
  form.reset();
  rows.replaceChildren();
  $("[data-redacted]").hidden = !answer.redacted?.length;
  show("done");
}
