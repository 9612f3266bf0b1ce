/**
 * Consent on a website, kept by the privacy API: what the visitor decided, until when, and what may
 * run. One `privacy()` a page: `await` it, then ask it.
 */
import { banner, placeholder } from "./banner.js";
import { decisions } from "./decisions.js";
import { gate, ran, sweep, watch } from "./gate.js";
import { denySignals, tellSignals } from "./signals.js";
import { adopt, each, load } from "./store.js";
import { visits } from "./visits.js";
import { words } from "./words.js";

// How long a page waits for the API before it goes on with what it knows.
const PATIENCE = 3_000;

/**
 * Begin, once a page; every further call, from whichever script, gets the same.
 *
 * @param {import("../types/index").Options} [options] not needed where a script tag began
 * @returns {Promise<import("../types/index").Privacy>}
 */
export function privacy(options) {
  return (window.privacyStarted ||= begin(options));
}

async function begin({ api, notice = "cookie_banner", ...options }) {
  const base = api.replace(/\/+$/, "");
  const say = words(options.words);
  const listeners = new Set();
  const decided = decisions(base, notice, (kept) => {
    apply();
    channel?.postMessage(kept);
  });
  let seen, state, channel, open;

  if (options.signals !== false) denySignals();

  /** Put what is remembered into effect, and tell who listens what changed. */
  function apply() {
    const kept = load();
    const { choices, signals } = decided.granted(kept);
    const next = {
      ...kept.state,
      choices,
      asking: decided.asking(kept),
      pending: Boolean(kept.queue?.length),
      reload: [...ran].filter((purpose) => !choices[purpose]),
    };
    if (seen !== (seen = JSON.stringify(next))) {
      state = Object.freeze(next);
      if (options.signals !== false) tellSignals(signals);
      const names = Object.entries(kept.cookies || {});
      const wanted = names.flatMap(([purpose, held]) => (allowed(purpose) ? held : []));
      sweep(names.flatMap(([, held]) => held).filter((name) => !wanted.includes(name)));
      listeners.forEach((listener) => listener(state));
    }
    gate(allowed, held);
  }

  const allowed = (purpose) => state?.choices[purpose] === true;

  /** Make what stands in a held frame's place, with the purposes' titles as soon as they are known. */
  function held(frame, purposes) {
    const { host } = new URL(frame.dataset.src, location);
    const gpc = navigator.globalPrivacyControl === true;
    const made = placeholder(say.allow, () =>
      p.decide(each(purposes, true), { gpc_override: gpc }),
    );
    const tell = (known) => {
      const titles = purposes
        .map((id) => known.find((one) => one.id === id)?.title || id)
        .join(", ");
      made.text.textContent =
        say.held.replace("{host}", host).replace("{title}", titles) + (gpc ? ` ${say.gpc}` : "");
    };
    tell([]);
    decided.words().then(
      (shown) => tell(shown.purposes),
      () => {},
    );
    return made;
  }

  const decide = async (item) => {
    await decided.decide(item);
    return state;
  };

  const p = {
    api: base,
    state: () => state,
    allowed,
    needsAsking: () => state.asking,
    notice: decided.words,
    decide: (choices, { method = "choose", gpc_override: override, shown } = {}) =>
      decide({ choices, method, override, shown }),
    acceptAll: ({ shown } = {}) => decide({ shown, all: true, method: "accept_all" }),
    rejectAll: ({ shown } = {}) => decide({ shown, all: false, method: "reject_all" }),
    withdraw: (purposes, { shown } = {}) =>
      decide({
        shown,
        act: "withdrawal",
        purposes,
        choices: purposes && each(purposes, false),
        all: purposes ? undefined : false,
        method: purposes ? "choose" : "reject_all",
      }),
    object: async (purposes, { shown } = {}) => {
      // Who never decided has no name yet, under which to object.
      if (state.asking === "none") await decide({ shown, all: false, method: "choose" });
      return decide({
        shown,
        act: "objection",
        purposes,
        choices: purposes && each(purposes, false),
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    visit: visits(
      (part) =>
        allowed("analytics") &&
        navigator.sendBeacon(
          `${base}/v1/visits`,
          JSON.stringify({ consent_id: load().id, ...part }),
        ),
      () => Date.now() + (load().skew || 0),
    ),
    async link(token, path = "/v1/preferences/session") {
      const answer = await decided.request(path, { token, consent_id: load().id });
      decided.outdated();
      await decided.refresh();
      return answer;
    },
    ask: () => open?.(true),
  };

  // A page that is fetched ahead waits until somebody looks at it.
  if (document.prerendering) {
    await new Promise((shown) =>
      document.addEventListener("prerenderingchange", shown, { once: true }),
    );
  }
  const listen = () => {
    channel = new BroadcastChannel("privacy_choices");
    channel.onmessage = ({ data }) => {
      adopt(data);
      apply();
    };
  };
  listen();
  addEventListener("storage", apply);
  addEventListener("online", decided.refresh);
  // An open channel would keep the page out of the cache that the back button uses.
  addEventListener("pagehide", () => channel.close());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    listen();
    apply();
    decided.refresh();
  });
  document.addEventListener("visibilitychange", () => document.hidden || decided.refresh());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link?.href.startsWith(`${base}/`)) return;
    if (open && link.hasAttribute("data-privacy-choices")) {
      event.preventDefault();
      open(true);
    } else if (load().id && !link.hash) {
      // The API's own pages may then show and link this browser; it is told nobody else.
      link.hash = `consent_id=${load().id}`;
      decided.outdated();
    }
  });

  await Promise.race([decided.refresh(), new Promise((late) => setTimeout(late, PATIENCE))]);
  apply();
  watch(() => gate(allowed, held));
  if (options.banner) {
    open = banner(p, say, options.position);
    const asked = () => p.needsAsking() && open().catch(() => {});
    // As soon as the page has a body.
    if (document.body) asked();
    else addEventListener("DOMContentLoaded", asked);
  }
  return p;
}
