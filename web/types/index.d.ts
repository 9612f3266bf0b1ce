import type { Capture, RecordedDecision, Session, VisitedPage } from "./api";

/** How to begin. */
export interface Options {
  /** The address of the privacy API, without /v1. */
  api: string;
  /** The notice whose words the visitor is shown; "cookie_banner" if absent. */
  notice?: string;
  /** Show the default banner where the visitor has to be asked. */
  banner?: boolean;
  /** Where the default banner stands: an edge, and a side of it. */
  position?: "bottom" | "top" | "bottom-left" | "bottom-right" | "top-left" | "top-right";
  /** False leaves consent signals of Google, Clarity and UET to somebody else. */
  signals?: boolean;
  /** Words of the default banner and of placeholders in place of our own. */
  words?: Partial<Record<Word, string>>;
}

export type Word =
  | "accept" | "reject" | "choose" | "save" | "close" | "gpc"
  | "waiting" | "reload" | "again" | "held" | "allow";

/** Why a visitor has to be asked: no decision yet, its time is over, or other words since. */
export type Reason = "none" | "expired" | "policy_changed";

/** What holds now: the API's newest answer, and what this page knows besides. */
export interface State
  extends Readonly<
    Partial<
      Pick<
        RecordedDecision,
        "consent_id" | "decided_at" | "expires_at" | "policy_version" | "sequence" | "digest"
      >
    >
  > {
  readonly choices: Readonly<RecordedDecision["choices"]>;
  /** Why to ask, or null. */
  readonly asking: Reason | null;
  /** A decision waits to be stored; what it grants is not granted yet. */
  readonly pending: boolean;
  /** Purposes switched off whose scripts ran on this page: a reload ends them. */
  readonly reload: readonly string[];
}

/** The words to show, and the purposes of browsers that they ask for. */
export interface Notice {
  id: string;
  title: string;
  /** Markdown: paragraphs, lists, bold words, links. */
  text: string;
  sha256: string;
  policy_version: string;
  language: string;
  purposes: { id: string; title: string; text: string; lifetime_days?: number }[];
  cookies: { name: string; provider: string; party: "first" | "third"; purpose: string; lifetime: string; text: string }[];
}

export interface Privacy {
  /** The API's address. */
  readonly api: string;
  /** What holds now; the same object until something changes. */
  state(): State;
  /** Whether a purpose is allowed: at once, false until known. */
  allowed(purpose: string): boolean;
  /** Why the visitor has to be asked, or null. */
  needsAsking(): Reason | null;
  /** The words to show; fetched once. */
  notice(): Promise<Notice>;
  /**
   * Decide the purposes named; a yes to what was objected to takes the objection back. A no holds
   * at once; a yes when the API has stored it. Resolves when stored or waiting (`pending`);
   * rejects, with the `problem`, if the API refuses it.
   * `gpc_override` says that the visitor was shown that the browser opts out, and chose otherwise;
   * `shown` what could be chosen, in its order, with a plus after what was on: `analytics+ choose`.
   */
  decide(
    choices: Capture["choices"],
    circumstances?: Pick<Capture, "gpc_override" | "shown"> & {
      method?: Extract<Capture["method"], "choose" | "form" | "preference_centre">;
    },
  ): Promise<State>;
  /** Grant all purposes of browsers that the notice asks for. */
  acceptAll(circumstances?: Pick<Capture, "shown">): Promise<State>;
  /** Refuse them all. */
  rejectAll(circumstances?: Pick<Capture, "shown">): Promise<State>;
  /** Take back permissions: all, or those named. What was kept under them is erased. */
  withdraw(purposes?: string[], circumstances?: Pick<Capture, "shown">): Promise<State>;
  /** Object to what does not rest on permission: all that can be objected to, or those named. */
  object(purposes?: string[], circumstances?: Pick<Capture, "shown">): Promise<State>;
  /** Call `listener` after each change, in whichever tab; returns how to stop that. */
  onChange(listener: (state: State) => void): () => void;
  /** Tell that a page is looked at, once a page or route; sent only while analytics is allowed. */
  visit(about?: { content?: NonNullable<VisitedPage["content"]> }): void;
  /** Exchange a mailed token, so that this browser becomes the person's; for a session here. */
  link(token: string): Promise<Session>;
  /** The same at another `path` of the API, for what that answers. */
  link(token: string, path: string): Promise<Record<string, unknown>>;
  /** Open the default banner with its choices. */
  ask(): Promise<void> | undefined;
}

/** Begin, once a page; every further call gets the same. */
export function privacy(options?: Options): Promise<Privacy>;
