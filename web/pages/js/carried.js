/*
 * What was entered goes along when the reader changes the language. It stands in this tab's storage
 * while the page loads anew, and no longer.
 */
import { $$ } from "./page.js";
import { tab } from "./store.js";

const place = `entered:${location.pathname}`;

/** Fill a form with what came along; give `more` that came with it, or null. What is entered goes along from here. */
export function carried(form, more = () => ({})) {
  const came = JSON.parse(tab.get(place) || "null");
  tab.remove(place);
  for (const [name, value] of came?.entered || []) fill(form.elements[name], value);
  for (const link of $$(".languages a")) {
    link.addEventListener("click", ({ ctrlKey, metaKey, shiftKey }) => {
      if (ctrlKey || metaKey || shiftKey) return;
      tab.set(place, JSON.stringify({ entered: [...new FormData(form)], ...more() }));
    });
  }
  return came;
}

/** Fill in a field, or one of several of a name; what the page says by itself stays as it is. */
function fill(field, value) {
  if (!field || field.type === "hidden") return;
  if (field.type === "checkbox") field.checked = true;
  else field.value = value;
}
