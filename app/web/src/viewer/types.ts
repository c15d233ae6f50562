import type { Box, CharRange, Citation, Hit } from "../api/types";

/** A passage to be shown in its document. */
export interface Passage {
  documentId: string;
  documentName: string;
  page: number;
  boxes: Box[];
  quote: string;
  charRange: CharRange;
}

export function passageOfCitation(citation: Citation): Passage {
  return {
    documentId: citation.document_id,
    documentName: citation.document_name,
    page: Math.max(1, citation.page),
    boxes: citation.boxes,
    quote: citation.quote,
    charRange: citation.char_range,
  };
}

export function passageOfHit(hit: Hit): Passage {
  return {
    documentId: hit.document_id,
    documentName: hit.document_name,
    page: Math.max(1, hit.page),
    boxes: hit.boxes,
    quote: hit.chunk.text,
    charRange: hit.chunk.char_range,
  };
}
