/** Files on their way to the server: a few at a time, each with its progress and outcome. */

import { useSyncExternalStore } from "react";
import { asApiError, isAbort } from "../api/http";
import { uploadFile, type UploadCall } from "../api/upload";
import type { PickedFile } from "./dropped";

const AT_ONCE = 3;

export interface Upload {
  id: number;
  collectionId: string;
  name: string;
  state: "waiting" | "sending" | "done" | "refused" | "cancelled";
  /** Share of bytes sent, 0..1. */
  share: number;
  outcome: "added" | "unchanged" | "replaced" | null;
  failure: { code: string; message: string; hint: string } | null;
}

type Send = typeof uploadFile;

export class Uploads {
  private items: readonly Upload[] = [];
  private readonly files = new Map<number, File>();
  private readonly calls = new Map<number, UploadCall>();
  private readonly listeners = new Set<() => void>();
  private count = 0;

  /** `onStored` is told the collection after each file that the server took. */
  constructor(
    private readonly onStored: (collectionId: string) => void,
    private readonly send: Send = uploadFile,
  ) {}

  all = (): readonly Upload[] => this.items;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Queues files; one that is too large is refused here, before its bytes travel. */
  add(collectionId: string, files: PickedFile[], refuse: (file: File) => Upload["failure"]): void {
    const added = files.map(({ file, name }): Upload => {
      this.count += 1;
      const failure = refuse(file);
      if (!failure) this.files.set(this.count, file);
      const state = failure ? "refused" : "waiting";
      return { id: this.count, collectionId, name, state, share: 0, outcome: null, failure };
    });
    // What was simply taken stands in the list of documents by now: count anew.
    const kept = this.items.filter((item) => item.collectionId !== collectionId || item.outcome !== "added");
    this.items = [...kept, ...added];
    this.notify();
    this.pump();
  }

  cancel(collectionId: string): void {
    for (const item of this.items) {
      if (item.collectionId !== collectionId) continue;
      if (item.state === "waiting") this.settle(item.id, { state: "cancelled" });
      this.calls.get(item.id)?.cancel();
    }
  }

  /** Sends a refused or cancelled file again. */
  retry(id: number): void {
    if (!this.files.has(id)) return;
    this.change(id, { state: "waiting", share: 0, failure: null });
    this.pump();
  }

  canRetry(id: number): boolean {
    return this.files.has(id);
  }

  /** Forgets what is over. */
  dismiss(collectionId: string): void {
    const over = (item: Upload) => item.collectionId === collectionId && !isActive(item);
    for (const item of this.items.filter(over)) this.files.delete(item.id);
    this.items = this.items.filter((item) => !over(item));
    this.notify();
  }

  private pump(): void {
    for (const item of this.items) {
      if (this.calls.size >= AT_ONCE) return;
      if (item.state === "waiting") void this.run(item);
    }
  }

  private async run(item: Upload): Promise<void> {
    const file = this.files.get(item.id);
    if (!file) return;
    const call = this.send(item.collectionId, file, item.name, (share) => this.change(item.id, { share }));
    this.calls.set(item.id, call);
    this.change(item.id, { state: "sending" });
    try {
      const result = await call.done;
      if ("error" in result) {
        const { code, detail, title, hint } = result.error;
        this.change(item.id, { state: "refused", failure: { code, message: detail || title, hint } });
      } else {
        this.settle(item.id, { state: "done", share: 1, outcome: result.outcome });
        this.onStored(item.collectionId);
      }
    } catch (error) {
      if (isAbort(error)) this.change(item.id, { state: "cancelled" });
      else this.change(item.id, { state: "refused", failure: asApiError(error) });
    } finally {
      this.calls.delete(item.id);
      this.pump();
    }
  }

  /** An ending after which the bytes are not needed again. */
  private settle(id: number, change: Partial<Upload>): void {
    if (change.state === "done") this.files.delete(id);
    this.change(id, change);
  }

  private change(id: number, change: Partial<Upload>): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...change } : item));
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

export function isActive(item: Upload): boolean {
  return item.state === "waiting" || item.state === "sending";
}

export function useUploadsOf(uploads: Uploads, collectionId: string): Upload[] {
  const all = useSyncExternalStore(uploads.subscribe, uploads.all);
  return all.filter((item) => item.collectionId === collectionId);
}
