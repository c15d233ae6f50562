import { getJson, send } from "./http";
import type {
  Conversation,
  ConversationChange,
  ConversationList,
  ConversationSummary,
  FeedbackChange,
  NewConversation,
} from "./types";

const BASE = "/api/conversations";

export async function listConversations(): Promise<ConversationSummary[]> {
  return (await getJson<ConversationList>(BASE)).items;
}

export function getConversation(id: string): Promise<Conversation> {
  return getJson(`${BASE}/${encodeURIComponent(id)}`);
}

export function createConversation(title: string, collectionIds: string[]): Promise<ConversationSummary> {
  const body: NewConversation = { title, collection_ids: collectionIds };
  return getJson(BASE, { method: "POST", body });
}

export async function renameConversation(id: string, title: string): Promise<void> {
  const body: ConversationChange = { title };
  await send(`${BASE}/${encodeURIComponent(id)}`, { method: "PATCH", body });
}

export async function deleteConversation(id: string): Promise<void> {
  await send(`${BASE}/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** `value` null takes the feedback back. */
export async function putFeedback(messageId: string, value: FeedbackChange["value"], comment = ""): Promise<void> {
  const body: FeedbackChange = { value, comment };
  await send(`/api/messages/${encodeURIComponent(messageId)}/feedback`, { method: "PUT", body });
}
