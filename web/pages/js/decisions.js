/* What somebody decided before: when, how and in which words, a page at a time. */
import { $, busy, el, language, moment, t, trouble } from "./page.js";
import { joined } from "./purposes.js";
import { own } from "./session.js";
import { written } from "./words.js";

const part = $("[data-decisions]");
const list = $("[data-decided]");
const more = $("[data-more]");
const texts = new Map();
let next = null;

/** Let it be read when it is opened, and again from the newest after a change; `over` as ever. */
export function begin(over) {
  async function read(cursor) {
    const from = cursor ? `&cursor=${cursor}` : "";
    const answer = await own("GET", `v1/preferences/history?limit=20${from}`);
    if (answer === null) return over();
    if (!answer.ok) return trouble(answer.reason, () => read(cursor));
    for (const words of answer.body.words) texts.set(words.sha256, words);
    const items = answer.body.items.map(entry);
    if (cursor) list.append(...items);
    else list.replaceChildren(...items);
    next = answer.body.next;
    more.hidden = !next;
    if (cursor) items[0]?.querySelector("summary").focus();
  }

  part.addEventListener("toggle", () => part.open && read());
  more.addEventListener("click", () => busy(more, () => read(next)));
  return () => part.open && read();
}

function entry(event) {
  const words = texts.get(event.sha256);
  return el(
    "li",
    {},
    ...said(event).map((text) => el("p", {}, text)),
    el("p", { class: "small soft" }, el("time", { datetime: event.at }, moment(event.at)), ` · ${how(event)}`),
    words &&
      el(
        "details",
        {},
        el("summary", {}, t("The words of then"), el("time", { class: "unseen" }, ` ${moment(event.at)}`)),
        el(
          "div",
          { class: "inside words", lang: words.language, "data-own": "" },
          el("p", {}, el("strong", {}, words.title)),
          ...written(words.text),
          el("p", { class: "small soft", lang: language }, t("Version {version} of the notice.", { version: event.policy_version })),
        ),
      ),
  );
}

/** Say what a decision decided, a sentence each. */
function said({ kind, granted, refused, objected }) {
  const withdrawn = kind === "withdrawal";
  const found = [
    [granted, (purposes) => t("You switched on: {purposes}.", { purposes })],
    [withdrawn ? refused : {}, (purposes) => t("You took back: {purposes}.", { purposes })],
    [withdrawn ? {} : refused, (purposes) => t("You said no to: {purposes}.", { purposes })],
    [objected, (purposes) => t("You objected to: {purposes}.", { purposes })],
  ]
    .map(([titles, words]) => [Object.values(titles), words])
    .filter(([titles]) => titles.length)
    .map(([titles, words]) => words(joined(titles)));
  if (found.length) return found;
  if (kind === "link") return [t("A browser was counted as yours.")];
  if (kind === "restriction") return [t("The use of your data was restricted, or let go again.")];
  return [t("That changed nothing.")];
}

/** Say in which way it was decided. */
function how({ by, method, unverified }) {
  if (unverified) return t("by a form that anybody can fill in for you");
  const ways = {
    form: t("by a form"),
    preference_centre: t("on this page"),
    one_click: t("by the link in a mail"),
    staff: t("entered by our staff, as you told us"),
    gpc: t("by your browser's Global Privacy Control signal"),
  };
  return ways[method] || (by === "browser" ? t("in one of your browsers") : t("by you"));
}
