/* What a mailed link confirms: shown first, confirmed by a press, never by opening the page. */
import { call } from "./api.js";
import { offerBrowser, token, used } from "./links.js";
import { $, $$, busy, day, facts, show, t, trouble } from "./page.js";

const root = $("[data-confirmation]");
const resource = root.dataset.confirmation;
const browserId = offerBrowser();
const gpc = $("[data-gpc]");
const override = $("input", gpc);

$("[data-preview]").addEventListener("click", preview);
$("[data-confirm]").addEventListener("click", confirm);
show(token() ? "ask" : "missing", { focus: false });

async function preview() {
  await busy($("[data-preview]"), async () => {
    const answer = await call("POST", "v1/confirmations/preview", { body: { token: token() } });
    if (!answer.ok) return refuse(answer, preview);
    const shown = answer.body;
    facts($("[data-facts]"), [
      [t("Name"), shown.name],
      [t("E-mail address"), shown.email],
      [t("Organisation"), shown.organisation],
      [t("Sent on"), shown.received_at && day(shown.received_at)],
      [t("You allow"), (shown.grants || []).map((item) => item.title || item).join("\n")],
    ]);
    signalled(shown.gpc.turned_off);
    if (resource === "newsletter" && shown.notice !== "newsletter_form") allowing();
    show("preview");
  });
}

/** Say what the press does where it was not the newsletter's form that asked, but a box or a call. */
function allowing() {
  $("[data-confirm]").textContent = t("Yes, I allow this");
  $("[data-unpressed]").textContent = t("Was it not you? Then close this page. Without your press we do none of it.");
  $("[data-done]").textContent = t("It is confirmed");
  $("[data-after]").textContent = t("You can take it back at any time on your preferences.");
}

/** Show what the browser's signal keeps off, and let the reader decide otherwise. */
function signalled(off) {
  gpc.hidden = !off.length;
  for (const item of $$("[data-turned-off]", gpc)) item.hidden = !off.includes(item.dataset.turnedOff);
}

async function confirm() {
  await busy($("[data-confirm]"), async () => {
    const body = { token: token(), consent_id: browserId() };
    if (!gpc.hidden && override.checked) body.gpc_override = true;
    const answer = await call("POST", `v1/${resource}/confirmation`, { body });
    if (!answer.ok) return refuse(answer, confirm);
    used();
    show("done");
  });
}

function refuse(answer, again) {
  if (answer.status === 409) {
    used();
    $('[data-state="void"] [data-reason]').textContent = t(
      "After it was sent, you said no, or the words changed. What you said last counts. If you still want it, start again.",
    );
    show("void");
  } else if ([401, 404, 410, 422].includes(answer.status)) {
    used();
    show("expired");
  } else trouble(answer.reason, again);
}
