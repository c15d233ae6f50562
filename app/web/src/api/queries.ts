/** What the page knows of the server, cached once for all views. */

import { keepPreviousData, useQuery, type QueryClient } from "@tanstack/react-query";
import { listCollections } from "./collections";
import { getConversation, listConversations } from "./conversations";
import { getDocument, getOutline, getPage, listAttempts, listDocuments, listPages } from "./documents";
import { getStatus } from "./session";
import type { DocumentList, DocumentQuery, DocumentRecord } from "./types";

export const keys = {
  status: ["status"] as const,
  collections: ["collections"] as const,
  conversations: ["conversations"] as const,
  conversation: (id: string) => ["conversation", id] as const,
  documents: (collectionId: string) => ["documents", collectionId] as const,
  document: (id: string) => ["document", id] as const,
  pages: (id: string, version: string) => ["pages", id, version] as const,
};

export const useStatus = () => useQuery({ queryKey: keys.status, queryFn: getStatus, staleTime: Infinity });

export const useCollections = () => useQuery({ queryKey: keys.collections, queryFn: () => listCollections() });

export const useConversations = () => useQuery({ queryKey: keys.conversations, queryFn: listConversations });

export const useConversation = (id: string | null) =>
  useQuery({
    queryKey: keys.conversation(id ?? ""),
    queryFn: () => getConversation(id ?? ""),
    enabled: id !== null,
    staleTime: Infinity, // changed only by asking, which writes the cache itself
  });

export const useDocuments = (collectionId: string, wanted: DocumentQuery) =>
  useQuery({
    queryKey: [...keys.documents(collectionId), wanted],
    queryFn: () => listDocuments(collectionId, wanted),
    placeholderData: keepPreviousData,
  });

export const useDocument = (id: string) => useQuery({ queryKey: keys.document(id), queryFn: () => getDocument(id) });

/** Asked anew each time: a document may be in work. */
export const useAttempts = (id: string) =>
  useQuery({ queryKey: ["attempts", id], queryFn: () => listAttempts(id), gcTime: 0 });

/** `version` (the content's hash) keeps the pages of a replaced document from being shown on. */
export const usePages = (id: string, version: string) =>
  useQuery({
    queryKey: keys.pages(id, version),
    queryFn: () => listPages(id),
    enabled: version !== "",
    staleTime: Infinity,
  });

export const useOutline = (id: string, version: string) =>
  useQuery({
    queryKey: [...keys.pages(id, version), "outline"],
    queryFn: () => getOutline(id),
    enabled: version !== "",
    staleTime: Infinity,
  });

export const usePageContent = (id: string, version: string, page: number, enabled: boolean) =>
  useQuery({
    queryKey: [...keys.pages(id, version), page],
    queryFn: () => getPage(id, page),
    enabled: enabled && version !== "",
    staleTime: Infinity,
  });

/** Old answers hold no words of a deleted document any more: what is cached of them is read again. */
export function forgetQuotes(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: ["conversation"] });
}

/** Puts a changed document where it is already shown; says whether its state changed there. */
export function placeDocument(client: QueryClient, document: DocumentRecord): boolean {
  let stateChanged = true;
  client.setQueriesData<DocumentList>({ queryKey: keys.documents(document.collection_id) }, (list) => {
    const known = list?.items.find((item) => item.id === document.id);
    if (!list || !known) return list;
    stateChanged = known.state !== document.state;
    return { ...list, items: list.items.map((item) => (item.id === document.id ? document : item)) };
  });
  if (client.getQueryData(keys.document(document.id))) client.setQueryData(keys.document(document.id), document);
  return stateChanged;
}
