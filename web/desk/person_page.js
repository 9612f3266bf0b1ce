/* One person: all that is held, what is allowed and why, and what they wish by letter or call. */
import { ask, filled, operation, perform, policyNow } from "./ask.js";
import { clock } from "./clock.js";
import { fieldsOf, form, spoken } from "./forms.js";
import { growing } from "./more.js";
import { $, data, el, keep, moment, say, t } from "./page.js";
import { action, head, section, table, tag, to, trouble } from "./parts.js";
import { may } from "./staff.js";
import { term } from "./terms.js";
import { pairs, who, whyPassedOn } from "./values.js";

// Whom this tab looked at last: never in an address, never in a store.
let looked = null;

/**
 * Make the page on which somebody is looked up by their address.
 * @returns {Promise<Node[]>} The page’s parts.
 */
export async function people() {
  const place = el("div", { "data-person": "" });
  const found = operation("search_person");
  const fields = fieldsOf(found, ["email", "at"], {
    email: { value: looked?.email },
    at: { label: t("As it was at"), hint: t("Left empty: as it is now."), value: "" },
  });
  const send = async (body) => {
    const answer = await perform("search_person", {}, { body });
    if (answer.ok) await show(place, { email: body.email, at: body.at }, answer.body);
    return answer;
  };
  if (looked) {
    const answer = await perform("search_person", {}, { body: looked });
    if (answer.ok) await show(place, looked, answer.body);
  }
  const lead = t("By e-mail address. It stands in no address line and in no log; that you looked is in the audit.");
  return [head(t("People"), { lead }), form("search", fields, { press: t("Look up"), send }), place];
}

/** Show somebody: all that is held, allowed, decided, passed on, looked at. */
async function show(place, whom, person) {
  looked = whom;
  const again = async () => {
    const answer = await perform("search_person", {}, { body: whom });
    if (answer.ok) await show(place, whom, answer.body);
  };
  place.replaceChildren(
    section(whom.email, pairs([["person_id", person.person_id], ["restricted_since", person.restricted_since], ["suppressed_since", person.suppressed_since], ["undeliverable", person.undeliverable && term(`undeliverable.${person.undeliverable}`)]])),
    ...(unknown(person) ? [el("p", { class: "note" }, t("We hold nothing about this address, and nobody decided or asked anything with it. Is it written as they write it?"))] : []),
    section(t("What is allowed"), permissions(person.permissions)),
    ...(person.then ? [section(t("What was allowed at {at}", { at: moment(person.then.at) }), permissions(person.then.permissions), ...person.then.notices.map(words))] : []),
    section(t("Requests"), growing({ rows: person.requests.toReversed() }, asked)),
    ...(person.permitted_uses.length ? [section(t("Uses while restricted"), uses(person.permitted_uses))] : []),
    section(t("What is held"), growing({ rows: person.records, next: person.next }, held(person), further("list_records", person))),
    section(t("Linked browsers"), growing({ rows: person.browsers }, browsers)),
    section(t("Decisions, the oldest first"), growing({ rows: person.history, next: person.history_next }, decisions, further("list_decisions", person))),
    ...(operation("search_disclosures") ? [section(t("Passed on"), await disclosed(person))] : []),
    ...(operation("list_audit") ? [section(t("Who looked, and what was done"), await looks(person))] : []),
    ...(operation("change_preferences") ? [section(t("What can be done"), await wish(whom, person, again))] : []),
  );
  $("h2", place)?.setAttribute("tabindex", "-1");
  $("h2", place)?.focus({ preventScroll: false });
  say(t("Found."));
}

/** Tell whether there is nothing at all about somebody. */
const unknown = ({ requests, records, browsers, history }) => ![requests, records, browsers, history].some((list) => list.length);

/** Read on in a long list of somebody’s. */
const further = (name, { person_id }) => (next) => {
  const path = filled(operation(name).path, { person_id });
  return ask("GET", `${path}?cursor=${encodeURIComponent(next)}`);
};

/** Show what is allowed and why. */
function permissions(list) {
  const columns = [
    [t("Use"), (row) => row.title],
    [t("Allowed"), (row) => tag(row.allowed ? "in_force" : "off", row.allowed ? t("Yes") : t("No"))],
    [t("Why"), (row) => term(row.reason, "why")],
    [t("Lawful basis"), (row) => term(row.lawful_basis)],
    [t("Since"), (row) => row.since],
    [t("Decided by"), (row) => row.method && term(row.method, "method")],
  ];
  return table(columns, list, t("What is allowed"));
}

/** Show a notice’s words, unfolded on demand. */
const words = (notice) =>
  el("details", {}, el("summary", {}, notice.title), el("div", { class: "inside" }, el("div", { class: "quote", "data-own": "" }, notice.text), el("p", { class: "small soft" }, el("code", {}, notice.sha256))));

/** Show somebody’s requests. */
function asked(requests) {
  const columns = [
    [term("type"), (row) => to(term(row.type), "requests", row.request_id)],
    [term("status"), (row) => tag(row.status)],
    [term("received_at"), (row) => row.received_at.slice(0, 10)],
    [term("due_on"), clock],
  ];
  return [table(columns, requests, t("Requests"))];
}

/** Show what restricted data was used for. */
function uses(list) {
  const columns = [
    [t("When"), (row) => row.at],
    [term("ground"), (row) => data.grounds.uses.restriction[row.ground]],
    [term("purpose"), (row) => row.purpose && term(row.purpose, "purpose")],
    [term("reason"), (row) => row.reason],
    [t("By"), (row) => who(row.by)],
    [term("request_id"), (row) => to(term("restriction"), "requests", row.request_id)],
  ];
  return table(columns, list, t("Uses while restricted"));
}

/** Show the records, each unfolded on demand; those that stand there already stay as they are. */
function held(person) {
  const made = new Map();
  const one = (record) => made.get(record) || made.set(record, opened(record)).get(record);
  const opened = (record, now = record, open = false) => {
    const parts = () => [pairs([["received_at", now.received_at], ...Object.entries(now.fields), ...Object.entries(now.facts), ["provenance", now.provenance]]), ...changed(), ...correction(now, corrected, person)];
    const changed = () => (now.changes.length ? [table([[t("When"), (row) => row.at], [t("Field"), (row) => term(row.field)], [t("Before"), (row) => row.before], [t("After"), (row) => row.after]], now.changes, t("What was corrected"))] : []);
    // A corrected record stands where it stood: who reads the hundredth goes on from there.
    const corrected = (fresh) => {
      const before = made.get(record);
      made.set(record, opened(record, fresh, true));
      before.replaceWith(made.get(record));
      $("summary", made.get(record)).focus();
    };
    // Made when it is unfolded: of somebody of whom much is held, most stays folded.
    const inside = el("div", {});
    const whole = action(t("{kind}, {day}", { kind: now.title, day: moment(now.received_at) }), null, inside, { open });
    const fit = () => whole.open && !inside.childNodes.length && inside.append(...parts());
    whole.addEventListener("toggle", fit);
    fit();
    return whole;
  };
  return (records) => (records.length ? records.map(one) : [el("p", { class: "soft" }, t("Nothing here."))]);
}

/** A form that puts one record right; what it said before goes with it, so that nothing is lost. */
function correction(record, corrected, person) {
  const names = (data.correctable[record.kind] || []).filter((name) => record.fields[name]);
  if (!names.length || !operation("correct_record")) return [];
  const fields = [...names.map((name) => ({ name: `fields.${name}`, kind: "line", label: term(name), value: record.fields[name] })), { name: "reason", kind: "area", required: true, max: 10000 }];
  const send = async (body) => {
    const said = Object.fromEntries(names.map((name) => [name, body.fields?.[name] ?? null]));
    const fresh = Object.fromEntries(Object.entries(said).filter(([name, value]) => value !== record.fields[name]));
    const before = Object.fromEntries(Object.keys(fresh).map((name) => [name, record.fields[name]]));
    const answer = await perform("correct_record", { person_id: person.person_id, record_id: record.record_id }, { body: { fields: fresh, before, reason: body.reason } });
    if (answer.ok) {
      say(t("Done."));
      corrected(answer.body.record);
    }
    return answer;
  };
  return [action(t("Correct this"), t("Before and after are kept. Those to whom it was passed on are told."), form(`correct-${record.record_id}`, fields, { press: t("Correct it"), send }))];
}

/** Show the linked browsers. */
function browsers(list) {
  return [table([[t("Browser"), (row) => el("code", {}, row.browser)], [t("Decisions"), (row) => String(row.decisions.length)], [t("Visits kept"), (row) => `${row.visits}${row.more_visits ? "+" : ""}`]], list, t("Linked browsers"))];
}

/** Show the decisions. */
function decisions(events) {
  const chosen = (row) => Object.entries(row.choices || {}).map(([name, yes]) => `${term(name, "purpose")}: ${yes ? t("Yes") : t("No")}`).join(", ");
  const columns = [
    [t("When"), (row) => row.decided_at],
    [t("Decided"), chosen],
    [t("How"), (row) => row.method && term(row.method, "method")],
    [t("Under the words of"), (row) => row.notice && `${term(row.notice.id, "notice")}, ${row.policy_version}`],
  ];
  return [table(columns, events, t("Decisions"))];
}

/** Show what was passed on. */
async function disclosed(person) {
  const read = (cursor) => perform("search_disclosures", {}, { body: { person_id: person.person_id, ...(cursor ? { cursor } : {}) } });
  const answer = await read();
  if (!answer.ok) return trouble(answer, () => {});
  const columns = [
    [t("Recipient"), (row) => to(row.recipient_name, "disclosures", `${row.person_id}.${row.disclosure_id}`)],
    [t("When"), (row) => row.disclosed_at],
    [t("For"), (row) => term(row.purpose, "purpose")],
    [t("What"), (row) => row.data],
    [term("ground"), whyPassedOn],
  ];
  const { items: rows, next } = answer.body;
  return el("div", {}, growing({ rows, next }, (some) => [table(columns, some, t("Passed on"))], read), saveDisclosures(person));
}

/** Offer what was passed on as a file, page after page, to who may take files away. */
function saveDisclosures(person) {
  if (!may(operation("search_disclosures").csv)) return null;
  const save = async () => {
    const parts = [];
    let cursor;
    do {
      const answer = await perform("search_disclosures", {}, { body: { person_id: person.person_id, ...(cursor ? { cursor } : {}) }, accept: "text/csv" });
      if (!answer.ok) return say(answer.reason);
      parts.push(parts.length ? answer.text.slice(answer.text.indexOf("\n") + 1) : answer.text);
      cursor = /cursor=([^&>]+)>/.exec(answer.link || "")?.[1];
    } while (cursor);
    keep("disclosures.csv", parts, "text/csv");
  };
  return el("div", { class: "actions" }, el("button", { type: "button", class: "button plain", click: save }, t("As a spreadsheet (CSV)")));
}

/** Show who looked, and what was done. */
async function looks(person) {
  const read = (cursor) => ask("GET", `v1/desk/audit?person=${person.person_id}&limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  const answer = await read();
  if (!answer.ok) return trouble(answer, () => {});
  const columns = [[t("When"), (row) => row.at], [t("Who"), (row) => who(row.actor)], [t("What"), (row) => term(row.action)]];
  const { items: rows, next } = answer.body;
  return growing({ rows, next }, (some) => [table(columns, some, t("Who looked, and what was done"))], read);
}

/** What somebody wishes by letter or call: under the words that are read out to them. */
async function wish(whom, person, again) {
  const policy = await policyNow();
  const script = (policy.notices || []).find((notice) => notice.id === "phone_script");
  const asks = script?.asks || person.permissions.map((each) => each.purpose);
  const titles = Object.fromEntries(person.permissions.map((each) => [each.purpose, each.title]));
  const yesNo = [["true", t("Yes, they agree")], ["false", t("No")]];
  const fields = [
    ...asks.filter((name) => titles[name]).map((name) => ({ name: `choices.${name}`, kind: "choice", options: yesNo, label: titles[name], hint: "" })),
    ...fieldsOf(operation("change_preferences"), ["channel", "received_on", "note", "language"], {
      language: spoken(),
      note: { hint: t("Required for a yes: how it was given, in which words.") },
    }),
  ];
  const send = async (body) => {
    const choices = Object.fromEntries(Object.entries(body.choices || {}).map(([name, value]) => [name, value === "true"]));
    const answer = await perform("change_preferences", { person_id: person.person_id }, { body: { ...body, choices, email: whom.email } });
    if (answer.ok) await again();
    return answer;
  };
  const read = script ? words(script) : null;
  return action(t("Enter what they wish"), t("For a letter, call or mail. A no always counts. A yes in writing counts at once and is told to the person by mail; one by phone counts when they confirm it by the link that we mail them."), el("div", {}, read, form("wish", fields, { press: t("Enter it"), send })));
}
