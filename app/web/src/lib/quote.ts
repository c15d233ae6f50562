/** Document text as it reads best in one paragraph: rows of pipe tables without their pipes. */

const SEPARATOR_ROW = /^\s*\|(\s*:?-{3,}:?\s*\|)+\s*$/;
const ROW = /^\s*\|(.*)\|\s*$/;

export function readableQuote(text: string): string {
  if (!text.includes("|")) return text;
  return text
    .split("\n")
    .filter((line) => !SEPARATOR_ROW.test(line))
    .map((line) => {
      const row = ROW.exec(line);
      if (!row) return line;
      const cells = (row[1] ?? "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
      return cells.filter(Boolean).join(" · ");
    })
    .join("\n");
}

/** A sentence of Markdown as plain text for a list: no bullet, no markers, no emphasis. */
export function plainClaim(text: string): string {
  return readableQuote(text)
    .replace(/^\s*(?:[-*+]|\d+[.)]|#{1,6})\s+/, "")
    .replace(/\s*\[\d{1,3}\]/g, "")
    .replace(/\*\*|__|`/g, "")
    .replace(/\*(\S(?:[^*]*\S)?)\*/g, "$1")
    .trim();
}
