/* The views of the console: one entry each, from which lists, pages and forms are made. */
import { clock } from "./clock.js";
import { beginningOf, itemOf, listOf } from "./lists.js";
import { tag, to } from "./parts.js";
import { requestPage } from "./request_page.js";
import { term } from "./terms.js";
import { data, t } from "./page.js";

const STATUSES = ["awaiting_identity", "awaiting_fee", "awaiting_clarification", "in_progress", "awaiting_review", "completed", "refused", "cancelled", "lapsed"];

const requests = {
  view: "requests",
  title: () => t("Requests"),
  lead: () => t("What people ask about their data, the first due first."),
  operation: "list_requests",
  id: "request_id",
  item: true,
  filters: () => [
    { name: "status", options: STATUSES },
    { name: "type", options: Object.keys(data.grounds.refusal) },
    { name: "overdue", options: ["true"], label: t("Last day"), words: () => t("Overdue") },
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
    body: (body) => (body.postal_address?.lines ? { ...body, postal_address: { country: "GB", ...body.postal_address } } : body),
    only: ["type", "name", "email", "postal_address.lines", "postal_address.postcode", "postal_address.country", "channel", "received_on", "details", "corrections", "ground", "agent.name", "agent.email", "agent.organisation", "agent.authority", "identity_shown"],
    fields: async () => ({
      email: { hint: t("Where we answer. A letter without one has a postal address instead, and is answered in print.") },
      "postal_address.lines": { required: false },
      "agent.name": { required: false, hint: t("Only where somebody asks for the person.") },
      "agent.authority": { required: false },
      ground: { hint: t("Only for a restriction.") },
      corrections: { fields: [{ name: "field", kind: "choice", options: ["name", "phone", "job_title", "organisation", "organisation_details"] }, { name: "value", kind: "line" }] },
    }),
  },
};

/** Make a view of an entry. */
function viewOf(spec) {
  const begin = spec.begin && beginningOf(spec);
  const one = spec.page || (spec.item && itemOf(spec));
  const item = (begin || one) && ((where) => (begin && where.item === "new" ? begin(where) : one(where)));
  return { title: spec.title, who: data.operations[spec.operation].who, list: listOf(spec), item };
}

export const VIEWS = {
  requests: viewOf({ ...requests, page: requestPage }),
};

export const GROUPS = [{ views: ["requests"] }];
