/** The passages below an answer, gathered: one source for each marker, with all its quotes. */

import type { Citation, Hit } from "../api/types";
import { passageOfCitation, passageOfHit, type Passage } from "../viewer/types";

export interface Source {
  key: string;
  /** Null for passages that the answer does not cite. */
  marker: number | null;
  name: string;
  /** The document was deleted since: there is nothing to open. */
  deleted: boolean;
  passages: Passage[];
}

export function citedSources(citations: Citation[]): Source[] {
  const byMarker = new Map<number, Source>();
  for (const citation of citations) {
    const { marker } = citation;
    const source = byMarker.get(marker) ?? {
      key: `cited-${marker}`,
      marker,
      name: citation.document_name,
      deleted: citation.deleted,
      passages: [],
    };
    if (!citation.deleted) source.passages.push(passageOfCitation(citation));
    byMarker.set(marker, source);
  }
  return [...byMarker.values()].sort((left, right) => (left.marker ?? 0) - (right.marker ?? 0));
}

/** What was found and not cited, best first; of deleted documents nothing is left. */
export function otherSources(hits: Hit[], citations: Citation[]): Source[] {
  const cited = new Set(citations.map((citation) => citation.marker));
  return hits
    .filter((hit, index) => hit.chunk.text !== "" && !cited.has(index + 1))
    .map((hit) => ({
      key: `hit-${hit.chunk.id}`,
      marker: null,
      name: hit.document_name,
      deleted: false,
      passages: [passageOfHit(hit)],
    }));
}
