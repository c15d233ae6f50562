/** Objects of the API's shapes for tests. */

import type { Answer, Block, Citation, Claim, Collection, DocumentRecord, Hit, PageContent } from "../api/types";

export function collection(change: Partial<Collection> = {}): Collection {
  return {
    id: "c1",
    name: "Reports",
    description: "",
    created_at: "2026-01-02T03:04:05Z",
    documents: 1,
    ...change,
  };
}

export function record(change: Partial<DocumentRecord> = {}): DocumentRecord {
  return {
    id: "d1",
    collection_id: "c1",
    name: "report.pdf",
    media_type: "application/pdf",
    sha256: "ab",
    size: 1_234_567,
    state: "ready",
    created_at: "2026-01-02T03:04:05Z",
    updated_at: "2026-01-02T03:04:05Z",
    searchable: true,
    pages: 3,
    pages_done: 3,
    chunks: 9,
    chunks_done: 9,
    attempts: 1,
    failure: null,
    warnings: [],
    metadata: {},
    ...change,
  };
}

export function citation(change: Partial<Citation> = {}): Citation {
  return {
    marker: 1,
    chunk_id: "k1",
    document_id: "d1",
    document_name: "report.pdf",
    page: 2,
    boxes: [{ page: 2, x0: 100, y0: 200, x1: 300, y1: 220 }],
    quote: "The rotor has a diameter of 1.20 m.",
    char_range: [10, 45],
    deleted: false,
    ...change,
  };
}

export function claim(text: string, answer: string, change: Partial<Claim> = {}): Claim {
  const units = answer.indexOf(text);
  const start = Array.from(answer.slice(0, units)).length;
  return {
    text,
    char_range: [start, start + Array.from(text).length],
    verdict: "supported",
    score: 1,
    evidence: [],
    reasons: [],
    ...change,
  };
}

export function hit(change: Partial<Hit> = {}): Hit {
  return {
    chunk: {
      id: "k1",
      document_id: "d1",
      ordinal: 0,
      text: "The rotor has a diameter of 1.20 m.",
      heading_path: [],
      boxes: [],
      char_range: [10, 45],
      page: 2,
      page_end: 2,
      tokens: 12,
      kind: "text",
    },
    document_id: "d1",
    document_name: "report.pdf",
    collection_id: "c1",
    media_type: "application/pdf",
    score: 1,
    lexical: 3,
    dense: 0.5,
    rerank: null,
    named: null,
    agreement: null,
    linked: null,
    page: 2,
    boxes: [],
    ...change,
  };
}

export function answer(change: Partial<Answer> = {}): Answer {
  return {
    text: "It is 1.20 m. [1]",
    citations: [citation()],
    grounding: { score: 1, claims: [] },
    refused: false,
    question: "How wide is it?",
    language: "en",
    hits: [hit()],
    usage: {},
    answer_spans: [],
    answerable: null,
    certainty: null,
    respelled: [],
    timings: {},
    ...change,
  };
}

export function block(text: string, start: number, change: Partial<Block> = {}): Block {
  return {
    kind: "text",
    text,
    level: 0,
    boxes: [],
    char_range: [start, start + Array.from(text).length],
    table: null,
    mark: "",
    ...change,
  };
}

export function pageContent(blocks: Block[], change: Partial<PageContent> = {}): PageContent {
  return { number: 1, label: "", width: 600, height: 800, quality: null, blocks, continued: [], furniture: [], ...change };
}
