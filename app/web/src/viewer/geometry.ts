/** From boxes in PDF points to rectangles over a picture of any size. */

import type { Box, PageInfo } from "../api/types";

export interface Rectangle {
  left: string;
  top: string;
  width: string;
  height: string;
}

const ASIDE = 1.5;
const ABOVE = 0.5;
const MOST_PIXELS = 8_000_000;
const SHARPEST = 2;

/** A block's boxes on one page, its lines taken together; apart where a new column begins. */
export function areas(boxes: Box[], page: number): Box[] {
  const joined: Box[] = [];
  for (const box of boxes) {
    if (box.page !== page) continue;
    const last = joined.at(-1);
    if (last && follows(last, box)) joined[joined.length - 1] = around(last, box);
    else joined.push(box);
  }
  return joined;
}

/** Whether a box stands beside or below the one before, not at the head of another column. */
function follows(before: Box, box: Box): boolean {
  const shared = Math.min(before.x1, box.x1) - Math.max(before.x0, box.x0);
  const sameLine = Math.min(before.y1, box.y1) - Math.max(before.y0, box.y0) > 0.3 * (box.y1 - box.y0);
  return sameLine || (shared > 0 && box.y1 > before.y0);
}

function around(one: Box, other: Box): Box {
  return {
    page: one.page,
    x0: Math.min(one.x0, other.x0),
    y0: Math.min(one.y0, other.y0),
    x1: Math.max(one.x1, other.x1),
    y1: Math.max(one.y1, other.y1),
  };
}

/** Percentages of the page, a little wider than the words; boxes of other pages are left out. */
export function rectangles(boxes: Box[], page: PageInfo): Rectangle[] {
  if (page.width <= 0 || page.height <= 0) return [];
  return boxes
    .filter((box) => box.page === page.number)
    .map((box) => {
      const x0 = Math.max(0, box.x0 - ASIDE);
      const y0 = Math.max(0, box.y0 - ABOVE);
      const x1 = Math.min(page.width, box.x1 + ASIDE);
      const y1 = Math.min(page.height, box.y1 + ABOVE);
      return {
        left: percent(x0 / page.width),
        top: percent(y0 / page.height),
        width: percent((x1 - x0) / page.width),
        height: percent((y1 - y0) / page.height),
      };
    });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

/** Pixels per point: sharp for a page of a book, bounded for a poster. */
export function imageScale(page: PageInfo): number {
  const bounded = Math.sqrt(MOST_PIXELS / Math.max(1, page.width * page.height));
  return Math.max(0.1, Math.min(SHARPEST, Math.floor(bounded * 100) / 100));
}
