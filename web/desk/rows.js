/* Records from a file: a table with a line of titles (RFC 4180), or a list of objects as JSON. */

const SEPARATORS = [",", ";", "\t"];

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

/** Read a table; what separates its cells is what its first line has most of. */
function table(plain) {
  const first = plain.split(/\r?\n/, 1)[0];
  const separator = SEPARATORS.reduce((best, each) => (first.split(each).length > first.split(best).length ? each : best));
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\r\\n${separator}]*))(${separator}|\\r?\\n|$)`, "gy");
  const lines = [[]];
  for (let found = cell.exec(plain); found; found = cell.exec(plain)) {
    lines.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (cell.lastIndex >= plain.length) return found[3] === separator ? [...lines.slice(0, -1), [...lines.at(-1), ""]] : lines;
    if (found[3] !== separator) lines.push([]);
  }
  return [];
}
