/*
 * Looking at what others wrote in a copy before it goes out: withheld with a ground, seen as it
 * would go out, released. The copy that goes out is made anew without what is withheld.
 */
import { ask, every, operation } from "./ask.js";
import { download, form } from "./forms.js";
import { day, el, say, t } from "./page.js";
import { head, section, trouble } from "./parts.js";
import { address, go } from "./place.js";
import { term } from "./terms.js";

/** Give the forms of a copy. */
const FORMATS = () => [["html", t("As a page")], ["json", t("As data (JSON)")], ["csv", t("As tables (CSV)")]];

/**
 * Make the page of a copy that waits for review.
 * @param {{item: string, again: () => void}} where Which request, and how to make the page anew.
 * @returns {Promise<Node[]>} The page’s parts.
 */
export async function reviewPage({ item, again }) {
  const path = `v1/desk/requests/${encodeURIComponent(item)}`;
  const first = await ask("GET", `${path}/copy?limit=100`);
  const back = [address("requests", item), t("Request")];
  const title = head(t("Review before release"), { back, lead: t("What others wrote, and notes of ours. Choose a ground for what is withheld; what has none goes out.") });
  if (!first.ok) return [title, trouble(first, again)];
  const copy = first.body;
  const passages = copy.next ? (await every(`${path}/copy?limit=100`, 5000)).items : copy.items;
  const many = passages.length === 1 ? t("One passage") : t("{count} passages", { count: passages.length });
  const send = async (body) => groundless(body) || decide(path, { redactions: redactions(body, passages) }, again);
  const parts = [title];
  if (!copy.current) parts.push(waits(again));
  if (!operation("review_copy")) return [...parts, section(many, ...passages.map(seen)), ...(copy.current ? [section(t("As it would go out"), ...preview(path))] : [])];
  parts.push(section(many, form("review", fields(copy, passages), { press: t("Keep these decisions"), send })));
  if (copy.current) parts.push(section(t("As it would go out"), ...preview(path)), section(t("Release"), release(path, item, copy)));
  return parts;
}

/** Say where a passage comes from. */
const from = ({ title, system, at, record_class: kind }) => [title || (kind && term(kind, "class")), system, at && day(at)].filter(Boolean).join(", ");

/** Show a passage to who looks and does not decide. */
function seen(passage) {
  return el("div", {}, el("p", { class: "row-title" }, from(passage)), el("blockquote", { class: "quote", "data-own": "" }, passage.shown_as));
}

/** For each passage its words, a ground and, if only some of it is withheld, which words. */
function fields(copy, passages) {
  const grounds = Object.entries(copy.grounds);
  const kept = (passage) => copy.redactions.filter((each) => each.passage === passage);
  const everywhere = kept(null);
  const made = passages.flatMap((passage, at) => {
    const own = kept(passage.passage);
    const shown = passage.shown_as === passage.text ? "" : `\n${t("The person reads: {words}", { words: passage.shown_as })}`;
    return [
      { name: `p${at}.ground`, kind: "choice", options: grounds, label: from(passage), quote: `${passage.text}${shown}`, value: own[0]?.ground, empty: t("Goes out as it is") },
      { name: `p${at}.words`, kind: "list", label: t("Only these words of it, one a line"), value: own.map((each) => each.words).filter(Boolean) },
    ];
  });
  return [
    ...made,
    { name: "all.words", kind: "list", label: t("Words to be withheld wherever they stand, one a line"), hint: t("A name, for example."), value: everywhere.map((each) => each.words) },
    { name: "all.ground", kind: "choice", options: grounds, label: t("Ground for these words"), value: everywhere[0]?.ground },
  ];
}

/** Write what is withheld as the API takes it. */
function redactions(body, passages) {
  const made = passages.flatMap(({ passage }, at) => {
    const { ground, words = [] } = body[`p${at}`] || {};
    if (!ground) return [];
    return words.length ? words.map((each) => ({ passage, words: each, ground })) : [{ passage, ground }];
  });
  const { words = [], ground } = body.all || {};
  return [...made, ...words.map((each) => ({ words: each, ground }))];
}

/** Refuse words that are to be withheld without a ground: else they would go out unnoticed. */
function groundless(body) {
  const errors = Object.entries(body)
    .filter(([, { words = [], ground }]) => words.length && !ground)
    .map(([name]) => ({ pointer: `/${name}/ground`, detail: t("why these words are withheld") }));
  return errors.length ? { ok: false, status: 422, body: { errors } } : null;
}

/** Keep what was decided, and show the page anew. */
async function decide(path, body, again) {
  const answer = await ask("POST", `${path}/review`, { body });
  if (answer.ok) {
    say(t("Done."));
    again();
  }
  return answer;
}

/** Say that the copy is being made anew. */
const waits = (again) =>
  el("div", { class: "note" }, el("p", {}, t("The copy is being made anew without what is withheld.")), el("div", { class: "actions" }, el("button", { type: "button", class: "button plain", click: again }, t("Look again"))));

/** Offer each form of the copy as it would go out. */
function preview(path) {
  const open = (format) => async () => {
    const answer = await ask("GET", `${path}/copy/file?format=${format}`);
    if (answer.ok) download(answer.body.url);
    else say(answer.reason);
  };
  return [el("div", { class: "actions" }, ...FORMATS().map(([format, words]) => el("button", { type: "button", class: "button plain", click: open(format) }, words)))];
}

/** Offer the release, with how much is withheld. */
function release(path, item, copy) {
  const send = async () => {
    const answer = await ask("POST", `${path}/review`, { body: { release: true, version: copy.version } });
    if (answer.ok) go(address("requests", item));
    return answer;
  };
  const count = copy.redactions.length;
  const many = count === 1 ? t("One thing is withheld.") : count ? t("{count} things are withheld.", { count }) : t("Nothing is withheld.");
  const words = `${many} ${count ? t("The copy says how many, and why.") : ""} ${t("The person gets a mail.")}`;
  return el("div", {}, el("p", {}, words), form("release", [], { press: t("Release the copy"), send }));
}
