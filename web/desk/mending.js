/* What to do when an alarm rings, by the runbook that it names (docs/operations/runbooks). */
import { t } from "./page.js";
import { address } from "./place.js";

/**
 * Say how something is mended.
 * @param {string} runbook The page's name, without its ending.
 * @returns {{words: string, link: {href: string, words: string} | null}} What to do, and where.
 */
export function mend(runbook) {
  const [words, link] = ways()[runbook] || [];
  return { words: words || t("Tell who runs this system; the runbook is {name}.", { name: runbook }), link: link || null };
}

/** Give what to do by each runbook: what an officer can do, or whom to tell and what. */
function ways() {
  const tell = (what) => `${t("Tell who runs this system:")} ${what}`;
  const retention = { href: address("retention"), words: t("See the runs") };
  return {
    "api-faults": [tell(t("callers get errors; nothing that was taken is lost."))],
    "api-latency": [tell(t("it answers too slowly."))],
    "backups-failed": [tell(t("a table was not backed up for two days."))],
    "certificate-at-risk": [tell(t("the certificate of this address ends soon. It is urgent: when it has ended, no browser opens these pages."))],
    "dead-letters": [tell(t("“python -m ops redrive” has it done again. It has to be within a day, while the stream still has it."))],
    "front-door-blocks": [tell(t("the firewall turns many calls away. If people say that they cannot reach you, enter their requests by hand."))],
    "function-errors": [tell(t("what it should have done waits, and comes again by itself."))],
    "function-throttles": [tell(t("the account’s limit is reached; mails and copies come late."))],
    "key-at-risk": [tell(t("a key is disabled or is to be deleted. It is urgent: with it goes everything that it encrypts."))],
    "mails-bounced": [tell(t("many mails come back; soon none may be sent. Do not tell many people of anything until it is mended."))],
    "mails-failed": [t("The mail is tried again by itself. If it stays so, tell who runs this system.")],
    "mails-paused": [tell(t("no mail goes out. Call or write to whoever waits for one; what waits is sent later."))],
    "over-budget": [tell(t("this month costs more than was planned. Nothing has to be done at the desk."))],
    "overdue-items": [t("Something is kept longer than the notice says. If no hold keeps it, tell who runs this system."), retention],
    "overdue-requests": [t("Answer what is overdue first, and say to the person that it is late."), { href: address("requests", "", { overdue: "true" }), words: t("See what is overdue") }],
    "retention-failed": [t("The next run tries again. If it fails too, tell who runs this system."), retention],
    "schedules-failed": [tell(t("a daily run did not start; “python -m ops redrive” starts it."))],
    "schedules-silent": [tell(t("nothing is deleted and nobody is reminded until the schedule is on again."))],
    "secret-changed": [tell(t("a secret was changed or deleted. It is urgent unless they did it themselves: people may no longer be found, and who objected may get mail."))],
    "stream-late": [tell(t("mails, copies and erasures come late. Nothing is lost if it is mended within a day."))],
  };
}
