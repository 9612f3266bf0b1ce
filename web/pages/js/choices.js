/* This browser's choices: how they stand, changed by a press, with what came before and a receipt. */
import { call } from "./api.js";
import { consentId, forget, remember } from "./links.js";
import { $, $$, busy, day, el, keep, language, moment, say, t, trouble, version } from "./page.js";
import { joined, named, nameOf, presented, switches } from "./purposes.js";
import * as looks from "./remembered_looks.js";

const MOST_SHOWN = 20;
const form = $("[data-choices]");
const signalled = navigator.globalPrivacyControl === true;
let stood;
// Uses that need no permission and are off, because somebody objected to them.
let objectedTo = [];

$$("[data-all]").forEach((button) =>
  button.addEventListener("click", () => decide(button, button.dataset.all)),
);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  decide($("[type=submit]", form), "choose");
});
$$("[data-receipt]").forEach((button) => button.addEventListener("click", () => receipt(button)));

read();

async function read() {
  const id = consentId();
  const answer = id && (await call("GET", `v1/consents/${id}`));
  // Not before: an answer that came later would undo what somebody had switched by then.
  $("[data-page]").hidden = false;
  $$("[data-waiting]").forEach((part) => (part.hidden = true));
  undecided();
  if (!answer) return;
  if (answer.ok) {
    shown(answer.body);
    await history(id);
  } else if (answer.status === 404 || answer.status === 422) forget();
  else trouble(answer.reason, read);
}

function undecided() {
  $("[data-now]").textContent = t("You have not decided yet, so nothing that needs your permission is on.");
  $("[data-gpc]").hidden = !signalled;
  stood = presented();
}

/** Show what the API says: nothing here is remembered by the page itself. */
function shown(state) {
  for (const box of switches()) box.checked = state.choices[box.name] === true;
  objectedTo = switches().filter((box) => box.dataset.basis !== "consent" && !box.checked);
  looks.remember({}, (purpose) => state.choices[purpose] === true);
  const on = switches().filter((box) => box.checked).map(nameOf);
  $("[data-now]").textContent = on.length
    ? t("You decided on {day}. On: {purposes}.", { day: day(state.decided_at), purposes: joined(on) })
    : t("You decided on {day}. Nothing optional is on.", { day: day(state.decided_at) });
  const again = $("[data-renewal]");
  again.hidden = !state.renewal.needed;
  again.textContent =
    state.renewal.reason === "policy_changed"
      ? t("The words have changed since. What they newly ask is off until you decide again.")
      : t("That is so long ago that it no longer counts. Please decide again.");
  const heard = state.gpc;
  $("[data-gpc]").hidden = !(signalled || heard.signal);
  $("[data-gpc-off]").textContent = heard.turned_off.length
    ? t("So this is off: {purposes}. If you want it all the same, switch it on below.", {
        purposes: named(heard.turned_off),
      })
    : "";
  stood = presented();
}

async function decide(button, method) {
  const wanted = switches().map((box) => [
    box,
    method === "choose" ? box.checked : method === "accept_all",
  ]);
  const asked = wanted.filter(([box, on]) => box.dataset.basis === "consent" || (on && objectedTo.includes(box)));
  const objected = wanted.filter(([box, on]) => box.dataset.basis !== "consent" && !on);
  const seen = { language, page: location.origin + location.pathname, shown: stood };
  const body = {
    consent_id: consentId(),
    policy_version: version,
    notice_id: "cookie_banner",
    choices: Object.fromEntries(asked.map(([box, on]) => [box.name, on])),
    method,
    ...seen,
  };
  // The signal is shown above the switches, so that one switched on by hand was meant.
  const meant = method === "choose" && asked.some(([box, on]) => on && "gpcTurnsOff" in box.dataset);
  if (meant && !$("[data-gpc]").hidden) body.gpc_override = true;
  await busy(button, async () => {
    let answer = await call("POST", "v1/consents", { body });
    if (answer.status === 404) {
      // The name was one of another company's pages, or is gone: begin anew.
      forget();
      answer = await call("POST", "v1/consents", { body: { ...body, consent_id: undefined } });
    }
    if (!answer.ok) return trouble(answer.reason, () => decide(button, method));
    remember(answer.body.consent_id);
    if (objected.length) {
      const purposes = objected.map(([box]) => box.name);
      const path = `v1/consents/${answer.body.consent_id}/objection`;
      answer = await call("POST", path, { body: { purposes, ...seen } });
      if (!answer.ok) return trouble(answer.reason, () => decide(button, method));
    }
    saved(answer.body, wanted);
    await history(answer.body.consent_id);
  });
}

function saved(state, wanted) {
  shown(state);
  const part = $("[data-saved]");
  part.hidden = false;
  const words = t("It holds at once, until {day}. You can change it here at any time.", { day: day(state.expires_at) });
  // Of two who have a say about this browser, a no of the other one counts.
  const off = objectedTo.filter((box) => wanted.some(([each, on]) => on && each === box)).map(nameOf);
  const other = off.length && t("Still off, because you objected to it in your preferences: {purposes}.", { purposes: joined(off) });
  $("[data-saved-words]").textContent = [words, other].filter(Boolean).join(" ");
  say(t("Your choice is kept"));
  $("h2", part).focus();
  part.scrollIntoView({ block: "center" });
}

async function history(id) {
  const answer = await call("GET", `v1/consents/${id}/history`);
  if (!answer.ok) return;
  const { events } = answer.body;
  const items = events.map((event, index) =>
    el(
      "li",
      {},
      el("p", {}, told(event, events[index - 1])),
      el("time", { datetime: event.decided_at }, moment(event.decided_at)),
    ),
  );
  $("[data-events]").replaceChildren(...items.slice(-MOST_SHOWN).reverse());
  $("[data-history]").hidden = false;
}

function told({ kind, choices, objections }, before) {
  const allowed = (name) => choices[name] || (before?.objections?.[name] && !objections?.[name]);
  const on = switches().filter((box) => allowed(box.name)).map(nameOf);
  if (kind === "withdrawal") return t("You took permissions back.");
  if (kind === "objection") return t("You objected.");
  return on.length ? t("You switched on: {purposes}.", { purposes: joined(on) }) : t("You said no to everything optional.");
}

async function receipt(button) {
  await busy(button, async () => {
    const answer = await call("GET", `v1/consents/${consentId()}/receipt`);
    if (answer.ok) keep("privacy-receipt.json", `${JSON.stringify(answer.body, null, 1)}\n`);
    else trouble(answer.reason, () => receipt(button));
  });
}
