/* How a reader set pages to look, kept in this browser by the cookies that the policy lists (S33). */
import { api, data } from "./page.js";

/** Keep settings of which `allowed` says that their purpose is, forget the others, and show the page so. */
export function remember(settings, allowed) {
  for (const { name, purpose, seconds } of data.looks) {
    if (!allowed(purpose)) write(name, "", 0);
    else if (settings[name]) write(name, settings[name], seconds);
  }
  dispatchEvent(new Event("appearance"));
}

function write(name, value, seconds) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Max-Age=${seconds}; Path=${api.pathname}; SameSite=Lax${secure}`;
}
