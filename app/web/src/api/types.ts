/**
 * The shapes of the REST API under the page's own names, all made from the server's OpenAPI document
 * (`make api-types`). Times are ISO 8601; boxes are PDF points, pages count from 1.
 *
 * Not in that document are the payloads of server-sent events: OpenAPI knows such a stream as text
 * only. They are written by hand beside their readers, chat.ts and events.ts, of the parts here.
 */

import type { components, paths } from "./openapi";

type Schemas = components["schemas"];

export type Status = Schemas["StatusOut"];
export type SignIn = Schemas["SessionIn"];
/** RFC 9457 problem details, with docchat's stable code and hint. */
export type Problem = Schemas["Problem"];

export type Collection = Schemas["CollectionOut"];
export type CollectionList = Schemas["CollectionList"];
export type NewCollection = Schemas["CollectionIn"];
export type CollectionChange = Schemas["CollectionPatch"];

export type DocumentRecord = Schemas["DocumentOut"];
export type DocumentState = Schemas["DocumentState"];
export type DocumentList = Schemas["DocumentListOut"];
/** What the list of documents may be asked for. */
export type DocumentQuery = Required<
  NonNullable<paths["/api/collections/{collection_id}/documents"]["get"]["parameters"]["query"]>
>;
export type DocumentOrder = DocumentQuery["order_by"];
export type ParseWarning = Schemas["WarningOut"];
export type Attempt = Schemas["AttemptOut"];
export type AttemptList = Schemas["AttemptList"];
export type UploadResult = Schemas["UploadOut"];
export type UploadItem = UploadResult["items"][number];

export type Box = Schemas["BoxOut"];
export type Outline = Schemas["OutlineOut"];
export type OutlineEntry = Schemas["OutlineEntryOut"];
export type PageList = Schemas["PageList"];
export type PageInfo = Schemas["PageSummary"];
/** `blocks` begin on this page; `continued` began earlier; `furniture` was left out of the text. */
export type PageContent = Schemas["PageViewOut"];
export type Block = Schemas["BlockOut"];
export type BlockKind = Block["kind"];
/** [start, end) in Unicode code points, as Python counts them. */
export type CharRange = Block["char_range"];
export type Table = Schemas["TableOut"];
export type TableCell = Schemas["CellOut"];

export type ChatRequest = Schemas["ChatIn"];
export type Hit = Schemas["HitOut"];
export type Citation = Schemas["CitationOut"];
export type Claim = Schemas["ClaimOut"];
export type Verdict = Claim["verdict"];
export type Grounding = Schemas["GroundingOut"];
export type Answer = Schemas["AnswerOut"];

export type Feedback = Schemas["FeedbackOut"];
export type FeedbackChange = Schemas["FeedbackIn"];
export type Message = Schemas["MessageOut"];
export type NewConversation = Schemas["ConversationIn"];
export type ConversationChange = Schemas["ConversationPatch"];
export type ConversationSummary = Schemas["ConversationOut"];
export type ConversationList = Schemas["ConversationList"];
export type Conversation = Schemas["ConversationFull"];
