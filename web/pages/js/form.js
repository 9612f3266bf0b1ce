/* The forms for messages, the newsletter and accounts. Without this script they post by themselves. */
import { call } from "./api.js";
import { carried } from "./carried.js";
import { clear, complain, missing, refused, values } from "./fields.js";
import { $, busy, show, trouble } from "./page.js";

const form = $("[data-form]");

if (form) {
  const signal = $("[data-gpc]", form);
  if (signal) signal.hidden = navigator.globalPrivacyControl !== true;
  form.noValidate = true;
  carried(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
}

async function send() {
  clear(form);
  const wrong = missing(form);
  if (wrong.length) return complain(form, wrong);
  await busy($("[type=submit]", form), async () => {
    const body = values(form);
    const page = location.origin + location.pathname;
    const answer = await call("POST", `v1/${form.dataset.form}`, { body: { ...body, page } });
    if (answer.ok) return done(answer.body);
    const named = answer.status === 422 ? refused(answer.body, form) : [];
    if (named.length) complain(form, named);
    else trouble(answer.reason, send);
  });
}

function done(answer) {
  form.reset();
  const mark = $("[data-reference]");
  mark.hidden = !answer?.reference;
  $("[data-value]", mark).textContent = answer?.reference || "";
  $("[data-redacted]").hidden = !answer?.redacted?.length;
  $("[data-turned-off]").hidden = !answer?.gpc?.turned_off.length;
  show("done");
}
