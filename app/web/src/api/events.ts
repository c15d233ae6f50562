/** Live document changes from GET /api/events, across reconnects and hidden tabs. */

import { SIGNED_IN } from "./http";
import type { DocumentRecord } from "./types";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export interface Watcher {
  onDocument: (document: DocumentRecord) => void;
  /** Called after each reconnect: changes may have been missed, so refetch. */
  onReconnect: () => void;
}

/**
 * Follows the stream until the returned function is called. A hidden tab lets go of its
 * connection: browsers allow six to a host, and many open tabs would starve each other.
 */
export function watchDocuments(watcher: Watcher): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_RETRY_MS;
  let last: number | null = null;
  let opened = false;

  function open(): void {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(last === null ? "/api/events" : `/api/events?after=${last}`);
    source.onopen = () => {
      wait = FIRST_RETRY_MS;
      if (opened) watcher.onReconnect();
      opened = true;
    };
    source.addEventListener("document", (event) => {
      const data = JSON.parse((event as MessageEvent<string>).data) as { sequence: number; document: DocumentRecord };
      last = data.sequence;
      watcher.onDocument(data.document);
    });
    source.onerror = () => {
      close();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_RETRY_MS);
    };
  }

  function close(): void {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function onVisibility(): void {
    if (document.hidden) close();
    else if (!source) open();
  }

  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener(SIGNED_IN, open);
  if (!document.hidden) open();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener(SIGNED_IN, open);
    close();
  };
}
