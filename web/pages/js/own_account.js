/* A person's own account, on the page of their preferences: what it says, put right or closed. */
import { clear, complain, missing, refused } from "./fields.js";
import { $, busy, day, facts, say, t, trouble } from "./page.js";
import { own } from "./session.js";

const part = $("[data-account]");
const form = $("[data-account-form]");

/** Let it be changed and closed; `changed` shows what holds then, `over` that nobody is signed in. */
export function begin(changed, over) {
  async function act(button, method, path, body, words) {
    await busy(button, async () => {
      const answer = await own(method, path, { body });
      if (answer === null) return over();
      const named = answer.status === 422 ? refused(answer.body, form) : [];
      if (named.length) return complain(form, named);
      if (!answer.ok) return trouble(answer.reason, () => act(button, method, path, body, words));
      changed(answer.body);
      done(words);
    });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clear(form);
    const wrong = missing(form);
    if (wrong.length) return complain(form, wrong);
    const button = $("[type=submit]", form);
    act(button, "PATCH", "v1/preferences/account", said(), t("Your account says what you entered."));
  });
  $("[data-close-account]").addEventListener("click", (event) => {
    const words = t("Your account is closed. Its details are deleted within a day, and a mail tells you so.");
    act(event.currentTarget, "POST", "v1/preferences/account/closure", undefined, words);
  });
}

/** Show the account, or that there is none any more. */
export function shown(account) {
  part.hidden = !account;
  if (!account) return;
  facts($("[data-account-facts]"), [
    [t("Name"), account.name],
    [t("Organisation"), account.organisation],
    [t("Job title"), account.job_title],
    [t("Phone number"), account.phone],
    [t("About your organisation"), account.organisation_details],
    [t("Reference"), account.reference],
    [t("Since"), day(account.since)],
  ]);
  for (const field of fields()) field.value = account[field.name] || "";
}

/** Say what was done, where everybody finds it: also who no longer has an account. */
function done(words) {
  say(words);
  $("[data-account-done]").hidden = false;
  $("[data-account-words]").textContent = words;
  for (const folded of part.querySelectorAll("details")) folded.open = false;
  $("[data-account-done] h2").focus();
}

/** Read the form: what was emptied is to go. */
const said = () => Object.fromEntries(fields().map((field) => [field.name, field.value.trim() || null]));

const fields = () => [...form.elements].filter((field) => field.name);
