// The shop's own code: what it shows of consent, and its forms.
const p = await privacy();
p.visit();

const row = (table, ...cells) => {
  const made = document.createElement("tr");
  for (const [place, text] of cells.entries()) {
    const cell = document.createElement(place || table.id === "signals" ? "td" : "th");
    if (cell.localName === "th") cell.scope = "row";
    cell.textContent = text;
    made.append(cell);
  }
  table.append(made);
};

function show() {
  const [state, signals] = ["state", "signals"].map((id) => document.getElementById(id));
  if (!state) return;
  const now = p.state();
  const { google = "off", clarity = "off", uet = "off" } = document.documentElement.dataset;
  state.replaceChildren();
  row(state, "Asked again because", now.asking || "no need to ask");
  row(state, "Choices", Object.entries(now.choices).map(([id, on]) => `${id}: ${on ? "yes" : "no"}`).join(", ") || "none yet");
  row(state, "Decided", now.decided_at || "not yet");
  row(state, "Asked again after", now.expires_at || "not yet");
  row(state, "Waiting to be stored", now.pending ? "yes" : "no");
  row(state, "Ends with a reload", now.reload.join(", ") || "nothing");
  row(state, "Tags on this page", `Google ${google}, Clarity ${clarity}, Microsoft Advertising ${uet}`);
  row(state, "Cookies", document.cookie || "none");
  signals.replaceChildren();
  const said = (values) => Object.entries(values).map(([key, value]) => `${key}: ${value}`).join(", ");
  const told = [
    ...[...(window.dataLayer || [])].map((call) => ["Google", `${call[0]}, ${call[1]}`, said(call[2])]),
    ...[...(window.clarity?.q || [])].map((call) => ["Clarity", call[0], said(call[1])]),
  ];
  const uets = [...(window.uetq || [])];
  for (let at = 0; at < uets.length; at += 3) told.push(["Microsoft Advertising", `${uets[at]}, ${uets[at + 1]}`, said(uets[at + 2])]);
  for (const call of told.reverse()) row(signals, ...call);
}

p.onChange(show);
show();
setInterval(show, 1000);

for (const form of document.querySelectorAll("form[data-form]")) {
  const status = form.querySelector("[role=status]");
  const key = crypto.randomUUID();
  const policy = await (await fetch(`${p.api}/v1/policy`)).json();
  const notice = policy.notices.find(({ id }) => id === form.dataset.notice);
  form.querySelector("[data-words]").textContent = notice.text.replace(/\*\*|\[([^\]]+)\]\([^)]+\)/g, "$1");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { policy_version: policy.version };
    for (const { name, type, value, checked } of form.elements) {
      if (!name || (name === "website" && !value)) continue;
      if (type !== "checkbox") body[name] = value;
      else if (checked) body[name] = true;
    }
    try {
      const answer = await fetch(p.api + form.dataset.form, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: JSON.stringify(body),
      });
      const said = await answer.json();
      status.textContent = answer.ok
        ? "Thank you. Look into the mailbox of this machine, at the foot of the page."
        : (said.errors || [{ pointer: "", detail: said.detail }]).map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join("; ");
    } catch {
      status.textContent = "That did not get through. Please try again; nothing is sent twice.";
    }
  });
}
