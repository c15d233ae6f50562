/** Asking a question: POST /api/chat, answered as a stream of events. */

import { ApiError, asApiError, isAbort, send } from "./http";
import { readEvents, type ServerEvent } from "./sse";
import type { Answer, ChatRequest, Citation, Grounding, Hit } from "./types";

/** As docs/rest.md tells them: the OpenAPI document has no events (see types.ts). */
export type ChatEvent =
  | { type: "retrieved"; hits: Hit[]; question: string; respelled: Answer["respelled"] }
  | { type: "token"; text: string; answers: boolean }
  | { type: "citation"; citation: Citation }
  | { type: "grounding"; report: Grounding }
  | { type: "done"; answer: Answer; conversation_id: string | null; message_id: string | null }
  | { type: "error"; code: string; message: string; hint: string };

const KNOWN = new Set(["retrieved", "token", "citation", "grounding", "done", "error"]);

/**
 * Yields the events of one answer. Ends after `done` or `error`; a stream that stops without
 * either throws ApiError("stream_cut"), so that an answer never ends silently.
 */
export async function* streamChat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const response = await send("/api/chat", { method: "POST", body: request, signal });
  if (!response.body) throw cut();
  try {
    for await (const item of readEvents(response.body)) {
      const event = decode(item);
      if (!event) continue;
      yield event;
      if (event.type === "done" || event.type === "error") return;
    }
  } catch (error) {
    if (signal.aborted || isAbort(error)) throw new DOMException("stopped", "AbortError");
    throw error instanceof SyntaxError ? cut() : asApiError(error);
  }
  if (signal.aborted) throw new DOMException("stopped", "AbortError");
  throw cut();
}

function decode(item: ServerEvent): ChatEvent | null {
  if (!KNOWN.has(item.event)) return null; // heartbeats and events of newer servers
  return { type: item.event, ...(JSON.parse(item.data) as object) } as ChatEvent;
}

function cut(): ApiError {
  return new ApiError({ status: 0, code: "stream_cut", message: "The answer stopped before its end.", hint: "" });
}
