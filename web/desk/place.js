/* Where in the console somebody is: the address says it, so that every view can be linked to. */
import { api } from "./page.js";

export const ROOT = new URL("desk/", api);

/**
 * Give the place that the address names: a view, perhaps one of its things, and a query.
 * @returns {{view: string, item: string, query: URLSearchParams}} The place.
 */
export function place() {
  const [view, item] = location.pathname.slice(ROOT.pathname.length).split("/");
  return {
    view: view || "today",
    item: item ? decodeURIComponent(item) : "",
    query: new URLSearchParams(location.search),
  };
}

/**
 * Give the address of a view, of a thing in it, with a query; empty values stay out.
 * @param {string} view The view.
 * @param {string} [item] The thing in it.
 * @param {Record<string, string>} [query] The query.
 * @returns {string} The address.
 */
export function address(view, item = "", query = {}) {
  const made = new URL(item ? `${view}/${encodeURIComponent(item)}` : view, ROOT);
  for (const [name, value] of Object.entries(query)) if (value) made.searchParams.set(name, value);
  const chosen = new URLSearchParams(location.search).get("lang");
  if (chosen) made.searchParams.set("lang", chosen);
  return made.href;
}

/**
 * Go to an address of the console without loading the page anew.
 * @param {string} href Where to.
 * @param {{replace?: boolean}} [options] Whether the place that is left is forgotten.
 * @returns {void}
 */
export function go(href, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

/**
 * Let links within the console go by `go`, unless the reader wants a tab of its own.
 * @returns {void}
 */
export function follow() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey) return;
    if (event.shiftKey || link.target || !link.href.startsWith(ROOT.href) || link.hash) return;
    event.preventDefault();
    go(link.href);
  });
}
