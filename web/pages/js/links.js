/*
 * Mailed links and this browser's own name. What stands in the fragment is taken out of the address
 * bar before anything else, is posted only after a press, and survives a reload until it was used.
 */
import { $ } from "./page.js";
import { browser, tab } from "./store.js";

const CHOICES = "privacy_choices";
const CONSENT_ID = /^c_[a-z2-7]{20,64}$/;
const place = `token:${location.pathname}`;

const fragment = new URLSearchParams(location.hash.slice(1));
const mailed = fragment.get("token");
const named = fragment.get("consent_id");
if (mailed || named) history.replaceState(history.state, "", location.pathname + location.search);
if (mailed) tab.set(place, mailed);
if (named && CONSENT_ID.test(named)) remember(named);

/** Give the token that this page was opened with, or null. */
export const token = () => tab.get(place);

/** Forget the token: it was used, or will never work. */
export const used = () => tab.remove(place);

/** Give the name under which this browser's choices are kept, or undefined. */
export function consentId() {
  const { id } = kept();
  return CONSENT_ID.test(id) ? id : undefined;
}

/** Remember this browser's name for its choices, as privacy.js does on websites. */
export function remember(id) {
  browser.set(CHOICES, JSON.stringify({ ...kept(), id }));
}

/** Forget it: the API does not know it. */
export const forget = () => browser.remove(CHOICES);

/** Offer to count this browser as the reader's; give its name if they let it be. */
export function offerBrowser() {
  const box = $("[data-browser]");
  box.hidden = !consentId();
  return () => (!box.hidden && $("input", box).checked ? consentId() : undefined);
}

/** Open a mailed link in the tab that already shows this page. */
addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("token")) location.reload();
});

function kept() {
  try {
    return Object(JSON.parse(browser.get(CHOICES)));
  } catch {
    return {};
  }
}
