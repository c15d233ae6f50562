/** Which part of a block a character range covers. */

import type { Block, CharRange, Table } from "../api/types";
import { codePointLength, utf16Range } from "../lib/codepoints";

export interface Part {
  text: string;
  marked: boolean;
}

/** The block's text cut into plain and marked parts; `range` counts in the document's text. */
export function markedParts(block: Block, range: CharRange | null): Part[] {
  const inside = rangeInside(block, range);
  if (!inside) return [{ text: block.text, marked: false }];
  const [start, end] = utf16Range(block.text, inside);
  return [
    { text: block.text.slice(0, start), marked: false },
    { text: block.text.slice(start, end), marked: true },
    { text: block.text.slice(end), marked: false },
  ].filter((part) => part.text !== "");
}

/** The range within the block, in its own code points; null where they do not meet. */
export function rangeInside(block: Block, range: CharRange | null): CharRange | null {
  if (!range) return null;
  const start = Math.max(range[0], block.char_range[0]);
  const end = Math.min(range[1], block.char_range[1]);
  return start < end ? [start - block.char_range[0], end - block.char_range[0]] : null;
}

/**
 * The table rows that a range of the block's text covers. The text of a table is a pipe table: one
 * line a row, with a separator line below the first.
 */
export function markedRows(block: Block, table: Table, range: CharRange | null): Set<number> {
  const rows = new Set<number>();
  const inside = rangeInside(block, range);
  if (!inside) return rows;
  let position = 0;
  block.text.split("\n").forEach((line, index) => {
    const length = codePointLength(line);
    const meets = inside[0] < position + length && inside[1] > position;
    const row = index === 0 ? 0 : index - 1;
    if (meets && index !== 1 && row < table.rows) rows.add(row);
    position += length + 1;
  });
  return rows;
}
