/* The little Markdown that notices are written in, as elements: headings, lists, bold, links. */
import { el } from "./page.js";

/** Make the elements of a text, whose blocks blank lines part; nothing is ever read as markup. */
export const written = (text) => text.trim().split(/\n\s*\n/).map(block);

function block(text) {
  const heading = /^#{1,6}\s+/.exec(text);
  if (heading) return el("p", {}, el("strong", {}, ...line(text.slice(heading[0].length))));
  if (!/^[-*]\s/.test(text)) return el("p", {}, ...line(text));
  const items = text.split(/^[-*]\s+/m).filter((item) => item.trim());
  return el("ul", {}, ...items.map((item) => el("li", {}, ...line(item))));
}

function line(text) {
  const parts = text.replace(/\s+/g, " ").trim().split(/(\*\*.+?\*\*|\[[^\]]*\]\(https:\/\/[^\s)]*\))/);
  return parts.filter(Boolean).map((part) => {
    if (part.startsWith("**") && part.endsWith("**")) return el("strong", {}, part.slice(2, -2));
    const link = /^\[([^\]]*)\]\((https:[^)]*)\)$/.exec(part);
    return link ? el("a", { href: link[2], rel: "noreferrer" }, link[1]) : part;
  });
}
