/*
 * What every page's script needs: the words in the reader's language, elements made of text only,
 * one part of the page shown at a time, and a line that screen readers speak.
 */
export const data = JSON.parse(document.getElementById("data").textContent);

export const language = data.language;
export const version = data.version;
export const api = new URL(data.api, location.href);

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

/** Say a message in the reader's language, with {names} filled in. */
export function t(message, values = {}) {
  return (data.words[message] || message).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

for (const button of $$("[data-print]")) button.addEventListener("click", () => printed(button));

/** Print the page; of the part that the button stands in, also what is folded in. */
function printed(button) {
  const part = button.closest("details");
  for (const folded of part ? $$("details", part) : []) folded.open = true;
  print();
}

/** Make an element. Children are elements or text; nothing is ever read as markup. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (typeof value === "boolean") made.toggleAttribute(key, value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Show one of the page's states and bring the reader to its heading. */
export function show(state, { focus = true } = {}) {
  for (const part of $$("[data-state]")) part.hidden = part.dataset.state !== state;
  for (const part of $$("[data-waiting]")) part.hidden = true;
  const heading = $(`[data-state="${state}"] :is(h1, h2)[tabindex]`);
  if (focus && heading) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

/** Say something to who cannot see that it happened. */
export function say(text) {
  const line = $("#said");
  line.textContent = "";
  setTimeout(() => (line.textContent = text), 50);
}

/** Show what went wrong and how to go on: `again` does what was to be done. */
export function trouble(reason, again) {
  const part = $('[data-state="trouble"]');
  $("[data-reason]", part).textContent = reason;
  part.hidden = false;
  $("[data-again]", part).onclick = () => {
    part.hidden = true;
    again();
  };
  for (const other of $$("[data-waiting]")) other.hidden = true;
  $("h2", part).focus();
}

/** Let a button's work run once at a time, and show that it does. */
export async function busy(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  $$('[data-state="trouble"]').forEach((part) => (part.hidden = true));
  button.setAttribute("aria-disabled", "true");
  const slow = setTimeout(() => {
    button.classList.add("busy");
    say(t("Just a moment …"));
  }, 400);
  try {
    await work();
  } finally {
    clearTimeout(slow);
    button.classList.remove("busy");
    button.removeAttribute("aria-disabled");
  }
}

/** Write a date, or a moment's date, in words. */
export function day(text) {
  const dated = text.length === 10 ? { timeZone: "UTC" } : {};
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", ...dated }).format(new Date(text));
}

/** Write a moment in words, in the reader's own time. */
export function moment(text) {
  const shape = { dateStyle: "long", timeStyle: "short" };
  return new Intl.DateTimeFormat(locale, shape).format(new Date(text));
}

/** Write a moment as shortly as a table needs it. */
export function short(text) {
  const shape = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(locale, shape).format(new Date(text));
}

// Plain "en" would write dates in the American way.
const locale = language === "en" ? "en-GB" : language;

/** Make a list of facts: pairs of a name and a text. */
export function facts(list, pairs) {
  list.replaceChildren(
    ...pairs
      .filter(([, value]) => value)
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))),
  );
}

/** Hand a text, or the parts of one, over as a file. */
export function keep(name, text, type = "application/json") {
  const url = URL.createObjectURL(new Blob([].concat(text), { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Give an address of these pages that keeps the language that the reader chose. */
export function link(path) {
  const address = new URL(path, api);
  const chosen = new URLSearchParams(location.search).get("lang");
  if (chosen) address.searchParams.set("lang", chosen);
  return address.href;
}
