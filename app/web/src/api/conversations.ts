import { getJson, send } from "./http";
import type { Conversation, ConversationSummary } from "./types";

const BASE = "/api/conversations";

export async function listConversations(): Promise<ConversationSummary[]> {
  return (await getJson<{ items: ConversationSummary[] }>(BASE)).items;
}

export function getConversation(id: string): Promise<Conversation> {
  return getJson(`${BASE}/${encodeURIComponent(id)}`);
}

export function createConversation(title: string, collectionIds: string[]): Promise<ConversationSummary> {
  return getJson(BASE, { method: "POST", body: { title, collection_ids: collectionIds } });
}

export async function renameConversation(id: string, title: string): Promise<void> {
  await send(`${BASE}/${encodeURIComponent(id)}`, { method: "PATCH", body: { title } });
}

export async function deleteConversation(id: string): Promise<void> {
  await send(`${BASE}/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** `value` null takes the feedback back. */
export async function putFeedback(messageId: string, value: "up" | "down" | null, comment = ""): Promise<void> {
  const body = { value, comment };
  await send(`/api/messages/${encodeURIComponent(messageId)}/feedback`, { method: "PUT", body });
}
