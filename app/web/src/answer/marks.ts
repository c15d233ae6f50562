/**
 * A rehype plugin that puts citations and claim verdicts into rendered Markdown.
 *
 * Syntax nodes know where they stand in the source, so a claim's character range is mapped onto
 * the text nodes it covers, whatever tables, lists or emphasis lie around them. It runs after
 * sanitising: the elements it makes (`cite`, `mark`) are ours alone and cannot come from a model.
 */

import type { Element, ElementContent, Root, Text } from "hast";

export interface MarkedClaim {
  index: number;
  /** UTF-16 range in the Markdown source. */
  start: number;
  end: number;
}

export interface MarkOptions {
  source: string;
  claims: MarkedClaim[];
  /** UTF-16 ranges of the words that are the value asked for. */
  values: [number, number][];
}

const MARKER = /\[(\d{1,3})\]/g;

interface Piece {
  start: number;
  end: number;
  marker: number | null;
}

/** `cite[dataMarker][dataSaid]` for [n]; `strong` for the value asked for; `mark[dataClaim]`, the last of a claim `dataLast`. */
export function rehypeAnswerMarks({ source, claims, values }: MarkOptions) {
  return (tree: Root): void => {
    const lastMarks = new Map<number, Element>();

    function expand(node: Text, inCode: boolean): ElementContent[] {
      const offsets = sourceOffsets(node, source);
      const out: ElementContent[] = [];
      let mark: Element | null = null;
      for (const piece of cutAt(pieces(node.value, inCode), boundaries(offsets, claims, values))) {
        const claim = claimAt(offsets?.[piece.start], claims);
        const content = render(node.value, piece, offsets?.[piece.start]);
        if (claim === null) {
          mark = null;
          out.push(content);
          continue;
        }
        if (mark?.properties.dataClaim !== claim) {
          mark = element("mark", { dataClaim: claim });
          lastMarks.set(claim, mark);
          out.push(mark);
        }
        mark.children.push(content);
      }
      return out;
    }

    function render(value: string, piece: Piece, offset: number | undefined): ElementContent {
      if (piece.marker === null) {
        const text: Text = { type: "text", value: value.slice(piece.start, piece.end) };
        if (!isValue(offset, values)) return text;
        return { ...element("strong", { dataValue: true }), children: [text] };
      }
      return element("cite", { dataMarker: piece.marker, dataSaid: saidBefore(source, offset ?? 0) });
    }

    function walk(parent: Root | Element, inCode: boolean): void {
      const children = parent.children as ElementContent[]; // a root has no doctype here
      parent.children = children.flatMap((child): ElementContent[] => {
        if (child.type === "text") return child.value.trim() ? expand(child, inCode) : [child];
        if (child.type === "element") walk(child, inCode || child.tagName === "code");
        return [child];
      });
    }

    walk(tree, false);
    for (const mark of lastMarks.values()) mark.properties.dataLast = true;
  };
}

const LONGEST_SAID = 300;

/** What the marker at `offset` closes: back to the marker, line or sentence before it. */
function saidBefore(source: string, offset: number): string {
  const before = source.slice(Math.max(0, offset - LONGEST_SAID), offset).replace(/(\s|\[\d{1,3}\])+$/, "");
  return before.split(/\[\d{1,3}\]|\n|(?<=[.!?])\s|(?<=[。！？；])(?=.)/u).at(-1) ?? "";
}

function element(tagName: string, properties: Element["properties"]): Element {
  return { type: "element", tagName, properties, children: [] };
}

function pieces(value: string, inCode: boolean): Piece[] {
  const out: Piece[] = [];
  let end = 0;
  for (const match of inCode ? [] : value.matchAll(MARKER)) {
    if (match.index > end) out.push({ start: end, end: match.index, marker: null });
    end = match.index + match[0].length;
    out.push({ start: match.index, end, marker: Number(match[1]) });
  }
  if (end < value.length) out.push({ start: end, end: value.length, marker: null });
  return out;
}

/** Cuts text pieces at the given positions; markers stay whole. */
function cutAt(list: Piece[], cuts: number[]): Piece[] {
  return list.flatMap((piece) => {
    if (piece.marker !== null) return [piece];
    const inside = cuts.filter((cut) => cut > piece.start && cut < piece.end);
    const edges = [piece.start, ...inside, piece.end];
    return edges.slice(1).map((end, index) => ({ start: edges[index] ?? piece.start, end, marker: null }));
  });
}

/** Where in the text a claim or a value begins or ends. */
function boundaries(offsets: number[] | null, claims: MarkedClaim[], values: [number, number][]): number[] {
  if (!offsets) return [];
  const cuts: number[] = [];
  for (let index = 1; index < offsets.length; index += 1) {
    const [here, before] = [offsets[index], offsets[index - 1]];
    const turns = isValue(here, values) !== isValue(before, values);
    if (turns || claimAt(here, claims) !== claimAt(before, claims)) cuts.push(index);
  }
  return cuts;
}

function isValue(offset: number | undefined, values: [number, number][]): boolean {
  return offset !== undefined && values.some(([start, end]) => offset >= start && offset < end);
}

function claimAt(offset: number | undefined, claims: MarkedClaim[]): number | null {
  if (offset === undefined) return null;
  return claims.find((claim) => offset >= claim.start && offset < claim.end)?.index ?? null;
}

/**
 * The source offset of each UTF-16 unit of a text node. Escapes, entities and trimmed line starts
 * make the source longer than the value; what is not found keeps the last known place.
 */
export function sourceOffsets(node: Text, source: string): number[] | null {
  const start = node.position?.start.offset;
  const end = node.position?.end.offset;
  if (start === undefined || end === undefined) return null;
  const offsets: number[] = [];
  let at = start;
  for (const unit of node.value) {
    const found = source.indexOf(unit, at);
    if (found >= 0 && found < end) at = found;
    for (let half = 0; half < unit.length; half += 1) offsets.push(at + half);
    if (found >= 0 && found < end) at += unit.length;
  }
  return offsets;
}
