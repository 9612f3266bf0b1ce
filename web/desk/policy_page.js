/* What the published policy says: versions and what changed, sources, recipients, periods. */
import { policyNow } from "./ask.js";
import { el, link, t } from "./page.js";
import { head, section, table, tag } from "./parts.js";
import { term } from "./terms.js";
import { period } from "./values.js";

/**
 * Make the page of the policy.
 * @returns {Promise<Node[]>} The page's parts.
 */
export async function policyPage() {
  const policy = await policyNow();
  const known = parts().filter(([name]) => policy[name]?.length);
  return [
    head(t("Policy"), { lead: t("Version {version}. It is data: what stands here is what the system does.", { version: policy.version }) }),
    el("p", {}, el("a", { href: link("notice/changes") }, t("What changed from version to version"))),
    ...known.map(([name, title, columns]) => section(title, table(columns, policy[name], title))),
  ];
}

/** Give the policy's parts that staff ask about: name, title, columns. */
function parts() {
  const yes = (value) => tag("", value ? t("Yes") : t("No"));
  return [
    ["purposes", t("Purposes"), [
      [t("Use"), (row) => row.title],
      [t("Lawful basis"), (row) => term(row.lawful_basis)],
      [t("Decided by"), (row) => [term(row.subject, "subject"), row.browser_may_object && t("a browser may object")].filter(Boolean).join(", ")],
      [t("Lasts"), (row) => (row.lifetime_days ? period(`P${row.lifetime_days}D`) : null)],
      [t("Marketing"), (row) => yes(row.marketing)],
    ]],
    ["retention", t("Periods of keeping"), [
      [term("class"), (row) => row.title],
      [t("Period"), (row) => period(row.keep)],
      [t("Counted from"), (row) => term(row.starts, "starts")],
      [t("Why"), (row) => row.why],
    ]],
    ["recipients", t("Recipients"), [
      [t("Recipient"), (row) => row.name],
      [t("Role"), (row) => term(row.role)],
      [t("What"), (row) => row.receives],
      [t("Place"), (row) => row.location],
      [t("Safeguard"), (row) => row.safeguard],
    ]],
    ["sources", t("Sources"), [
      [t("Source"), (row) => row.title],
      [t("What"), (row) => (row.data || []).join(", ") || row.text],
    ]],
  ];
}
