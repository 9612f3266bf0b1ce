/* A long list within a page: its beginning, and more of it for who asks. */
import { busy, el, say, t } from "./page.js";

const STEP = 25;

/**
 * Show the beginning of a list and a button for more, as long as there is more.
 * @param {{rows: object[], next?: string | null}} first What was read, and where the rest begins.
 * @param {(rows: object[]) => Node[]} show Makes what stands there of rows, the earlier ones included.
 * @param {(next: string) => Promise<import("./ask.js").Answer>} [read] Reads on: the answer's `items` and `next`.
 * @returns {HTMLElement} The list.
 */
export function growing({ rows, next = null }, show, read) {
  const known = [...rows];
  let shown = STEP;
  const place = el("div", {});
  const button = el("button", { type: "button", class: "button plain" }, t("Show more"));
  const around = el("div", { tabindex: "-1" }, place, el("div", { class: "actions", "data-more": "" }, button));
  const fit = () => {
    place.replaceChildren(...show(known.slice(0, shown)));
    button.parentElement.hidden = shown >= known.length && !next;
  };
  button.addEventListener("click", () =>
    busy(button, async () => {
      if (shown >= known.length) {
        const answer = await read(next);
        if (!answer.ok) return say(answer.reason);
        known.push(...answer.body.items);
        next = answer.body.next;
      }
      shown += STEP;
      fit();
      say(t("{count} are shown.", { count: Math.min(shown, known.length) }));
      if (button.parentElement.hidden) around.focus({ preventScroll: true });
    }),
  );
  fit();
  return around;
}
