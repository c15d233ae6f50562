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
