/* The views of the console: one entry each, from which lists, pages and forms are made. */
import { policyNow } from "./ask.js";
import { clock } from "./clock.js";
import { figures } from "./figures_page.js";
import { spoken } from "./forms.js";
import { imports } from "./imports_page.js";
import { NUMBER, beginningOf, itemOf, listOf } from "./lists.js";
import { section, table, tag, to } from "./parts.js";
import { people } from "./person_page.js";
import { policyPage } from "./policy_page.js";
import { recordPage } from "./record_page.js";
import { requestPage } from "./request_page.js";
import { reviewPage } from "./review_page.js";
import { term } from "./terms.js";
import { today } from "./today.js";
import { data, day, el, short, t } from "./page.js";
import { pairs, who, whyPassedOn } from "./values.js";

const requests = {
  view: "requests",
  title: () => t("Requests"),
  lead: () => t("What people ask about their data, the first due first."),
  operation: "list_requests",
  id: "request_id",
  item: true,
  filters: () => [
    { name: "status", options: [...data.statuses.open, ...data.statuses.closed] },
    { name: "type", options: Object.keys(data.grounds.refusal) },
    { name: "waiting", options: ["us", "them"], label: t("Waiting for"), words: (whom) => (whom === "us" ? t("Us") : t("Them")) },
    { name: "overdue", options: ["true"], label: t("Last day"), words: () => t("Overdue") },
    { name: NUMBER, kind: "line", label: t("Or its number (r_…)") },
  ],
  columns: () => [
    [term("name"), (row) => to(row.name || row.request_id, "requests", row.request_id)],
    [term("type"), (row) => term(row.type)],
    [term("status"), (row) => tag(row.status)],
    [term("due_on"), clock],
    [term("channel"), (row) => term(row.channel, "channel")],
    [term("received_at"), (row) => row.received_at.slice(0, 10)],
  ],
  begin: {
    operation: "take_in_request",
    title: () => t("Enter a request"),
    lead: () => t("For what came by letter, call or e-mail. The time runs from the day on which it came."),
    press: () => t("Enter a request"),
    body: ({ by_letter: _letter, by_agent: _agent, ...body }) => (body.postal_address?.lines ? { ...body, postal_address: { country: "GB", ...body.postal_address } } : body),
    only: ["type", "channel", "received_on", "name", "by_letter", "email", "postal_address.lines", "postal_address.postcode", "postal_address.country", "by_agent", "agent.name", "agent.email", "agent.organisation", "agent.authority", "agent.answers_to", "ground", "details", "corrections", "identity_shown", "identity_method", "language"],
    fields: async () => ({
      by_letter: { name: "by_letter", kind: "tick", label: t("There is no e-mail address: we answer in print") },
      email: { hint: t("Where we answer."), required: true, when: ({ by_letter: letter }) => !letter },
      "postal_address.lines": { required: true, when: printed },
      "postal_address.postcode": { when: printed },
      "postal_address.country": { when: printed, hint: t("Left empty: GB.") },
      by_agent: { name: "by_agent", kind: "tick", label: t("Somebody else asks for the person") },
      "agent.name": { required: true, when: asksForThem },
      "agent.email": { when: asksForThem, hint: t("They are told that the request came.") },
      "agent.organisation": { when: asksForThem },
      "agent.authority": { required: true, when: asksForThem, hint: t("For example: a signed authority of 3 January, seen.") },
      "agent.answers_to": { when: asksForThem, label: term("answers_to"), options: [["agent", t("The agent")], ["person", t("The person")]], empty: t("The person: no authority was seen yet"), hint: t("Only if you saw what shows that the agent may act; else record it on the request later.") },
      ground: { required: true, when: ({ type }) => type === "restriction" },
      language: spoken(),
      identity_method: { when: ({ identity_shown: shown }) => Boolean(shown) },
      corrections: { when: ({ type }) => type === "rectification", fields: [{ name: "field", kind: "choice", options: data.corrections }, { name: "value", kind: "line" }] },
    }),
  },
};

/** Tell whether the answer goes out in print. */
const printed = ({ by_letter: letter }) => Boolean(letter);
/** Tell whether somebody asks for the person. */
const asksForThem = ({ by_agent: agent }) => Boolean(agent);

const complaints = {
  view: "complaints",
  title: () => t("Complaints"),
  lead: () => t("The register of complaints about how we handle data, those of the last year if no days are given."),
  operation: "list_complaints",
  filters: () => [
    { name: "from", kind: "day", label: t("From") },
    { name: "to", kind: "day", label: t("To") },
  ],
  // Counted are all of the days, once, on the first page.
  above: ({ counts, median_days: median }) => counts && [
    el("ul", { class: "counts" }, ...Object.entries({ ...counts, ...(median === null ? {} : { median_days: median }) }).map(([name, count]) => el("li", {}, el("div", {}, el("b", {}, String(count)), el("span", {}, term(name, "count")))))),
  ],
  columns: () => [
    [term("received_at"), (row) => to(day(row.received_on), "requests", row.request_id)],
    [term("channel"), (row) => term(row.channel, "channel")],
    [term("status"), (row) => tag(row.status)],
    [t("Receipt acknowledged"), (row) => row.acknowledged_at || (row.acknowledge_by ? t("by {day}", { day: day(row.acknowledge_by) }) : null)],
    [t("In time"), (row) => row.in_time],
    [t("Answered"), (row) => row.answered_at],
    [t("Outcome"), (row) => row.outcome && term(row.outcome, "outcome")],
  ],
};

/** Show how a hold stands. */
const standing = (row) => tag(row.status, term(row.status, "hold"));

const holds = {
  view: "holds",
  title: () => t("Holds"),
  lead: () => t("What must be kept for a court or an authority, whatever its period."),
  operation: "list_holds",
  id: "hold_id",
  item: true,
  one: () => t("Hold"),
  name: (row) => (row.class ? t("Hold on {what}", { what: term(row.class, "class") }) : t("Hold on a person")),
  tag: standing,
  columns: () => [
    [t("What is held"), (row) => to(row.class ? term(row.class, "class") : el("code", {}, row.person_id), "holds", row.hold_id)],
    [term("status"), standing],
    [term("reason"), (row) => row.reason],
    [t("Placed"), (row) => row.placed_at.slice(0, 10)],
    [t("Until"), (row) => row.until?.slice(0, 10) || t("it is lifted")],
  ],
  facts: (row) => Object.entries(row).filter(([name]) => name !== "status"),
  actions: (row) =>
    row.status === "in_force" ? [{ operation: "lift_hold", title: t("Lift the hold"), says: t("What it kept is due again: the next run deletes it, and what an erasure put off is done and certified."), parts: { hold_id: row.hold_id }, fields: { reason: { required: true } } }] : [],
  begin: {
    operation: "place_hold",
    title: () => t("Place a hold"),
    lead: () => t("On one person, or on a whole class of records. From then on nothing of it is deleted."),
    press: () => t("Place a hold"),
    only: ["email", "class", "reason", "until"],
    fields: async () => ({
      email: { hint: t("The person whose data is kept; or choose a class instead.") },
      class: { kind: "choice", options: await classes() },
      until: { kind: "day", hint: t("Left empty, it stays until it is lifted.") },
    }),
  },
};

// What the page of a breach shows elsewhere than among its facts.
const APART = new Set(["breach_id", "title", "clock", "decided", "authority_told", "people_told", "notification", "events"]);

const breaches = {
  view: "breaches",
  title: () => t("Breaches"),
  lead: () => t("The register of security breaches, with the 72 hours of each."),
  operation: "list_breaches",
  read: "read_breach",
  id: "breach_id",
  item: true,
  one: () => t("Breach"),
  name: (row) => row.title,
  tag: (row) => tag(row.closed_at ? "completed" : row.clock.overdue ? "overdue" : "in_progress", row.closed_at ? t("Closed") : hours(row)),
  columns: () => [
    [term("title"), (row) => to(row.title, "breaches", row.breach_id)],
    [t("Severity"), (row) => term(row.severity)],
    [t("72 hours"), hours],
    [t("Regulator told"), (row) => row.authority_told],
    [t("People told"), (row) => row.people_told],
    [t("Discovered"), (row) => row.discovered_at],
  ],
  facts: (row) => Object.entries(row).filter(([name]) => !APART.has(name)),
  more: (row) => [
    ...(row.notification ? [section(t("Telling those affected"), pairs(Object.entries(row.notification)))] : []),
    section(t("What happened"), table([[t("When"), (step) => step.at], [t("What"), (step) => term(step.action)], [t("Who"), (step) => who(step.by)]], row.events, t("What happened"))),
  ],
  actions: (row) => {
    if (row.closed_at) return [];
    const { decision, authority, notification } = row;
    const told = !decision?.notify_authority || authority;
    const found = !decision?.notify_people || notification?.found_all;
    return [
      !notification && { operation: "decide_breach", title: t("Decide who is told"), says: t("Whether the regulator and the people are told, and why or why not. Nothing goes out yet."), fields: { notify_people: { label: term("notify_people", "field") } }, body: (body) => ({ notify_authority: false, notify_people: false, ...body }) },
      decision?.notify_authority && { operation: "report_breach", title: authority ? t("Note a further report") : t("Note the report to the regulator"), says: t("When the regulator was told, and how it calls the report. That stops the 72 hours.") },
      !found && { operation: "notify_people", title: t("Tell the people affected"), says: t("Each gets one mail, in batches; the same order again goes on where it ended. Who cannot be reached is counted.") },
      decision && told && found && { operation: "close_breach", title: t("Close the breach"), says: t("When what was decided is done. It is kept for six years from then.") },
    ].filter(Boolean);
  },
  begin: {
    operation: "record_breach",
    title: () => t("Record a breach"),
    lead: () => t("The 72 hours run from when it was discovered. Staff are mailed at once."),
    press: () => t("Record a breach"),
    fields: async () => ({
      classes: { kind: "ticks", options: (await classes()).filter(([name]) => data.breaches.includes(name)), label: t("Which records are concerned") },
      from: { label: t("Records from"), hint: t("Affected are people with such records from then …") },
      to: { label: t("Records to"), hint: t("… to then.") },
      sources: { kind: "ticks", options: await sources(), hint: t("None ticked: from everywhere.") },
    }),
  },
};

const audit = {
  view: "audit",
  title: () => t("Audit"),
  lead: () => t("Who at the desk did what, when; looking included, and what was refused."),
  operation: "list_audit",
  filters: () => [
    { name: "action", label: t("What"), options: Object.keys(data.operations) },
    { name: "person", kind: "line", label: t("Person (p_…)") },
    { name: "actor", kind: "line", label: t("Who") },
  ],
  columns: () => [
    [t("When"), (row) => row.at],
    [t("Who"), (row) => who(row.actor), "code"],
    [t("What"), (row) => term(row.action)],
    [term("person"), (row) => row.person_id, "code"],
    [t("More"), (row) => row.facts],
  ],
};

/** Give what a run's page says of each class: how many were due, what became of them, since when. */
const counted = (run) => [
  [term("class"), ([name]) => term(name, "class")],
  ...["found", "removed", "held", "failed"].map((name) => [term(name, "figure"), ([, each]) => each[name], "number"]),
  [t("Due if begun by"), ([name]) => run.cutoffs[name]],
];

const retention = {
  view: "retention",
  title: () => t("Retention"),
  lead: () => t("What was deleted when its time was over, run by run, and what would be deleted now."),
  operation: "list_runs",
  id: "id",
  item: true,
  one: () => t("Run"),
  name: (row) => (row.dry_run ? t("Preview of {at}", { at: short(row.at) }) : t("Run of {at}", { at: short(row.at) })),
  tag: (row) => tag(row.status),
  columns: () => [
    [t("When"), (row) => to(short(row.at), "retention", row.id)],
    [term("status"), (row) => tag(row.status)],
    [t("Kind"), (row) => (row.dry_run ? t("Preview: nothing deleted") : t("Run"))],
    [t("What"), (row) => deleted(row)],
    [t("Proof"), (row) => row.digest && el("code", {}, row.digest.slice(0, 16))],
  ],
  facts: (row) => ["by", "started_at", "as_of", "only", "lapsed_holds", "places_left", "digest"].map((name) => [name, row[name]]).concat([["run", el("code", {}, row.run)]]),
  more: (row) => [section(row.dry_run ? t("What would be deleted") : t("What was deleted"), table(counted(row), Object.entries(row.classes), t("Retention")))],
  begin: { operation: "preview_retention", title: () => t("See what would be deleted"), lead: () => t("Nothing is deleted."), press: () => t("See what would be deleted"), fields: async () => ({ class: { kind: "choice", options: await classes() }, as_of: { label: t("As of") } }) },
};

// What the page of a disclosure shows elsewhere than among its facts, or in other words.
const NAMED_ELSEWHERE = new Set(["recipient", "disclosure_id"]);

const disclosures = {
  view: "disclosures",
  title: () => t("Disclosures"),
  lead: () => t("What was passed on about people, to whom and why, the last recorded first. What was passed on of one person stands on their page."),
  operation: "list_disclosures",
  read: "read_disclosure",
  item: true,
  place: (row) => `${row.person_id}.${row.disclosure_id}`,
  parts: (place) => ({ person_id: place.split(".")[0], disclosure_id: place.split(".")[1] || "" }),
  one: () => t("Disclosure"),
  name: (row) => t("Passed on to {recipient}", { recipient: row.recipient_name }),
  columns: () => [
    [t("Recipient"), (row) => to(row.recipient_name, "disclosures", disclosures.place(row))],
    [t("When"), (row) => row.disclosed_at],
    [t("For"), (row) => term(row.purpose, "purpose")],
    [t("What"), (row) => row.data],
    [term("ground"), whyPassedOn],
    [term("person"), (row) => row.person_id, "code"],
  ],
  facts: (row) => Object.entries(row).filter(([name]) => !NAMED_ELSEWHERE.has(name)),
  begin: {
    operation: "record_disclosure",
    title: () => t("Record a disclosure"),
    lead: () => t("Passed on only with a ground; without one the answer says why not."),
    press: () => t("Record the disclosure"),
    only: ["email", "recipient", "purpose", "data", "chosen", "ground.authority", "ground.reference", "reference", "recipient_email", "disclosed_at"],
    body: ({ chosen, ground, ...body }) => ({ ...body, ground: chosen === "authority" ? ground : { [chosen]: true } }),
    fields: async () => {
      const policy = await policyNow();
      const named = (list) => (list || []).map((each) => [each.id, each.name || each.title || each.id]);
      return {
        email: { required: true },
        recipient: { kind: "choice", options: named(policy.recipients) },
        purpose: { kind: "choice", options: named(policy.purposes) },
        data: { hint: t("Kinds of data, one a line; never the data itself.") },
        chosen: { name: "chosen", kind: "choice", required: true, label: t("Why it may be passed on"), options: ["consent", "contract", "legitimate_interests", "authority"].map((name) => [name, term(name, "ground")]) },
        "ground.authority": { when: demanded, required: true },
        "ground.reference": { when: demanded, required: true, hint: t("How the demand can be found again.") },
      };
    },
  },
};

/** Tell whether a law or an order demands it. */
const demanded = ({ chosen }) => chosen === "authority";

/** Give the classes of records as choices. */
async function classes() {
  return ((await policyNow()).retention || []).map((each) => [each.id, each.title || each.id]);
}

/** Give where data comes from as choices. */
async function sources() {
  return ((await policyNow()).sources || []).map((each) => [each.id, each.title || each.id]);
}

/** Say how much is left of the 72 hours. */
function hours({ clock: told, authority_told: reported }) {
  if (told.stopped) return reported ? t("reported") : t("no report needed");
  const count = Math.abs(told.hours_left);
  if (told.overdue) return count === 1 ? t("over by one hour") : t("over by {count} hours", { count });
  return count === 1 ? t("one hour left") : t("{count} hours left", { count });
}

/** Say what a run deleted, class by class. */
function deleted(run) {
  const counted = (each) => `${term(each.class || each.record_class || "", "class")}: ${each.removed ?? each.found ?? 0}`;
  const list = Array.isArray(run.classes) ? run.classes.map(counted) : Object.entries(run.classes || {}).map(([name, each]) => counted({ class: name, ...each }));
  return list.filter((words) => !/ 0$/.test(words)).join("; ") || t("nothing");
}

/** Make a view of an entry. */
function viewOf(spec) {
  const begin = spec.begin && beginningOf(spec);
  const one = spec.page || (spec.item && itemOf(spec));
  const item = (begin || one) && ((where) => (begin && where.item === "new" ? begin(where) : one(where)));
  return { title: spec.title, groups: data.operations[spec.operation].groups, list: listOf(spec), item };
}

/** Make a view that is a page of its own, for who may do `operation`. */
const pageOf = (title, name, list) => ({ title, groups: data.operations[name].groups, list });

export const VIEWS = {
  today: pageOf(() => t("Today"), "today", today),
  requests: viewOf({ ...requests, page: requestPage }),
  complaints: viewOf(complaints),
  people: pageOf(() => t("People"), "search_person", people),
  review: { ...pageOf(() => t("Review"), "read_copy", reviewPage), item: reviewPage },
  holds: viewOf(holds),
  breaches: viewOf(breaches),
  disclosures: viewOf(disclosures),
  imports: pageOf(() => t("Imports"), "import_people", imports),
  retention: viewOf(retention),
  figures: pageOf(() => t("Figures"), "insights", figures),
  record: pageOf(() => t("Record of processing"), "record_of_processing", recordPage),
  policy: pageOf(() => t("Policy"), "today", policyPage),
  audit: viewOf(audit),
};

export const GROUPS = [
  { views: ["today", "requests", "complaints", "people"] },
  { title: () => t("Keeping and passing on"), views: ["holds", "breaches", "disclosures", "imports"] },
  { title: () => t("Proof"), views: ["retention", "record", "figures", "policy", "audit"] },
];
