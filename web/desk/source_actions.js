/* The company's other systems that a request waits for: asked again, left out, or answered by hand. */
import { perform } from "./ask.js";
import { form } from "./forms.js";
import { $, el, say, t } from "./page.js";
import { action } from "./parts.js";
import { read } from "./rows.js";

/**
 * Give what can be done about one source.
 * @param {{request_id: string}} request The request that waits for it.
 * @param {string} source The source's name.
 * @param {() => void} again Shows the request anew.
 * @returns {Node[]} An action each for asking again, uploading and leaving out.
 */
export function sourceActions(request, source, again) {
  const parts = { request_id: request.request_id, source };
  const send = async (body) => {
    const answer = await perform("answer_for_source", parts, { body });
    if (answer.ok) {
      say(t("Done."));
      again();
    }
    return answer;
  };
  const reason = { name: "skip", kind: "area", required: true, max: 10000, label: t("Why it is left out") };
  const titles = { retry: t("Ask {source} again", { source }), upload: t("Enter what {source} holds", { source }), skip: t("Leave {source} out", { source }) };
  const uploading = action(titles.upload, t("For a system that cannot be asked by ours. What you upload goes into the copy."), upload(source, titles.upload, send));
  return [
    action(titles.retry, t("The system asks it once more, and goes on by itself when it answers."), form(`retry-${source}`, [], { press: titles.retry, send: () => send({ retry: true }) })),
    ...(request.status === "in_progress" ? [uploading] : []),
    action(titles.skip, t("The request goes on without it. Why stands on the request, and in the copy."), form(`skip-${source}`, [reason], { press: titles.skip, send })),
  ];
}

/** Make the form that takes a file of records: CSV with a line of titles, or a list as JSON. */
function upload(source, press, send) {
  const id = `file-${source}`;
  const file = el("input", { type: "file", id, accept: ".csv,.json,text/csv,application/json", required: true });
  const made = form(`upload-${source}`, [], {
    press,
    send: async () => {
      const [chosen] = file.files;
      if (!chosen) return { ok: false, status: 0, reason: t("Choose a file first.") };
      const records = read(await chosen.text());
      if (!records) return { ok: false, status: 0, reason: t("This file cannot be read: it has to be a table with a line of titles, or a list of objects as JSON.") };
      return send({ records });
    },
  });
  const label = el("label", { for: id }, t("File (CSV or JSON)"));
  $("form", made).prepend(el("div", { class: "field", "data-field": "records" }, label, el("p", { class: "hint" }, t("One line for each record, up to a thousand.")), file));
  return made;
}
