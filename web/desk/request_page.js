/* One request at the desk: what was asked, where it stands and why, and what can be done next. */
import { ask, operation, perform } from "./ask.js";
import { clock, reasons } from "./clock.js";
import { fieldsOf, form } from "./forms.js";
import { data, day, el, keep, moment, say, short, t } from "./page.js";
import { action, head, section, table, tag, to, trouble } from "./parts.js";
import { address } from "./place.js";
import { sourceActions } from "./source_actions.js";
import { may } from "./staff.js";
import { term } from "./terms.js";
import { pairs, who } from "./values.js";

// What can be done to several requests of one person at once.
const TOGETHER = new Set(["identity", "fee", "payment", "waiver", "clarification", "resumption", "extension", "refusal", "completion"]);
// A source that still has to answer: asked, or asked in vain.
const OUTSTANDING = new Set(["pending", "failed"]);

/**
 * Make the page of a request.
 * @param {{item: string, again: () => void}} where Which request, and how to make the page anew.
 * @returns {Promise<Node[]>} The page’s parts.
 */
export async function requestPage({ item, again }) {
  const answer = await ask("GET", `v1/desk/requests/${encodeURIComponent(item)}`);
  const back = [address("requests"), t("Requests")];
  if (!answer.ok) return [head(t("Request"), { back }), trouble(answer, again)];
  return page(answer.body, await letters(answer.body, again), again);
}

/** Put the page together. */
function page(request, posted, again) {
  const title = t("{type}: {name}", { type: term(request.type), name: request.name });
  return [
    head(title, { back: [address("requests"), t("Requests")], tag: tag(request.status) }),
    el("p", { class: "clock" }, clock(request)),
    el(
      "div", { class: "columns" },
      el("div", {}, section(t("What was asked"), ...asked(request)), section(t("What can be done"), ...doable(request, again))),
      el("div", {}, section(t("The clock"), el("ul", {}, ...reasons(request).map((words) => el("li", {}, words)))), ...around(request, again)),
    ),
    ...posted,
    ...mails(request),
    section(t("What happened"), timeline(request)),
  ];
}

/** Show what was asked, in their words. */
function asked(request) {
  const { agent, postal_address: letter } = request;
  const lines = letter && [...letter.lines, letter.postcode, letter.country].filter(Boolean).join("\n");
  const facts = pairs([
    ["name", request.name],
    ["email", request.email],
    ["postal_address.lines", lines],
    ["channel", request.channel],
    ["received_at", request.received_at],
    ["ground", request.facts.ground && el("span", {}, term(request.facts.ground))],
    ["policy_version", request.policy_version],
    ["request_id", request.request_id],
  ]);
  const wanted = request.corrections.length ? [table([[term("field"), (row) => term(row.field)], [term("value"), (row) => row.value]], request.corrections, term("corrections"))] : [];
  const own = request.details ? [el("blockquote", { class: "quote", "data-own": "" }, request.details)] : [];
  const acts = agent ? [section(t("An agent acts for the person"), pairs([...Object.entries(agent).map(([name, value]) => [`agent.${name}`, value]), ...authority(request.facts.authority)]))] : [];
  return [...own, ...wanted, facts, ...acts];
}

/** Say whether it was shown that an agent may act, and where our answers go by that. */
function authority(shown) {
  if (!shown) return [["authority", t("not shown yet; our answers go to the person")]];
  return [["authority", shown.shown], ["answers_to", shown.answers_to === "agent" ? t("The agent") : t("The person")]];
}

/** Give what became of the mails to the person: nobody waits for what was not sent. */
function mails(request) {
  if (!request.mails.length) return [];
  const columns = [
    [t("Mail"), (row) => term(row.mail, "mail")],
    [t("When"), (row) => moment(row.at)],
    [t("Outcome"), (row) => term(row.outcome, "mail")],
  ];
  const until = request.waits_until ? [el("p", { class: "soft" }, t("We wait for the person’s answer until {day}.", { day: moment(request.waits_until) }))] : [];
  return [section(t("Mails"), table(columns, request.mails, t("Mails")), ...until)];
}

/** Give the letters that answer who has no e-mail address: to print, and to note as posted. */
async function letters(request, again) {
  const written = request.postal_address || request.recipients.some((one) => one.letter_id);
  if (!written || !operation("list_letters")) return [];
  const parts = { request_id: request.request_id };
  const answer = await perform("list_letters", parts);
  if (!answer.ok) return [section(t("Letters"), trouble(answer, again))];
  const save = (letter) => async () => {
    const made = await perform("print_letter", { ...parts, letter_id: letter.letter_id }, { accept: "text/html" });
    if (made.ok) keep(`${letter.letter_id}.html`, made.text, "text/html");
    else say(made.reason);
  };
  const columns = [
    [t("Letter"), (row) => row.subject],
    [t("Written"), (row) => row.written_at.slice(0, 10)],
    [term("posted_on"), (row) => row.posted_on],
    [t("Print"), (row) => el("button", { type: "button", class: "link", click: save(row) }, t("Save to print"))],
  ];
  const waiting = answer.body.items.filter((letter) => !letter.posted_on);
  const post = waiting.map((letter) => {
    const send = async (body) => {
      const done = await perform("note_posted", { ...parts, letter_id: letter.letter_id }, { body });
      if (done.ok) again();
      return done;
    };
    const fields = fieldsOf(operation("note_posted"), null, { on: { label: t("Day on which it was posted"), hint: t("Left empty: today.") } });
    return action(t("Note as posted: {letter}", { letter: letter.subject }), t("What it asks for is waited for from then on."), form(`posted-${letter.letter_id}`, fields, { press: t("Note as posted"), send }));
  });
  return [section(t("Letters"), table(columns, answer.body.items, t("Letters")), ...post)];
}

/** Give the person's other requests, the sources and the result. */
function around(request, again) {
  const made = [];
  if (request.related.length) {
    const line = (row) => el("li", {}, to(term(row.type), "requests", row.request_id), tag(row.status), clock(row));
    made.push(section(t("The same person’s other requests"), el("ul", { class: "beside" }, ...request.related.map(line)), ...siblings(request).map(words)));
  }
  const sources = Object.entries(request.sources);
  if (sources.length) made.push(section(t("Other systems"), pairs(sources.map(([name, state]) => [el("span", { "data-own": "" }, name), stateOf(state)])), ...waitsFor(request, sources, again)));
  const { ground, ...result } = request.result;
  if (ground) result.ground = el("span", {}, groundOf(request, "completion", ground));
  if (Object.keys(result).length) made.push(section(t("Result"), pairs(Object.entries(result))));
  return made;
}

/** Show what another request says beside this one, read when it is unfolded. */
function words(other) {
  const inside = el("div", { class: "inside" });
  const made = el("details", { class: "action" }, el("summary", {}, t("Their words of {day}", { day: day(other.received_at) })), inside);
  made.addEventListener("toggle", async () => {
    if (!made.open || inside.childNodes.length) return;
    const answer = await ask("GET", `v1/desk/requests/${encodeURIComponent(other.request_id)}`);
    inside.replaceChildren(...(answer.ok ? asked(answer.body) : [el("p", {}, answer.reason)]));
  });
  return made;
}

/** Say how it stands with another system: what became of asking it, why, when. */
function stateOf({ status, why, reason, at }) {
  const more = [why && term(why), reason, at && short(at)].filter(Boolean).join(", ");
  return el("span", {}, tag(status), " ", el("span", { class: "soft", "data-own": "" }, more));
}

/** Give what can be done about the sources that did not answer yet. */
function waitsFor(request, sources, again) {
  const waits = request.status === "in_progress" || request.actions.includes("retry");
  if (!waits || !operation("answer_for_source")) return [];
  return sources.filter(([, state]) => OUTSTANDING.has(state.status)).flatMap(([name]) => sourceActions(request, name, again));
}

// The table of grounds that an action chooses from, where it is not called as the action is.
const GROUNDS_OF = { completion: "partly", permitted_use: "uses", review: "redaction" };

/** Say a ground in the law’s words for what was done to a request: the same name means several. */
function groundOf({ type }, action, name) {
  const table = data.grounds[GROUNDS_OF[action] || action] || {};
  return table[type]?.[name] || (typeof table[name] === "string" && table[name]) || term(name, "ground");
}

/** Say what a step was. */
const named = (step) => (step.action === "note" ? t("Note") : term(step.action));

/** Show what happened, the newest first. */
function timeline(request) {
  const line = (step) =>
    el(
      "li", {},
      el("p", {}, el("strong", {}, named(step)), " ", el("span", { class: "soft" }, who(step.by))),
      step.reason ? el("blockquote", { class: "quote", "data-own": "" }, step.reason) : null,
      step.details.ground ? el("p", { class: "soft" }, groundOf(request, step.action, step.details.ground)) : null,
      el("time", { datetime: step.at }, moment(step.at)),
    );
  return el("ol", { class: "timeline" }, ...request.timeline.toReversed().map(line));
}

/** Give what fits the request as it stands and may be done by who is signed in. */
function doable(request, again) {
  const open = request.actions.filter((name) => data.actions[name] && may(data.actions[name].groups) && operation("act_on_request"));
  const looking = request.status === "awaiting_review" && operation("read_copy");
  if (looking) return [el("div", { class: "actions" }, el("a", { class: "button", href: address("review", request.request_id) }, t("Review the copy"))), ...actions(open.filter((name) => name !== "review"), request, again)];
  if (!open.length) return [el("p", { class: "soft" }, t("Nothing that your role can do."))];
  return actions(open, request, again);
}

/** Give the forms of what fits. */
function actions(open, request, again) {
  const known = ways(request);
  const inOrder = [...Object.keys(known).filter((name) => open.includes(name)), ...open.filter((name) => !known[name])];
  return inOrder.map((name) => {
    const { title, says, only, more = {} } = known[name] || { title: term(name), only: ["reason"] };
    const fields = fieldsOf(operation("act_on_request"), only, {
      reason: { required: data.actions[name].reason },
      ...more,
    });
    const others = TOGETHER.has(name) ? siblings(request) : [];
    const send = (body) => act(request, name, together(body), again);
    return action(title, says, form(`act-${name}`, [...fields, ...goingOn(request, name), ...others.map(beside)], { press: title, send }));
  });
}

/** Give the same person's other open requests of the same type, which one answer may answer too. */
const siblings = (request) => request.related.filter((each) => each.type === request.type && data.statuses.open.includes(each.status));

/** Make the box that has another request answered with this one. */
const beside = (each) => ({
  name: `also.${each.request_id}`,
  kind: "tick",
  label: t("Do the same with their request of {day}", { day: day(each.received_at) }),
});

/** Write the boxes of other requests, and of uses that go on, as the API takes them. */
function together({ also, goes_on, ...body }) {
  const ticked = Object.entries({ also, goes_on }).filter(([, boxes]) => boxes);
  return { ...body, ...Object.fromEntries(ticked.map(([name, boxes]) => [name, Object.keys(boxes)])) };
}

/** Give the boxes of the uses that may go on in spite of an objection, for a ground of ours. */
function goingOn(request, name) {
  if (name !== "completion") return [];
  return request.may_go_on.map((each) => ({ name: `goes_on.${each.purpose}`, kind: "tick", label: t("Goes on: {use}", { use: each.title }) }));
}

/** Do it, unless somebody acted since the page was read. */
async function act(request, name, body, again) {
  const path = `v1/desk/requests/${encodeURIComponent(request.request_id)}/${name}`;
  const answer = await ask("POST", path, { body, match: `"${request.version}"` });
  if (answer.ok) {
    say(t("Done."));
    again();
  }
  if (answer.status !== 412) return answer;
  // Somebody else acted: the page shows it, and the form has what was entered.
  const now = await ask("GET", `v1/desk/requests/${encodeURIComponent(request.request_id)}`);
  const steps = now.ok ? now.body.timeline.slice(request.timeline.length).map((step) => named(step)) : [];
  await again();
  return { ...answer, reason: t("Since you read it: {steps}.", { steps: steps.join(", ") || term(request.status) }) };
}

/** Give grounds as choices. */
const grounds = (found) => Object.entries(found).map(([name, words]) => [name, words]);

/** What each action is called, what it does, and what it asks for; the usual next one first. */
function ways(request) {
  const mailed = request.email ? t("The person gets a mail.") : t("A letter to print is made.");
  const told = (words) => `${words} ${mailed}`;
  const ends = grounds(data.grounds.outcomes[request.type] || {});
  const left = request.type === "objection" ? grounds(data.grounds.partly.objection) : [];
  const corrections = request.corrections.map(({ field, value }) => ({ field, accepted: true, value }));
  return {
    identity: {
      title: t("Record that identity was shown"),
      says: t("The request goes on, and the time runs from the day on which it was shown. Nothing of a document is kept."),
      only: ["on", "method"],
    },
    authority: {
      title: t("Record what shows that the agent may act"),
      says: told(t("Say what you saw. It says whether our answers go to the agent or to the person, and can be changed in the same way.")),
      only: ["answers_to", "on", "reason"],
      more: { answers_to: { required: true, options: request.agent?.email ? [["agent", t("The agent")], ["person", t("The person")]] : [["person", t("The person")]] }, reason: { label: t("What shows it") } },
    },
    acknowledgement: { title: t("Record that receipt was acknowledged"), says: t("For a complaint that was acknowledged by letter or call. No mail goes out."), only: [] },
    payment: { title: t("Record that the fee was paid"), says: t("The time goes on from the day of the payment."), only: ["on"] },
    waiver: { title: t("Waive the fee"), says: t("The request goes on without it."), only: [] },
    resumption: {
      title: t("Go on with their answer"),
      says: request.pauses ? t("For an answer that came by letter or call. The time goes on from the day on which it came.") : t("For an answer that came by letter or call."),
      only: ["on", "reason"],
      more: { reason: { label: t("What they answered") } },
    },
    completion: {
      title: request.type === "complaint" ? t("Answer the complaint") : t("Complete the request"),
      says: told(t("It says what came of it. This closes the request.")),
      only: [...(ends.length ? ["outcome"] : []), ...(left.length ? ["ground"] : []), "reason", ...(corrections.length ? ["decisions"] : [])],
      more: {
        outcome: { label: t("What the answer comes to"), kind: "choice", options: ends, required: true },
        ground: { label: t("Why some of it goes on, if it does"), kind: "choice", options: left },
        reason: { label: t("Outcome"), required: ["complaint", "objection"].includes(request.type) },
        decisions: { given: corrections, title: (one) => t("{field}: {value}", { field: term(one.field), value: one.value }), fields: [{ name: "field", kind: "hidden" }, { name: "accepted", kind: "tick" }, { name: "reason", kind: "line", label: t("Why not, if it is not corrected") }] },
      },
    },
    lifting: {
      title: t("End the restriction"),
      says: told(t("They are told before it ends; left empty, it ends in 14 days.")),
      only: ["ends_on", "reason"],
    },
    clarification: {
      title: t("Ask the person something"),
      says: told(request.pauses ? t("Your words are the question. The time stands still until they answer.") : t("Your words are the question. The time runs on: only a request for a copy stands still.")),
      only: ["reason"],
      more: { reason: { label: t("Question"), required: true } },
    },
    extension: {
      title: t("Take more time"),
      says: told(t("Two months more, once, for a complex request or many of them. Your reason is told.")),
      only: ["ground", "reason"],
      more: { ground: { kind: "choice", options: grounds(data.grounds.extension) } },
    },
    fee: {
      title: t("Ask for a fee"),
      says: told(t("Only for a request that is manifestly unfounded or excessive. The time stands still until it is paid.")),
      only: ["ground", "amount", "calculation", "reason"],
      more: { ground: { kind: "choice", options: grounds(data.grounds.fee), required: true } },
    },
    refusal: {
      title: t("Refuse the request"),
      says: told(t("It says why, and how to complain to us, to the regulator and to a court. This closes the request.")),
      only: ["ground", "reason"],
      more: { ground: { kind: "choice", options: grounds(data.grounds.refusal[request.type] || {}) } },
    },
    permitted_use: {
      title: t("Record a use that the law permits"),
      says: t("While use is restricted, data may be used with consent, for a legal claim, to protect somebody else or for an important public interest. It stands here and on the person’s page; nothing else is allowed by it."),
      only: ["ground", "reason"],
      more: { ground: { kind: "choice", options: grounds(data.grounds.uses[request.type] || {}), required: true }, reason: { label: t("What it is used for, and why"), required: true } },
    },
    retry: { title: t("Try the work again"), says: t("The system takes up what stands still."), only: [] },
    note: { title: t("Write a note"), says: t("It stays with the request. Mailed only if you say so."), only: ["reason", "tell"], more: { reason: { label: t("Note"), required: true } } },
  };
}
