/* The statutory clock in words: how long there is, and why it stands where it stands. */
import { data, day, el, t } from "./page.js";

/**
 * Say how long there is to answer a request.
 * @param {object} request The request.
 * @returns {string} How long, in words.
 */
export function clockWords(request) {
  const { status, due_on: due, working_days_left: left } = request;
  if (data.statuses.closed.includes(status)) return t("Closed");
  if (!due) return status === "awaiting_identity" ? t("The time begins when they confirm") : t("The time stands still");
  if (request.overdue) return t("Overdue since {day}", { day: day(due) });
  if (left === 0) return t("Last day today");
  if (left === 1) return t("1 working day left");
  return left === undefined || left === null ? day(due) : t("{count} working days left", { count: left });
}

/**
 * Show it, late in red.
 * @param {object} request The request.
 * @returns {HTMLElement} The words, late ones in red.
 */
export function clock(request) {
  return el("span", { class: request.overdue ? "left late" : "left" }, request.overdue ? el("strong", { class: "late" }, clockWords(request)) : clockWords(request));
}

/**
 * Give why the clock stands where it stands, sentence by sentence.
 * @param {object} request The request with its facts.
 * @returns {string[]} A sentence for each reason.
 */
export function reasons({ status, facts, pauses, due_on: due, tell_extension_by: tellBy, received_at: came }) {
  const made = [t("It came on {day}.", { day: day(facts.received || came) })];
  if (facts.identified && facts.identified !== facts.received) made.push(t("Who asks was shown on {day}; the time runs from then.", { day: day(facts.identified) }));
  if (facts.fee_asked && !facts.fee_paid) made.push(t("A fee was asked and is not paid; the time stands still."));
  if (facts.fee_paid) made.push(t("The fee was paid on {day}.", { day: day(facts.fee_paid) }));
  for (const pause of facts.pauses || []) {
    made.push(
      pause.answered
        ? t("From {asked} to {answered} we waited for an answer.", { asked: day(pause.asked), answered: day(pause.answered) })
        : pauses
          ? t("Since {asked} we wait for an answer; the time stands still.", { asked: day(pause.asked) })
          : t("Since {asked} we wait for an answer; the time runs on.", { asked: day(pause.asked) }),
    );
  }
  if (facts.extension) made.push(t("More time was taken on {day}; the person was told why.", { day: day(facts.extension.told) }));
  if (due) made.push(t("The last day to answer is {day}.", { day: day(due) }));
  if (tellBy && !facts.extension && !data.statuses.closed.includes(status)) made.push(t("If more time is needed, the person has to be told by {day}.", { day: day(tellBy) }));
  return made;
}
