/* Purposes with their switches, as the page lists them. */
import { $, $$, language } from "./page.js";

export const switches = () => $$("[role=switch]");

/** Say what could be chosen, in the page's order, with a plus after what was on (kept as evidence). */
export const presented = (on = (box) => box.checked) =>
  $$("[role=switch], [data-all], [data-stop], [data-choices] [type=submit]")
    .filter((each) => !each.closest("[hidden]"))
    .map((each) => (each.role === "switch" ? each.name + (on(each) ? "+" : "") : each.dataset.all || ("stop" in each.dataset ? "reject_all" : "choose")))
    .join(" ");

/** Give a purpose's title as the page shows it. */
export const nameOf = (box) => (box ? $(`#${box.name}-title`).textContent.trim() : "");

/** Write names as a list in the reader's language. */
export const joined = (names) => new Intl.ListFormat(language).format(names.filter(Boolean));

/** Write purposes, given by their ids, as a list of their titles. */
export const named = (ids) => joined(switches().filter((box) => ids.includes(box.name)).map(nameOf));
