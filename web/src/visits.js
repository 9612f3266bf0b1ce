/**
 * Page visits for the company's own log, only while analytics is allowed: which page, when, how long
 * in the foreground, what was engaged with.
 */
import { random } from "./store.js";

const VISIT = "visit_id";
// A visit ends half an hour after its last page.
const IDLE = 1_800_000;

/** Return `visit()`: `post(part)` sends what it makes, `now()` is the API's time in milliseconds. */
export function visits(post, now) {
  let page, since;

  function leave() {
    if (!page) return;
    page.engaged_ms += since ? Math.round(performance.now() - since) : 0;
    since = 0;
    const { url, engaged_ms, content, at } = page;
    const visit = current(url);
    post({
      visit_id: visit.id,
      device_type: device(),
      entry: visit.entry,
      pages: [{ url, at, engaged_ms, content }],
    });
    page = undefined;
  }

  function current(url) {
    let visit;
    try {
      visit = JSON.parse(sessionStorage.getItem(VISIT));
    } catch {}
    if (!visit || !(now() - visit.at < IDLE)) visit = { id: random(), entry: url };
    visit.at = now();
    try {
      sessionStorage.setItem(VISIT, JSON.stringify(visit));
    } catch {}
    return visit;
  }

  function begin(content) {
    page = {
      url: location.href.split("#")[0],
      at: new Date(now()).toISOString(),
      engaged_ms: 0,
      content,
    };
    since = document.hidden ? 0 : performance.now();
  }

  let content;
  let watching = false;
  document.addEventListener("visibilitychange", () => {
    if (!watching) return;
    if (document.hidden) leave();
    else begin(content);
  });

  return (about) => {
    leave();
    content = about?.content;
    watching = true;
    begin(content);
  };
}

function device() {
  const { userAgent } = navigator;
  if (/iPad|Tablet|Android(?!.*Mobile)/.test(userAgent)) return "tablet";
  return /Mobi/.test(userAgent) ? "mobile" : "desktop";
}
