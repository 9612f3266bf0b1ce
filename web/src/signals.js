/**
 * What Google (consent mode v2), Microsoft Clarity (consentv2) and Microsoft Advertising (UET) are
 * told. Everything is denied before anything is known; what is granted later comes from the API's
 * `signals`, which the policy maps from its purposes.
 */
import { each } from "./store.js";

const denied = (...keys) => each(keys, "denied");
const DENIED = {
  google: denied(
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
  ),
  clarity: denied("ad_Storage", "analytics_Storage"),
  uet: denied("ad_storage"),
};

// gtag reads `arguments` objects, not arrays, from its queue; Clarity's own snippet makes the same stub.
function google() {
  if (window.gtag) window.gtag(...arguments);
  else (window.dataLayer ||= []).push(arguments);
}

function clarity() {
  window.clarity ||= function () {
    (window.clarity.q ||= []).push(arguments);
  };
  window.clarity(...arguments);
}

function uet(...words) {
  (window.uetq ||= []).push(...words);
}

let told;

/** Deny everything, before a tag of theirs runs; `wait_for_update` gives us half a second. */
export function denySignals() {
  google("consent", "default", { ...DENIED.google, wait_for_update: 500 });
  uet("consent", "default", DENIED.uet);
  clarity("consentv2", DENIED.clarity);
  told = JSON.stringify(DENIED);
}

/** Tell what holds now, if it is not what was told last; without `signals` everything is denied. */
export function tellSignals(signals) {
  const now = {
    google: { ...DENIED.google, ...signals?.google },
    clarity: { ...DENIED.clarity, ...signals?.clarity },
    uet: { ...DENIED.uet, ...signals?.uet },
  };
  if (told === (told = JSON.stringify(now))) return;
  google("consent", "update", now.google);
  uet("consent", "update", now.uet);
  clarity("consentv2", now.clarity);
}
