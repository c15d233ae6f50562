/** Which quote a marker means, where several sentences cite the same passage. */

import type { Citation } from "../api/types";

/**
 * The API sends each (marker, quote) once, so the quotes of a marker cannot be counted off against
 * its places in the text: the one that shares most with the sentence before the marker is meant.
 */
export function citationFor(citations: Citation[], marker: number, said: string): Citation | null {
  const same = citations.filter((citation) => citation.marker === marker);
  if (same.length < 2) return same[0] ?? null;
  const wanted = pairs(said);
  const scores = same.map((citation) => overlap(wanted, pairs(citation.quote)));
  return same[scores.indexOf(Math.max(...scores))] ?? null;
}

/** Pairs of neighbouring characters: they compare English and Chinese alike. */
function pairs(text: string): Set<string> {
  const letters = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, index) => letters.slice(index, index + 2)));
}

function overlap(left: Set<string>, right: Set<string>): number {
  const shared = [...left].filter((pair) => right.has(pair)).length;
  return (2 * shared) / Math.max(1, left.size + right.size);
}
