/* What the published policy says: versions and what changed, sources, recipients, periods. */
import { policyNow } from "./ask.js";
import { el, link, t } from "./page.js";
import { head, section, table } from "./parts.js";
import { term } from "./terms.js";

const PARTS = [
  ["recipients", () => t("Recipients")],
  ["sources", () => t("Sources")],
  ["retention", () => t("Periods of keeping")],
  ["purposes", () => t("Purposes")],
];
const WORDS = new Set(["sha256", "text", "html"]);

/** Make the page of the policy. */
export async function policyPage() {
  const policy = await policyNow();
  const known = PARTS.filter(([name]) => policy[name]?.length);
  return [
    head(t("Policy"), { lead: t("Version {version}. It is data: what stands here is what the system does.", { version: policy.version }) }),
    el("p", {}, el("a", { href: link("notice/changes") }, t("What changed from version to version"))),
    ...known.map(([name, title]) => section(title(), listed(policy[name], title()))),
  ];
}

/** Show things of one kind; a column for each plain member that any of them has. */
function listed(things, title) {
  const names = [...new Set(things.flatMap((thing) => Object.keys(thing)))].filter((name) => !WORDS.has(name) && things.some((thing) => thing[name] !== null && typeof thing[name] !== "object"));
  return el("div", {}, table(names.slice(0, 6).map((name) => [term(name), (thing) => thing[name]]), things, title));
}
