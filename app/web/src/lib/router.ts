/** Where the reader is, kept in the URL's hash so that any static server serves the page. */

import { useSyncExternalStore } from "react";

export type Route =
  | { view: "home" }
  | { view: "chat"; conversationId: string | null; scope: { collection: string | null; document: string | null } }
  | { view: "collection"; id: string }
  | { view: "document"; id: string; page: number }
  | { view: "unknown" };

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const parameters = new URLSearchParams(query);
  const parts = path.split("/").filter(Boolean).map(safeDecode);
  const [view, id, ...rest] = parts;
  if (rest.length > 0) return { view: "unknown" };
  if (view === undefined) return { view: "home" };
  if (view === "chat") {
    const scope = { collection: parameters.get("collection"), document: parameters.get("document") };
    return { view: "chat", conversationId: id ?? null, scope };
  }
  if (view === "collection" && id) return { view: "collection", id };
  if (view === "document" && id) {
    return { view: "document", id, page: Math.max(1, Number.parseInt(parameters.get("page") ?? "1", 10) || 1) };
  }
  return { view: "unknown" };
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % typed by hand
  }
}

interface ScopeParameters {
  collection?: string;
  document?: string;
}

function search(parameters: ScopeParameters): string {
  const text = new URLSearchParams({ ...parameters }).toString();
  return text ? `?${text}` : "";
}

export const paths = {
  home: "#/",
  newChat: (scope: ScopeParameters = {}) => `#/chat${search(scope)}`,
  chat: (id: string, scope: ScopeParameters = {}) => `#/chat/${encodeURIComponent(id)}${search(scope)}`,
  collection: (id: string) => `#/collection/${encodeURIComponent(id)}`,
  document: (id: string, page = 1) => `#/document/${encodeURIComponent(id)}${page > 1 ? `?page=${page}` : ""}`,
};

export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (options.replace) {
    history.replaceState(null, "", path);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    window.location.hash = path;
  }
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}
