/**
 * Holding back: scripts, frames and images run and load only for purposes that are allowed.
 *
 * `<script type="text/plain" data-purpose="analytics" data-src="…">`, with code inside in place of
 * `data-src` too, and `<iframe data-purpose="advertising" data-src="…">`. Several purposes, apart by
 * spaces, must all be allowed.
 */
const HELD = '[data-purpose]:is(script[type="text/plain"],[data-src]:not(script))';

/** Purposes whose scripts ran on this page: a script cannot be taken back but by a new page. */
export const ran = new Set();

const purposes = (element) => element.dataset.purpose.split(/\s+/).filter(Boolean);

let releasing = Promise.resolve();

/**
 * Release what `allowed(purpose)` allows, in the page's order, and take back frames that it no
 * longer allows; `placeholder(frame, purposes)` makes what stands in a frame's place.
 */
export function gate(allowed, placeholder) {
  const open = (element) => purposes(element).every(allowed);
  for (const element of document.querySelectorAll(HELD)) {
    if (element.localName === "script") {
      // One after the other, as the parser would have run them.
      releasing = releasing.then(() => element.isConnected && open(element) && run(element));
    } else if (open(element)) {
      show(element);
    } else {
      hide(element, placeholder);
    }
  }
}

function run(held) {
  const script = document.createElement("script");
  for (const { name, value } of held.attributes) {
    if (!/^(type|data-src|data-type)$/.test(name)) script.setAttribute(name, value);
  }
  script.type = held.dataset.type || "";
  script.nonce = held.nonce;
  purposes(held).forEach((purpose) => ran.add(purpose));
  const source = held.dataset.src;
  if (!source) script.text = held.text;
  else script.src = source;
  held.replaceWith(script);
  if (source && !held.hasAttribute("async")) {
    return new Promise((done) => (script.onload = script.onerror = done));
  }
}

function show(element) {
  const { src } = element.dataset;
  if (element.getAttribute("src") === src) return;
  element.src = src;
  element.hidden = false;
  element.placeholder?.remove();
}

function hide(element, placeholder) {
  if (element.hasAttribute("src")) {
    // A frame goes on running until it leaves the page.
    const empty = element.cloneNode();
    empty.removeAttribute("src");
    element.replaceWith(empty);
    element = empty;
  }
  if (element.localName !== "iframe" || element.placeholder?.isConnected) return;
  element.hidden = true;
  element.placeholder = placeholder(element, purposes(element));
  element.before(element.placeholder);
}

/** Call `act` whenever something held back enters the page later. */
export function watch(act) {
  new MutationObserver((changes) => {
    const entered = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    if (entered.some((node) => node.matches?.(HELD) || node.querySelector?.(HELD))) act();
  }).observe(document, { childList: true, subtree: true });
}

/**
 * Delete this site's cookies and stored entries by the names of the policy's inventory, in which
 * `*` stands for any text. Another site's cookies are out of a page's reach.
 */
export function sweep(names) {
  const ours = (name) =>
    names.some((pattern) => {
      const [start, end] = pattern.split("*");
      return end === undefined ? name === start : name.startsWith(start) && name.endsWith(end);
    });
  const labels = location.hostname.split(".");
  const domains = ["", ...labels.map((_, place) => `;domain=${labels.slice(place).join(".")}`)];
  const folders = location.pathname.split("/");
  const paths = ["/", ...folders.map((_, place) => folders.slice(0, place + 1).join("/"))];
  for (const name of document.cookie.split("; ").map((cookie) => cookie.split("=")[0])) {
    if (!ours(name)) continue;
    for (const domain of domains) {
      for (const path of paths) document.cookie = `${name}=;max-age=0;path=${path}${domain}`;
    }
  }
  for (const storage of ["localStorage", "sessionStorage"]) {
    try {
      Object.keys(window[storage])
        .filter(ours)
        .forEach((name) => window[storage].removeItem(name));
    } catch {}
  }
}
