/** Python counts code points, JavaScript UTF-16 units: they differ from the first emoji or rare
 * Han character on. */

import type { CharRange } from "../api/types";

/** The UTF-16 index of each given code-point index; beyond the end it is the text's length. */
export function utf16Range(text: string, [start, end]: CharRange): CharRange {
  return [utf16Index(text, start), utf16Index(text, end)];
}

export function utf16Index(text: string, codePoints: number): number {
  let index = 0;
  for (let seen = 0; seen < codePoints && index < text.length; seen += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return index;
}

/** How many code points the text has. */
export function codePointLength(text: string): number {
  return Array.from(text).length;
}
