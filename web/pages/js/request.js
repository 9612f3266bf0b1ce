/* One request behind a mailed link: confirmed by a press, followed, answered, fetched, taken back. */
import { call } from "./api.js";
import { clear, complain, missing, values } from "./fields.js";
import { offerBrowser, token, used } from "./links.js";
import { $, $$, busy, day, el, facts, keep, link, moment, say, show, t, trouble } from "./page.js";
import { begin, leave, own, session } from "./session.js";

const id = location.pathname.split("/").pop();
const path = `v1/requests/${encodeURIComponent(id)}`;
const browserId = offerBrowser();
const form = $("[data-message]");
const UNKNOWN = [401, 404, 410, 422];
const CLOSED = ["completed", "refused", "cancelled", "lapsed"];

$("[data-preview]").addEventListener("click", preview);
$("[data-confirm]").addEventListener("click", confirm);
$("[data-cancel]").addEventListener("click", cancel);
$("[data-leave]").addEventListener("click", () => leave(link("")));
$$("[data-fresh]").forEach((button) => button.addEventListener("click", () => fresh(button)));
$$("[data-format]").forEach((button) => button.addEventListener("click", () => fetchCopy(button)));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

if (token()) show("ask", { focus: false });
else if (session()) read();
else show("missing", { focus: false });

async function preview() {
  await busy($("[data-preview]"), async () => {
    const answer = await call("POST", `${path}/preview`, { body: { token: token() } });
    if (!answer.ok) return refuse(answer, preview);
    const { type, received_at: at, asked, confirmed } = answer.body;
    // There is nothing left to confirm, and so nothing that closing the page would stop.
    if (confirmed) return confirm();
    facts($("[data-facts]"), [
      [t("What you ask"), types()[type]],
      [t("Sent on"), day(at)],
      [t("Name"), asked.name],
      [t("Asked by"), asked.agent && [asked.agent.name, asked.agent.organisation, asked.agent.email].filter(Boolean).join("\n")],
      ...(asked.corrections || []).map(({ field, value }) => [t("{field} should say", { field: fields()[field] || field }), value]),
      [t("In your own words"), asked.details],
    ]);
    const fieldsAsked = (asked.corrections || []).map(({ field }) => field);
    $("[data-of-address]").hidden = String(fieldsAsked) !== "email";
    show("preview");
  });
}

async function confirm() {
  await busy($("[data-confirm]"), async () => {
    const body = { token: token(), consent_id: browserId() };
    const answer = await call("POST", `${path}/verification`, { body });
    if (!answer.ok) return refuse(answer, confirm);
    used();
    begin(answer.body.session);
    shown(answer.body.request);
    show("shown");
  });
}

function refuse(answer, again) {
  if (!UNKNOWN.includes(answer.status)) return trouble(answer.reason, again);
  used();
  show("expired");
}

async function fresh(button) {
  await busy(button, async () => {
    const answer = await call("POST", `${path}/link`);
    if (answer.ok) show("sent");
    else trouble(answer.reason, () => fresh(button));
  });
}

async function read() {
  const answer = await own("GET", path);
  if (answer === null) return;
  if (!answer.ok) return trouble(answer.reason, read);
  shown(answer.body);
  show("shown");
}

/** Show how the request stands now, and say above it what could not be done any more. */
async function tooLate(words) {
  await read();
  const note = $("[data-too-late]");
  note.textContent = words;
  note.hidden = false;
  note.focus();
}

/** Show what the API says about the request. */
function shown(request) {
  const { type, status, due_on: due, awaited, timeline } = request;
  const open = !CLOSED.includes(status);
  $("[data-too-late]").hidden = true;
  $("[data-type]").textContent = t("Received on {day}", { day: day(request.received_at) });
  $("[data-title]").textContent = types()[type];
  const tag = $("[data-status]");
  tag.textContent = statuses()[status] || status;
  tag.className = `tag ${{ completed: "good", refused: "bad", awaiting_fee: "waits", awaiting_clarification: "waits" }[status] || ""}`;
  $("[data-due]").textContent = dueWords(open, due, request.closed_at);
  waiting(status, awaited, timeline);
  copy(request.export);
  certificate(request.certificate);
  others(request.related);
  $("[data-timeline]").replaceChildren(...timeline.map(step).reverse());
  $("[data-talk]").hidden = !open;
  $("[data-take-back]").hidden = !open;
}

function dueWords(open, due, closed) {
  if (!open) return closed ? t("Closed on {day}.", { day: day(closed) }) : "";
  if (due) return t("You will have our answer by {day} at the latest.", { day: day(due) });
  return t("Our time to answer does not run yet.");
}

function waiting(status, awaited, timeline) {
  const words = {
    awaiting_fee: t("We asked for a fee and go on as soon as it is paid. If you think that none is due, say so below."),
    awaiting_clarification: t("We asked you something and go on as soon as you answer below."),
    awaiting_review: t("Your copy is being looked through, because it holds what other people wrote."),
  };
  const part = $("[data-awaited]");
  part.hidden = !awaited || !words[status];
  $("h2", part).textContent = status === "awaiting_review" ? t("Almost ready") : t("We wait for you");
  $("[data-awaited-words]").textContent = words[status] || "";
  const asked = { awaiting_fee: "fee", awaiting_clarification: "clarification" }[status];
  $("[data-question]").textContent = timeline.filter(({ action }) => action === asked).pop()?.reason || "";
}

function copy(ready) {
  const part = $("[data-export]");
  part.hidden = !ready;
  if (!ready) return;
  $("[data-until]").textContent = t("It lies here until {day}, and is then deleted.", { day: day(ready.available_until) });
  for (const button of $$("[data-format]", part)) button.hidden = !ready.formats.includes(button.dataset.format);
}

function certificate(document) {
  const part = $("[data-certificate]");
  part.hidden = !document;
  if (!document) return;
  const erased = document.stores.reduce((all, line) => all + line.erased, 0);
  const kept = document.stores.filter((line) => line.kept && line.ground);
  facts($("[data-lines]"), [
    [t("Erased on"), day(document.at)],
    [t("Entries erased"), String(erased)],
    [t("Found in a second look"), String(document.second_look.left)],
    ...kept.map((line) => [t("Kept: {title}", { title: line.title }), line.ground]),
  ]);
  $("[data-notes]").lang = document.language || "";
  $("[data-notes]").replaceChildren(...document.notes.map((note) => el("li", {}, note)));
  $("[data-save]").onclick = () => keep("certificate.json", `${JSON.stringify(document, null, 1)}\n`);
}

function others(related) {
  $("[data-related]").hidden = !related?.length;
  $("[data-others]").replaceChildren(
    ...(related || []).map(({ type, status, received_at: at }) =>
      el("li", {}, `${types()[type]}, `, el("time", { datetime: at }, day(at)), `: ${statuses()[status] || status}`),
    ),
  );
}

function step({ at, action, by, reason }) {
  const quoted = reason ? el("p", { class: "soft words", dir: "auto", "data-own": "" }, reason) : null;
  const who = { you: t("You"), staff: t("We") }[by];
  const words = actions()[action] || (who ? t("{who} did something about it.", { who }) : t("It went on."));
  return el("li", {}, el("p", {}, words), quoted, el("time", { datetime: at }, moment(at)));
}

async function send() {
  clear(form);
  const wrong = missing(form);
  if (wrong.length) return complain(form, wrong);
  await busy($("[type=submit]", form), async () => {
    const answer = await own("POST", `${path}/message`, { body: values(form) });
    if (answer === null) return;
    if (answer.status === 409) return tooLate(t("It is closed; there is nothing to add any more."));
    if (!answer.ok) return trouble(answer.reason, send);
    form.reset();
    shown(answer.body);
    say(t("Your message has reached us."));
    $("[data-sent]").hidden = false;
    $("[data-sent] h3").focus();
  });
}

async function cancel() {
  await busy($("[data-cancel]"), async () => {
    const answer = await own("POST", `${path}/cancellation`);
    if (answer === null) return;
    if (answer.status === 409) return tooLate(t("It can no longer be taken back."));
    if (!answer.ok) return trouble(answer.reason, cancel);
    shown(answer.body);
    show("shown");
  });
}

/** Fetch the copy by a link of a few minutes, which the browser follows by itself. */
async function fetchCopy(button) {
  await busy(button, async () => {
    const answer = await own("GET", `${path}/export?format=${button.dataset.format}`);
    if (answer === null) return;
    if (answer.ok) location.assign(answer.body.url);
    else if (answer.status === 404) await read();
    else trouble(answer.reason, () => fetchCopy(button));
  });
}

function types() {
  return {
    access: t("Get a copy of my data"),
    rectification: t("Have something corrected"),
    erasure: t("Have my data erased"),
    restriction: t("Have my data left alone"),
    portability: t("Take my data elsewhere"),
    objection: t("Object to a use"),
    complaint: t("Complain"),
  };
}

function fields() {
  return {
    name: t("Name"),
    email: t("E-mail address"),
    phone: t("Phone number"),
    job_title: t("Job title"),
    organisation: t("Organisation"),
    organisation_details: t("About your organisation"),
    language: t("Language"),
  };
}

function statuses() {
  return {
    awaiting_identity: t("Waiting for you to confirm"),
    awaiting_fee: t("Waiting for the fee"),
    awaiting_clarification: t("Waiting for your answer"),
    in_progress: t("We are working on it"),
    awaiting_review: t("We look it through"),
    completed: t("Done"),
    refused: t("Refused"),
    cancelled: t("Taken back"),
    lapsed: t("Ended, because it was not confirmed in time"),
  };
}

function actions() {
  return {
    opened: t("You sent the request."),
    verified: t("You confirmed it."),
    identity: t("You showed us who you are."),
    authority: t("It was shown to us who may act for you."),
    message: t("You wrote to us."),
    cancellation: t("You took it back."),
    download: t("You fetched the copy."),
    address_proved: t("You confirmed your new address."),
    address_waits: t("Your address is changed once another request of yours is answered, or a restriction ends."),
    address_changed: t("Your address was changed."),
    acknowledgement: t("We told you that it reached us."),
    acknowledged: t("We told you that it reached us."),
    fee: t("We asked for a fee."),
    payment: t("The fee was paid."),
    waiver: t("No fee is due."),
    clarification: t("We asked you something."),
    resumption: t("We went on with your answer."),
    extension: t("We need more time."),
    refusal: t("We refused it."),
    completion: t("We finished it."),
    fulfilled: t("It was done."),
    review_needed: t("We began to look your copy through."),
    lifting: t("We told you that the restriction ends."),
    lifted: t("The restriction ended."),
    lapse: t("It ended, because nothing came."),
    note: t("We wrote to you."),
    deferral_done: t("What had to be kept for a while was erased too."),
  };
}
