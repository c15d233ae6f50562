/** The JSON shapes of the REST API. Times are ISO 8601; ranges count Unicode code points. */

export type DocumentState =
  | "queued"
  | "parsing"
  | "embedding"
  | "indexing"
  | "ready"
  | "failed"
  | "cancelled"
  | "deleting";

/** [start, end) in Unicode code points, as Python counts them. */
export type CharRange = [number, number];

export interface Collection {
  id: string;
  name: string;
  description: string;
  created_at: string;
  documents: number;
}

export interface Failure {
  code: string;
  message: string;
  hint: string;
}

export interface ParseWarning {
  code: string;
  message: string;
  page: number;
}

export interface DocumentRecord {
  id: string;
  collection_id: string;
  name: string;
  media_type: string;
  sha256: string;
  size: number;
  state: DocumentState;
  created_at: string;
  updated_at: string;
  searchable: boolean;
  pages: number;
  pages_done: number;
  chunks: number;
  chunks_done: number;
  attempts: number;
  failure: Failure | null;
  warnings: ParseWarning[];
  metadata: Record<string, string>;
}

export type AttemptOutcome =
  | "ready"
  | "failed"
  | "postponed"
  | "released"
  | "cancelled"
  | "replaced"
  | "deleted"
  | "lost";

/** A worker's time with a document; `ended` and `outcome` are null while it lasts. */
export interface Attempt {
  number: number;
  revision: number;
  worker: string;
  started: string;
  ended: string | null;
  reached: DocumentState;
  outcome: AttemptOutcome | null;
  code: string | null;
  message: string | null;
}

export interface Paged<T> {
  items: T[];
  total: number;
  page: number;
  page_size: number;
}

/** RFC 9457 problem details, with docchat's stable code and hint. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  hint: string;
}

export type UploadItem =
  | { document: DocumentRecord; outcome: "added" | "unchanged" | "replaced" }
  | { name: string; error: Problem };

export interface Box {
  page: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface OutlineEntry {
  title: string;
  level: number;
  page: number;
}

export interface PageInfo {
  number: number;
  label: string;
  width: number;
  height: number;
}

export interface TableCell {
  row: number;
  column: number;
  text: string;
  row_span: number;
  column_span: number;
  header: boolean;
  /** Null where the format has no geometry. */
  box: Box | null;
}

export interface Table {
  rows: number;
  columns: number;
  cells: TableCell[];
}

export type BlockKind =
  | "title"
  | "heading"
  | "text"
  | "list"
  | "table"
  | "caption"
  | "figure"
  | "formula"
  | "footnote"
  | "code";

export interface Block {
  kind: BlockKind;
  text: string;
  level: number;
  boxes: Box[];
  char_range: CharRange;
  table: Table | null;
}

export interface PageContent extends PageInfo {
  /** The blocks that begin on this page, in reading order. */
  blocks: Block[];
  /** Blocks of earlier pages that run on over to this one. */
  continued: Block[];
  /** Running headers and footers, left out of the text. */
  furniture: string[];
}

export interface Chunk {
  id: string;
  document_id: string;
  ordinal: number;
  text: string;
  heading_path: string[];
  boxes: Box[];
  char_range: CharRange;
  page: number;
  page_end: number;
  tokens: number;
  kind: "text" | "table";
}

export interface Hit {
  chunk: Chunk;
  document_id: string;
  document_name: string;
  collection_id: string;
  media_type: string;
  score: number;
  lexical: number | null;
  dense: number | null;
  rerank: number | null;
  named: number | null;
  agreement: number | null;
  linked: number | null;
  page: number;
  boxes: Box[];
}

export interface Citation {
  marker: number;
  chunk_id: string;
  document_id: string;
  document_name: string;
  page: number;
  boxes: Box[];
  quote: string;
  char_range: CharRange;
  /** The document was deleted since: quote and boxes are empty. */
  deleted: boolean;
}

export type Verdict = "supported" | "partial" | "unsupported" | "contradicted" | "not-checkable";

export interface Claim {
  text: string;
  char_range: CharRange;
  verdict: Verdict;
  score: number;
  evidence: string[];
  reasons: string[];
}

export interface Grounding {
  score: number;
  claims: Claim[];
}

export interface Answer {
  text: string;
  citations: Citation[];
  grounding: Grounding;
  refused: boolean;
  question: string;
  language: "en" | "zh";
  hits: Hit[];
  usage: Record<string, number>;
  timings: Record<string, number>;
}

export interface Feedback {
  value: "up" | "down";
  comment: string;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  text: string;
  created_at: string;
  answer: Answer | null;
  feedback: Feedback | null;
}

export interface ConversationSummary {
  id: string;
  title: string;
  collection_ids: string[];
  created_at: string;
  updated_at: string;
}

export interface Conversation extends ConversationSummary {
  messages: Message[];
}

export interface Status {
  version: string;
  answerer: string;
  embedder: string;
  ocr: boolean | string;
  auth_required: boolean;
  formats: string[];
  limits: { max_file_mb: number };
}
