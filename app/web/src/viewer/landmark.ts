/** Entries of the outline and the headings they stand for. */

import type { Block, OutlineEntry, PageContent } from "../api/types";

/** An entry that the reader went to; `nth` counts entries of that name on its page from 0. */
export interface Landmark {
  index: number;
  title: string;
  page: number;
  nth: number;
}

export function landmarkOf(entries: OutlineEntry[], index: number): Landmark | null {
  const entry = entries[index];
  if (!entry) return null;
  const same = (other: OutlineEntry) => other.page === entry.page && squashed(other.title) === squashed(entry.title);
  return { index, title: entry.title, page: entry.page, nth: entries.slice(0, index).filter(same).length };
}

/** The heading on the page; null where the outline names something that is no heading there. */
export function headingAt(landmark: Landmark, content: PageContent): Block | null {
  if (landmark.page !== content.number) return null;
  const named = content.blocks.filter(
    (block) => (block.kind === "heading" || block.kind === "title") && squashed(block.text) === squashed(landmark.title),
  );
  return named[landmark.nth] ?? named[0] ?? null;
}

function squashed(text: string): string {
  return text.replace(/\s+/g, "");
}

/** For each entry how many of those after it lie below it. */
export function descendants(entries: OutlineEntry[]): number[] {
  const counts = entries.map(() => 0);
  const open: number[] = [];
  entries.forEach((entry, index) => {
    while (open.length > 0 && (entries[open.at(-1) ?? 0]?.level ?? 0) >= entry.level) close(index);
    open.push(index);
  });
  while (open.length > 0) close(entries.length);
  return counts;

  function close(end: number) {
    const index = open.pop() ?? 0;
    counts[index] = end - index - 1;
  }
}
