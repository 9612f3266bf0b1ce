/* One press that stops advertising. Without this script the form posts by itself. */
import { call } from "./api.js";
import { $, busy, show, trouble } from "./page.js";

const form = $("[data-unsubscribe]");
// Where the form posts by itself: the link's token, and the language of the words that were read.
const path = `v1/unsubscribe/${form.action.split("/").pop()}`;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  stop();
});

async function stop() {
  await busy($("button", form), async () => {
    const answer = await call("POST", path, { body: {} });
    if (answer.ok) show("done");
    else if ([401, 404, 410, 422].includes(answer.status)) show("expired");
    else trouble(answer.reason, stop);
  });
}
