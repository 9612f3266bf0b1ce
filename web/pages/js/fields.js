/*
 * What people enter: read as JSON, and what is wrong said beside the field and in a summary above.
 */
import { $, $$, el, t } from "./page.js";

const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * Read a form's fields: text without blanks around it, boxes as true where ticked, nothing empty.
 * `wanted` says which fields; left out, those that can be seen.
 */
export function values(form, wanted = (field) => !field.closest("[hidden]")) {
  const read = {};
  for (const field of form.elements) {
    if (!field.name || !wanted(field)) continue;
    if (field.type === "checkbox") {
      if (field.checked) read[field.name] = true;
    } else if (field.type === "radio") {
      if (field.checked) read[field.name] = field.value;
    } else if (field.value.trim()) {
      read[field.name] = field.value.trim();
    }
  }
  return read;
}

/** Find what is missing or cannot be right before anything is sent: pairs of name and words. */
export function missing(within) {
  const wrong = [];
  for (const field of $$("input, textarea, select", within)) {
    if (field.closest("[hidden]")) continue;
    const label = labelOf(field);
    if (field.required && !field.value.trim()) {
      wrong.push([field.name, t("{field}: please fill this in.", { field: label })]);
    } else if (field.type === "email" && field.value && !ADDRESS.test(field.value.trim())) {
      wrong.push([field.name, t("{field}: please check it; it should look like name@example.com.", { field: label })]);
    }
  }
  return wrong;
}

/** Turn the API's problem document into pairs of field name and words. */
export function refused(body, form, names = {}) {
  return (body?.errors || []).map(({ pointer, detail }) => {
    const name = names[pointer] || pointer.split("/")[1] || "";
    const field = form.elements[name];
    const label = field instanceof Element ? labelOf(field) : name;
    return [name, field ? t("{field}: please check it.", { field: label }) : t("Please check what you entered."), detail];
  });
}

/** Show what is wrong: a summary that gets the focus, and words beside each field. */
export function complain(form, wrong) {
  clear(form);
  const items = wrong.map(([name, words, detail]) => {
    const box = $(`[data-field="${name}"]`, form);
    const field = box && $("input, textarea, select", box);
    if (!field) return el("li", {}, words);
    const id = `${field.id || name}-error`;
    const said = el("p", { class: "error", id }, words);
    if (detail) said.append(" ", el("span", { lang: "en", "data-own": "" }, `(${detail})`));
    (box.matches("fieldset") ? $("legend", box) : $("label, .hint:last-of-type", box)).after(said);
    box.classList.add("wrong");
    field.setAttribute("aria-invalid", "true");
    const described = [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" ");
    field.dataset.before = field.getAttribute("aria-describedby") || "";
    field.setAttribute("aria-describedby", described);
    const go = (event) => {
      event.preventDefault();
      for (const around of ancestors(field, "details")) around.open = true;
      field.focus();
    };
    return el("li", {}, el("a", { href: `#${field.id}`, click: go }, words));
  });
  const title = t("Please look at this again");
  const summary = el("div", { class: "errors", role: "alert", tabindex: "-1" }, el("h2", {}, title), el("ul", {}, ...items));
  $("[data-errors]", form.closest("[data-state], main")).replaceChildren(summary);
  summary.focus();
}

/** Take all complaints away. */
export function clear(form) {
  $$("[data-errors]").forEach((place) => place.replaceChildren());
  $$(".error", form).forEach((said) => said.remove());
  $$(".wrong", form).forEach((box) => box.classList.remove("wrong"));
  for (const field of $$("[aria-invalid]", form)) {
    field.removeAttribute("aria-invalid");
    if (field.dataset.before) field.setAttribute("aria-describedby", field.dataset.before);
    else field.removeAttribute("aria-describedby");
  }
}

function labelOf(field) {
  const label = field.labels?.[0];
  if (!label) return field.name;
  return [...label.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent.trim())
    .join(" ")
    .trim();
}

function ancestors(node, selector) {
  const found = [];
  for (let at = node.closest(selector); at; at = at.parentElement?.closest(selector)) found.push(at);
  return found;
}
