/* Purposes with their switches, as the page lists them. */
import { $, $$, language } from "./page.js";

export const switches = () => $$("[role=switch]");

/** Give a purpose's title as the page shows it. */
export const nameOf = (box) => (box ? $(`#${box.name}-title`).textContent.trim() : "");

/** Write names as a list in the reader's language. */
export const joined = (names) => new Intl.ListFormat(language).format(names.filter(Boolean));

/** Write purposes, given by their ids, as a list of their titles. */
export const named = (ids) => joined(switches().filter((box) => ids.includes(box.name)).map(nameOf));
