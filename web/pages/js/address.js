/* A new e-mail address is shown to be the reader's by a press, never by opening the page. */
import { call } from "./api.js";
import { token, used } from "./links.js";
import { $, busy, show, trouble } from "./page.js";

$("[data-confirm]").addEventListener("click", confirm);
show(token() ? "ask" : "missing", { focus: false });

async function confirm() {
  await busy($("[data-confirm]"), async () => {
    const answer = await call("POST", "v1/address/confirmation", { body: { token: token() } });
    if (answer.ok) finish("done");
    else if (answer.status === 409) finish("over");
    else if ([401, 404, 410, 422].includes(answer.status)) finish("expired");
    else trouble(answer.reason, confirm);
  });
}

function finish(state) {
  used();
  show(state);
}
