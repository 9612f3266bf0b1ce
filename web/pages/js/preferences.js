/* A person's preferences behind a mailed link: every purpose with its switch, which counts at once. */
import { call } from "./api.js";
import { clear, complain, missing, values } from "./fields.js";
import { offerBrowser, token, used } from "./links.js";
import { $, busy, day, el, facts, language, link, say, show, t, trouble } from "./page.js";
import { named, nameOf, presented, switches } from "./purposes.js";
import { remember } from "./remembered_looks.js";
import * as account from "./own_account.js";
import * as decisions from "./decisions.js";
import { begin, leave, own, session } from "./session.js";

const ask = $("[data-link]");
const display = $("[data-display]");
const browserId = offerBrowser();
const signalled = navigator.globalPrivacyControl === true;

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  sendLink();
});
$("[data-restart]").addEventListener("click", () => stateWithForm("ask"));
$("[data-open]").addEventListener("click", open);
$("[data-stop]").addEventListener("click", stopEverything);
$("[data-leave]").addEventListener("click", () => leave(link("")));
for (const box of switches()) box.addEventListener("change", () => change(box));
display.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = $("[type=submit]", display);
  busy(button, () => patch({ display: values(display) }, t("That is how it will look.")));
});

account.begin(shown, () => stateWithForm("over"));
const decidedAnew = decisions.begin(() => stateWithForm("over"));

if (token()) show("open", { focus: false });
else if (session()) read();
else stateWithForm("ask", { focus: false });

/** Show a state that has the form for a link in it; there is one form, and it moves. */
function stateWithForm(state, options) {
  $(`[data-state="${state}"] [data-link-here]`).append(ask);
  show(state, options);
}

async function sendLink() {
  clear(ask);
  const wrong = missing(ask);
  if (wrong.length) return complain(ask, wrong);
  await busy($("[type=submit]", ask), async () => {
    const answer = await call("POST", "v1/preferences/link", { body: { ...values(ask), language } });
    if (answer.ok) show("sent");
    else if (answer.status === 422) complain(ask, [["email", t("Please check the address.")]]);
    else trouble(answer.reason, sendLink);
  });
}

async function open() {
  await busy($("[data-open]"), async () => {
    const body = { token: token(), consent_id: browserId() };
    const answer = await call("POST", "v1/preferences/session", { body });
    if (answer.ok) {
      used();
      begin(answer.body.session);
      await read();
    } else if ([401, 404, 409, 410, 422].includes(answer.status)) {
      used();
      stateWithForm("expired");
    } else trouble(answer.reason, open);
  });
}

async function read() {
  const answer = await own("GET", "v1/preferences");
  if (answer === null) return stateWithForm("over");
  if (!answer.ok) return trouble(answer.reason, read);
  shown(answer.body);
  show("centre");
}

function shown(preferences) {
  for (const box of switches()) {
    const choice = preferences.choices[box.name];
    if (!choice) continue;
    box.checked = choice.allowed;
    box.disabled = !choice.changeable;
    $(`[data-stands="${box.name}"]`).textContent = stands(choice);
  }
  const off = preferences.gpc.turned_off;
  $("[data-gpc]").hidden = !(signalled || preferences.gpc.signal);
  $("[data-gpc-off]").textContent = off.length
    ? t("So this is off: {purposes}. If you want it all the same, switch it on below.", {
        purposes: named(off),
      })
    : "";
  const { browsers } = preferences;
  $("[data-browsers]").textContent =
    browsers === 0
      ? t("No browser is counted as yours yet, so these choices hold for none.")
      : browsers === 1
        ? t("One browser is counted as yours. What you decide here holds in it.")
        : t("{count} browsers are counted as yours. What you decide here holds in all of them.", {
            count: browsers,
          });
  subscribed(preferences.subscriptions);
  account.shown(preferences.account);
  decidedAnew();
  $("[data-kept]").hidden = !preferences.kept.length;
  $("[data-more-kept]").hidden = !preferences.more_kept;
  facts(
    $("[data-held]"),
    preferences.kept.map(({ title, count, deleted_on: on }) => [
      el("span", { lang: $(".purpose h3").lang, "data-own": "" }, title),
      on ? t("{count}, deleted by {day}", { count, day: day(on) }) : String(count),
    ]),
  );
  for (const [name, value] of Object.entries(preferences.display)) {
    if (display.elements[name]) display.elements[name].value = value;
  }
  remember(preferences.display, (purpose) => preferences.choices[purpose]?.allowed);
}

/** Show what is subscribed to, each with what ends it. */
function subscribed(subscriptions) {
  $("[data-subscriptions]").hidden = !subscriptions.length;
  $("[data-subscribed]").replaceChildren(...subscriptions.map(subscription));
}

function subscription({ title, purpose, since, allowed, deleted_on: on }) {
  const own = { lang: $(".purpose h3").lang, "data-own": "" };
  const name = el("span", own, title);
  const until = on ? t("It is deleted by {day}.", { day: day(on) }) : "";
  const words = allowed
    ? t("Since {day}.", { day: day(since) })
    : t("Stopped. It is deleted within a day.");
  const stop = el("button", { type: "button", class: "button plain" }, t("Stop it"), el("span", { ...own, class: "unseen" }, ` ${title}`));
  stop.addEventListener("click", () =>
    busy(stop, () => patch({ choices: { [purpose]: false } }, t("Stopped: {what}.", { what: title }))),
  );
  const off = purpose ? stop : el("a", { href: "#account" }, t("Change or close it"));
  return el(
    "li",
    { class: "purpose" },
    el("h3", {}, name),
    allowed ? off : el("span", { class: "tag" }, t("Off")),
    el("p", { class: "small soft" }, words, " ", allowed ? until : ""),
  );
}

/** Say in a sentence how a purpose stands and since when. */
function stands({ reason, since, until, allowed }) {
  const when = since ? day(since) : "";
  const last = until ? day(until) : "";
  if (allowed && last) return t("You allowed it on {when}; we ask again by {last}.", { when, last });
  if (allowed && when) return t("You allowed it on {when}.", { when });
  if (allowed) return t("On, because it needs no permission. You can object by switching it off.");
  const why = {
    never_asked: t("Off: you never allowed it."),
    withdrawn: t("Off since {when}: you said no.", { when }),
    objected: t("Off since {when}: you objected.", { when }),
    suppressed: t("Off since {when}: you objected.", { when }),
    restricted: t("Off since {when}: the use of your data is restricted.", { when }),
    expired: t("Off: your permission is too old to count."),
    policy_changed: t("Off: the words changed after you allowed it."),
    gpc: t("Off: your browser sends the Global Privacy Control signal."),
  };
  return why[reason] || t("Off.");
}

async function change(box) {
  const wanted = box.checked;
  const body = { choices: { [box.name]: wanted }, shown: presented((each) => each.checked !== (each === box)) };
  // The signal is shown above the switches, so that one switched on by hand was meant.
  if (wanted && "gpcTurnsOff" in box.dataset && !$("[data-gpc]").hidden) body.gpc_override = true;
  const purpose = nameOf(box);
  const words = wanted ? t("Switched on: {purpose}.", { purpose }) : t("Switched off: {purpose}.", { purpose });
  await busy(box, async () => {
    const kept = await patch(body, words, { quietly: true, unless: () => wanted && !box.checked && elsewhere(purpose) });
    if (!kept) box.checked = !wanted;
  });
}

/** Say why something that needs no permission is still off: each browser has a say about it. */
function elsewhere(purpose) {
  return t("Still off, until it is switched on in the browser where it was switched off: {purpose}.", { purpose });
}

async function stopEverything() {
  const names = switches().filter((box) => !box.disabled).map((box) => box.name);
  const body = { choices: Object.fromEntries(names.map((name) => [name, false])), shown: presented() };
  await busy($("[data-stop]"), () => patch(body, t("Everything that can be switched off is off.")));
}

/** Change preferences in one go, show what holds then, and say so; `unless` gives other words where it is not so. */
async function patch(body, words, { quietly = false, unless = () => "" } = {}) {
  const shownWords = { language, page: location.origin + location.pathname };
  const answer = await own("PATCH", "v1/preferences", { body: { ...body, ...shownWords } });
  if (answer === null) {
    stateWithForm("over");
    return false;
  }
  if (!answer.ok) {
    trouble(answer.reason, () => patch(body, words, { quietly, unless }));
    return false;
  }
  shown(answer.body);
  const otherwise = unless();
  say(otherwise || words);
  const part = $("[data-saved]");
  part.hidden = quietly && !otherwise;
  $("[data-saved-words]").textContent = otherwise || words;
  if (!part.hidden) $("h2", part).focus();
  return true;
}
