/**
 * Answers being written. They live outside the views, so that looking at a document in between
 * does not stop them; a finished answer moves into the conversation, a failed or stopped one
 * stays here to be read and retried.
 */

import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { streamChat, type ChatEvent } from "../api/chat";
import { ApiError, asApiError, isAbort } from "../api/http";
import { keys } from "../api/queries";
import type { Answer, ChatRequest, Citation, Conversation, Grounding, Hit, Message } from "../api/types";

export type Phase = "searching" | "writing" | "stopped" | "failed";

export interface Run {
  id: string;
  conversationId: string;
  /** The question's message in the cached conversation: the answer is shown below it. */
  questionId: string;
  request: ChatRequest;
  phase: Phase;
  text: string;
  citations: Citation[];
  grounding: Grounding | null;
  hits: Hit[] | null;
  error: ApiError | null;
}

const NONE: readonly Run[] = [];

export class Runs {
  private readonly byConversation = new Map<string, readonly Run[]>();
  private readonly aborts = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private count = 0;

  constructor(private readonly client: QueryClient) {}

  of(conversationId: string): readonly Run[] {
    return this.byConversation.get(conversationId) ?? NONE;
  }

  isBusy(conversationId: string): boolean {
    return this.of(conversationId).some((run) => this.aborts.has(run.id));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks, and resolves when the answer is finished, stopped or failed; never rejects. */
  async ask(conversationId: string, request: ChatRequest): Promise<void> {
    this.count += 1;
    const run: Run = {
      id: `run-${this.count}`,
      conversationId,
      questionId: `run-${this.count}-question`,
      request: { ...request, conversation_id: conversationId },
      phase: "searching",
      text: "",
      citations: [],
      grounding: null,
      hits: null,
      error: null,
    };
    this.byConversation.set(conversationId, [...this.of(conversationId), run]);
    this.addMessages(run, [message(run.questionId, "user", request.question)]);
    const abort = new AbortController();
    this.aborts.set(run.id, abort);
    this.notify();
    try {
      for await (const event of streamChat(run.request, abort.signal)) this.apply(run, event);
    } catch (error) {
      if (isAbort(error)) this.change(run, { phase: "stopped" });
      else this.change(run, { phase: "failed", error: asApiError(error) });
    } finally {
      this.aborts.delete(run.id);
      this.notify();
      void this.client.invalidateQueries({ queryKey: keys.conversations });
    }
  }

  stop(conversationId: string): void {
    for (const run of this.of(conversationId)) this.aborts.get(run.id)?.abort();
  }

  /** Asks a failed or stopped question again, in its place. */
  retry(run: Run): Promise<void> {
    this.client.setQueryData<Conversation>(
      keys.conversation(run.conversationId),
      (known) => known && { ...known, messages: known.messages.filter((item) => item.id !== run.questionId) },
    );
    this.remove(run);
    return this.ask(run.conversationId, run.request);
  }

  forget(conversationId: string): void {
    this.stop(conversationId);
    this.byConversation.delete(conversationId);
    this.notify();
  }

  private apply(started: Run, event: ChatEvent): void {
    const run = this.of(started.conversationId).find((item) => item.id === started.id);
    if (!run) return; // its conversation was deleted meanwhile
    if (event.type === "retrieved") this.change(run, { hits: event.hits });
    if (event.type === "token") this.change(run, { phase: "writing", text: run.text + event.text }, true);
    if (event.type === "citation") this.change(run, { citations: [...run.citations, event.citation] }, true);
    if (event.type === "grounding") this.change(run, { grounding: event.report });
    if (event.type === "error") {
      this.change(run, { phase: "failed", error: new ApiError({ status: 0, ...event }) });
    }
    if (event.type === "done") this.finish(run, event.answer, event.message_id);
  }

  /** Moves the answer into the conversation: the server keeps the same two messages. */
  private finish(run: Run, answer: Answer, messageId: string | null): void {
    this.addMessages(run, [{ ...message(messageId ?? run.id, "assistant", answer.text), answer }]);
    this.remove(run);
  }

  /** A later answer goes below its own question, whatever was asked since. */
  private addMessages(run: Run, added: Message[]): void {
    this.client.setQueryData<Conversation>(keys.conversation(run.conversationId), (known) => {
      if (!known) return known;
      const question = known.messages.findIndex((item) => item.id === run.questionId);
      const at = question < 0 ? known.messages.length : question + 1;
      return { ...known, messages: known.messages.toSpliced(at, 0, ...added) };
    });
  }

  private change(run: Run, change: Partial<Run>, soon = false): void {
    const list = this.of(run.conversationId);
    this.byConversation.set(
      run.conversationId,
      list.map((item) => (item.id === run.id ? { ...item, ...change } : item)),
    );
    if (soon) this.notifySoon();
    else this.notify();
  }

  private remove(run: Run): void {
    const rest = this.of(run.conversationId).filter((item) => item.id !== run.id);
    this.byConversation.set(run.conversationId, rest);
    this.notify();
  }

  /** Tokens come faster than a screen is drawn. */
  private notifySoon(): void {
    this.timer ??= setTimeout(() => this.notify(), 40);
  }

  private notify(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const listener of this.listeners) listener();
  }
}

function message(id: string, role: Message["role"], text: string): Message {
  return { id, role, text, created_at: new Date().toISOString(), answer: null, feedback: null };
}

export function useRunsOf(runs: Runs, conversationId: string | null): readonly Run[] {
  return useSyncExternalStore(runs.subscribe, () => (conversationId ? runs.of(conversationId) : NONE));
}

export function useIsBusy(runs: Runs, conversationId: string | null): boolean {
  return useSyncExternalStore(runs.subscribe, () => (conversationId ? runs.isBusy(conversationId) : false));
}
