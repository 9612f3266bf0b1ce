/* Records from a file: a table with a line of titles (RFC 4180), or a list of objects as JSON. */

const SEPARATORS = [",", ";", "\t", "|"];

/**
 * Read a file's text as records.
 * @param {string} text What stands in the file.
 * @returns {Record<string, unknown>[] | null} The records; null if it is neither kind of file.
 */
export function read(text) {
  const plain = text.replace(/^\uFEFF/, "").trim();
  if (plain.startsWith("[")) return list(plain);
  const [titles, ...lines] = table(plain);
  if (!titles || titles.length < 1 || titles.some((title) => !title.trim()) || !lines.length) return null;
  return lines.map((cells) => Object.fromEntries(titles.map((title, at) => [title.trim(), cells[at] ?? ""])));
}

/** Read a list of objects as JSON; null if it is none. */
function list(plain) {
  try {
    const found = JSON.parse(plain);
    return found.length && found.every((each) => each && typeof each === "object" && !Array.isArray(each)) ? found : null;
  } catch {
    return null;
  }
}

/** Read a table; no line of one that cannot be read. */
function table(plain) {
  const lines = [...records(plain)];
  return lines.at(-1)?.end === plain.length ? lines.map((line) => line.cells) : [];
}

/** Give a table's lines one by one, each with its cells and where its text ends. */
function* records(plain) {
  const separator = separatorOf(plain);
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\r\\n${separator}][^\\r\\n${separator}]*|))([${separator}]|\\r?\\n|$)`, "gy");
  let cells = [];
  for (let found = cell.exec(plain); found; found = cell.exec(plain)) {
    cells.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    const over = cell.lastIndex >= plain.length;
    if (found[3] === separator && !over) continue;
    if (found[3] === separator) cells.push("");
    yield { cells, end: cell.lastIndex };
    if (over) return;
    cells = [];
  }
}

/** Give what separates cells: what the first line has most of. */
function separatorOf(plain) {
  const [first] = plain.trimStart().split(/\r?\n/, 1);
  return SEPARATORS.reduce((best, each) => (first.split(each).length > first.split(best).length ? each : best));
}

/**
 * Cut a table into tables of at most so many lines, each below the same line of titles; they can
 * be sent one after the other, however long the whole is.
 * @param {string} text A table with a line of titles.
 * @param {number} most How many lines each may have.
 * @returns {string[]} The tables in their order; the text itself if it cannot be read as one.
 */
export function bundles(text, most) {
  const lines = [...records(text)];
  // Before the titles may stand empty lines, and the one by which Excel is told the separator.
  const head = lines.findIndex(({ cells }) => cells.some((cell) => cell.trim()) && !/^sep=/i.test(cells[0]));
  if (head < 0 || lines.length - head - 1 <= most || lines.at(-1).end !== text.length) return [text];
  const titles = text.slice(0, lines[head].end);
  const ends = lines.slice(head).map((line) => line.end);
  const cuts = [...ends.slice(0, -1).filter((_, at) => at % most === 0), text.length];
  return cuts.slice(1).map((end, at) => titles + text.slice(cuts[at], end));
}
