// Made from the API's OpenAPI document by `python -m infra.web`: change nothing here.

/** A visitor's decision, with the notice that was shown. */
export interface Capture {
  /** the browser's, once it has one */
  consent_id?: string | null;
  /** the version whose words were shown */
  policy_version: string;
  /** the notice that was shown */
  notice_id: string;
  /** purpose id of a browser: true to grant, or to take an objection back, false to refuse */
  choices: Record<string, boolean>;
  method: "accept_all" | "reject_all" | "choose" | "form" | "preference_centre" | "gpc";
  /** shown that the browser opts out, the visitor chose otherwise */
  gpc_override?: boolean;
  /** of the notice as shown, BCP 47; one that it has not is left out */
  language?: unknown;
  /** A text of at most 4096 characters: kept without its query and fragment, or left out. */
  page?: unknown;
  /** A text of at most 1000 characters: what could be chosen, in its order, with spaces; a plus after what was on: `news+ veto`. */
  shown?: unknown;
}

/** Global Privacy Control: whether it was sent, and what would be on but for it. */
export interface GpcEffect {
  signal: boolean;
  turned_off: Array<string>;
}

/** Which uses without consent are objected to (PECR Sch. A1; UK GDPR Art. 21). */
export interface Objection {
  /** of the page, BCP 47 */
  language?: unknown;
  /** A text of at most 4096 characters: kept without its query and fragment, or left out. */
  page?: unknown;
  /** A text of at most 1000 characters: what could be chosen, in its order, with spaces; a plus after what was on: `news+ veto`. */
  shown?: unknown;
  /** all that a browser can object to if absent */
  purposes?: Array<string> | null;
}

/** What holds for a browser; `digest` is the visitor's proof of the whole history so far. `choices` is what is effective now, its people's decisions included. `signals` says the same to the consent interfaces of Google, Microsoft Clarity and Microsoft Advertising (UET). `renewal` says whether to ask again, and why. */
export interface RecordedDecision {
  consent_id: string;
  decided_at: string;
  expires_at: string;
  policy_version: string;
  choices: Record<string, boolean>;
  gpc: GpcEffect;
  signals: Record<string, Record<string, string>>;
  renewal: Renewal;
  sequence: number;
  digest: string;
}

/** Whether to ask again, and why: `expired`, `policy_changed` or null. */
export interface Renewal {
  needed: boolean;
  reason: string | null;
}

/** A bearer token for the preference centre. */
export interface Session {
  session: string;
  expires_at: string;
}

/** The token of a mailed link. */
export interface SessionRequest {
  token: string;
  /** of the browser in which the link was opened: it becomes the person's */
  consent_id?: unknown;
}

/** A visit, or a further part of one: then with the pages that were not told yet. */
export interface Visit {
  /** the browser's, which must have agreed; without one it is only counted */
  consent_id?: string | null;
  /** without a consent_id: this browser objects to being counted */
  objected?: boolean;
  /** random, the same for all parts of one visit */
  visit_id: string;
  device_type: "desktop" | "mobile" | "tablet" | "other";
  /** the page that the visit began with */
  entry: string;
  /** the page it ended with, in the last part */
  exit?: string | null;
  pages: Array<VisitedPage>;
}

/** When this part of the visit was first taken. */
export interface VisitReceipt {
  visit_id: string;
  received_at: string;
}

/** One page of a visit: since when, for how long, and what caught attention there. */
export interface VisitedPage {
  /** kept without fragment and all but some query parameters */
  url: string;
  /** when it was opened, by the browser's clock */
  at: string;
  /** milliseconds in the foreground */
  engaged_ms: number;
  /** the part of the page engaged with */
  content?: string | null;
}

/** Which permissions are taken back. */
export interface Withdrawal {
  /** of the page, BCP 47 */
  language?: unknown;
  /** A text of at most 4096 characters: kept without its query and fragment, or left out. */
  page?: unknown;
  /** A text of at most 1000 characters: what could be chosen, in its order, with spaces; a plus after what was on: `news+ veto`. */
  shown?: unknown;
  /** all that rest on consent if absent */
  purposes?: Array<string> | null;
}
