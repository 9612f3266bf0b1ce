/**
 * Decisions on their way: a no holds at once, a yes when the API has stored it. What got no answer
 * waits in order, across pages and reloads, and is repeated under the same Idempotency-Key until
 * there is one.
 */
import { each, load, random, save } from "./store.js";

// How long an answer is used without asking whether it was changed elsewhere.
const FRESH = 600_000;
// What no repetition changes.
const FINAL = [400, 404, 413, 415, 422];

/** Begin for one API and notice; `changed()` is called after whatever is remembered has changed. */
export function decisions(api, notice, changed) {
  const gpc = navigator.globalPrivacyControl === true;
  const failures = new Map();
  let told, draining, timer;
  let tries = 0;

  function update(change) {
    const kept = load();
    change(kept);
    save(kept);
    changed(kept);
  }

  /** Call the API; a fault carries the `status` and the `problem` that it was answered with. */
  async function request(path, body, key = random()) {
    const answer = await fetch(api + path, {
      ...(body && {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: JSON.stringify(body),
        keepalive: true,
      }),
      signal: AbortSignal.timeout(10_000),
    });
    const problem = await answer.json();
    if (answer.ok) return problem;
    const wait = answer.headers.get("Retry-After") * 1_000;
    throw Object.assign(new Error(problem.detail), { status: answer.status, problem, wait });
  }

  /** Return the words to show and the browser's purposes that they ask for. */
  async function words() {
    // In the page's language where the policy has its words in it, else in the policy's own.
    const language = encodeURIComponent(document.documentElement.lang);
    told ||= await request(`/v1/notices/${notice}?language=${language}`);
    const purposes = told.purposes.filter(({ subject }) => subject === "browser");
    return { ...told, purposes };
  }

  /**
   * Tell why the visitor has to be asked: "none" (there is no decision), "expired",
   * "policy_changed" (other words since); or null.
   */
  function asking({ queue, state, skew = 0 }) {
    if (queue?.length) return null;
    if (!state?.decided_at) return "none";
    if (Date.now() + skew >= Date.parse(state.expires_at)) return "expired";
    return state.renewal?.needed ? state.renewal.reason : null;
  }

  /** Return what is granted now; nothing where what is remembered may no longer be so. */
  function granted(kept) {
    const usable = kept.state && kept.gpc === gpc && asking(kept) !== "expired";
    return usable ? kept.state : { choices: {} };
  }

  function refuse(state, { all, choices = all === false ? state.choices : {} }) {
    const refused = Object.keys(choices).filter((id) => !(all ?? choices[id]));
    for (const id of refused) state.choices[id] = false;
    // Which signals stand for what is left, the API will say.
    if (refused.length) delete state.signals;
  }

  /** Take an answer for what holds, but for what was refused since. */
  function take(kept, answer) {
    const { consent_id: id } = answer;
    const queue = kept.queue || [];
    Object.assign(kept, { id, gpc, queue, at: Date.now(), state: answer });
    for (const item of queue) refuse(answer, item);
  }

  /** Tell whether `item` decides anew all that waits unsent in `waiting`. */
  const covers = (item, { act, body, choices }) =>
    !act &&
    !body &&
    (item.all !== undefined ||
      (choices && item.choices && Object.keys(choices).every((id) => id in item.choices)));

  /**
   * Put a decision into effect as far as it refuses, and on its way. Resolves when it is stored, or
   * waiting for a better moment; rejects if the API refuses it.
   */
  function decide(made) {
    const item = {
      key: random(),
      version: told?.policy_version,
      language: document.documentElement.lang || undefined,
      page: location.href.split(/[?#]/)[0],
      ...made,
    };
    update((kept) => {
      kept.queue = [...(kept.queue || []).filter((waiting) => !covers(item, waiting)), item];
      if (kept.state) refuse(kept.state, item);
    });
    return Promise.race([send(), new Promise((_, reject) => failures.set(item.key, reject))]);
  }

  const drop = (kept, key) => (kept.queue = kept.queue.filter((item) => item.key !== key));

  function send() {
    clearTimeout(timer);
    return (draining ||= drain().finally(() => (draining = undefined)));
  }

  async function drain() {
    for (let item; (item = load().queue?.[0]);) {
      const again = item.body;
      try {
        item = again ? item : await compose(item);
        const answer = await request(item.path, item.body, item.key);
        tries = 0;
        update((kept) => settle(kept, item, answer, again));
      } catch (fault) {
        if (!FINAL.includes(fault.status)) {
          timer = setTimeout(
            send,
            Math.max(fault.wait || 0, Math.min(2_000 * 2 ** tries++, 300_000)),
          );
          return;
        }
        update((kept) => {
          drop(kept, item.key);
          if (fault.status !== 404) return;
          // The API does not know this browser any more: it gets a new name.
          delete kept.id;
          delete kept.state;
          if (!item.act) kept.queue.unshift({ ...item, key: random(), body: undefined });
        });
        failures.get(item.key)?.(fault);
      }
    }
    if (load().at === 0) await read();
  }

  /** Fix what is sent, before it is: a repetition has to be the same to the letter. */
  async function compose(item) {
    const { id } = load();
    const { language, page, shown } = item;
    const made = {
      ...item,
      path: `/v1/consents/${id}/${item.act}`,
      body: { purposes: item.purposes, language, page, shown },
    };
    let names;
    if (!item.act || !id) {
      const { purposes, policy_version, cookies } = await words();
      const all = each(
        purposes.map(({ id: purpose }) => purpose),
        item.all,
      );
      made.flagged = purposes.filter((purpose) => purpose.gpc).map((purpose) => purpose.id);
      made.path = "/v1/consents";
      made.body = {
        consent_id: id,
        policy_version: item.version || policy_version,
        notice_id: notice,
        choices: item.choices || all,
        method: item.method,
        gpc_override: item.override,
        language,
        page,
        shown,
      };
      names = {};
      for (const { name, party, purpose } of cookies) {
        if (party === "first" && purpose in all) (names[purpose] ||= []).push(name);
      }
    }
    const kept = load();
    if (names) kept.cookies = names;
    kept.queue = kept.queue.map((waiting) => (waiting.key === item.key ? made : waiting));
    save(kept);
    return made;
  }

  function settle(kept, { key, flagged = [], override }, answer, again) {
    drop(kept, key);
    if (again) {
      // An answer that comes late may be older than what was decided elsewhere: ask what holds now.
      kept.state ||= { ...answer, choices: {}, signals: undefined };
      Object.assign(kept, { id: answer.consent_id, gpc, at: 0 });
    } else {
      kept.skew = Date.parse(answer.decided_at) - Date.now();
      take(kept, answer);
    }
    // The page may see Global Privacy Control where the API could not hear it.
    const unheard = gpc && !override && !(answer.gpc?.signal ?? answer.gpc);
    const asked = flagged.filter((id) => unheard && answer.choices[id]);
    if (asked.length) {
      const item = {
        key: random(),
        method: "choose",
        choices: each(asked, false),
      };
      kept.queue.push(item);
      refuse(kept.state, item);
    }
  }

  /** Ask the API what holds now, unless something that it does not know yet is on its way. */
  async function read() {
    const { id, queue } = load();
    if (!id || queue?.length) return;
    const before = JSON.stringify(load().state);
    try {
      const answer = await request(`/v1/consents/${id}`);
      update((kept) => {
        // A decision of the meantime counts, not what was true before it.
        if (!kept.queue?.length && JSON.stringify(kept.state) === before) take(kept, answer);
      });
    } catch (fault) {
      if (fault.status === 404)
        update((kept) => ["id", "state"].forEach((name) => delete kept[name]));
    }
  }

  return {
    asking,
    decide,
    granted,
    request,
    words,
    /** Bring what is remembered up to date, if it may be out of date. */
    async refresh() {
      const { at = 0, gpc: heard, queue } = load();
      const age = Date.now() - at;
      if (queue?.length) await send();
      else if (!(age >= 0 && age < FRESH) || heard !== gpc) await read();
    },
    /** Ask the API the next time, whatever was answered last. */
    outdated: () => update((kept) => (kept.at = 0)),
  };
}
