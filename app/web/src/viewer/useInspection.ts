/** Which block of the page is looked at, and which kinds of blocks are shown. */

import { useState } from "react";
import type { Block, BlockKind, PageContent } from "../api/types";

export interface Inspection {
  /** The block under the pointer, else the selected one, if it is on this page. */
  shown: Block | null;
  selected: number | null;
  hidden: ReadonlySet<BlockKind>;
  hover: (key: number | null) => void;
  select: (key: number | null) => void;
  toggleKind: (kind: BlockKind) => void;
}

/** A block is known by its place in the text, the same on every page that it reaches. */
export function blockKey(block: Block): number {
  return block.char_range[0];
}

/** What stands on a page in reading order: what runs over from before, then what begins here. */
export function blocksOn(content: PageContent): Block[] {
  return [...content.continued, ...content.blocks];
}

export function useInspection(content: PageContent | undefined): Inspection {
  const [hovered, hover] = useState<number | null>(null);
  const [selected, select] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<BlockKind>>(new Set());
  const known = content ? blocksOn(content) : [];
  const find = (key: number | null) => known.find((block) => blockKey(block) === key) ?? null;

  function toggleKind(kind: BlockKind) {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  }

  return { shown: find(hovered) ?? find(selected), selected, hidden, hover, select, toggleKind };
}
