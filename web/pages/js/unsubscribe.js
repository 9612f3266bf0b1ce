/* One press that stops advertising. Without this script the form posts by itself. */
import { call } from "./api.js";
import { $, busy, language, show, trouble } from "./page.js";

const form = $("[data-unsubscribe]");
// The address was the link's own; it need not stand in the bar, or in the next page's history.
const path = `v1/unsubscribe/${form.action.split("/").pop()}`;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  stop();
});

async function stop() {
  await busy($("button", form), async () => {
    const answer = await call("POST", `${path}?lang=${language}`, { body: {} });
    if (answer.ok) show("done");
    else if ([401, 404, 410, 422].includes(answer.status)) show("expired");
    else trouble(answer.reason, stop);
  });
}
