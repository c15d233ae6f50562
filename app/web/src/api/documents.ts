import { getJson, query, send } from "./http";
import type {
  Attempt,
  AttemptList,
  DocumentList,
  DocumentQuery,
  DocumentRecord,
  Outline,
  OutlineEntry,
  PageContent,
  PageInfo,
  PageList,
} from "./types";

const one = (id: string) => `/api/documents/${encodeURIComponent(id)}`;

export function listDocuments(collectionId: string, wanted: DocumentQuery): Promise<DocumentList> {
  return getJson(`/api/collections/${encodeURIComponent(collectionId)}/documents${query({ ...wanted })}`);
}

export function getDocument(id: string): Promise<DocumentRecord> {
  return getJson(one(id));
}

export async function listAttempts(id: string): Promise<Attempt[]> {
  return (await getJson<AttemptList>(`${one(id)}/attempts`)).items;
}

export async function deleteDocument(id: string): Promise<void> {
  await send(one(id), { method: "DELETE" });
}

export async function retryDocument(id: string): Promise<void> {
  await send(`${one(id)}/retry`, { method: "POST" });
}

export async function cancelDocument(id: string): Promise<void> {
  await send(`${one(id)}/cancel`, { method: "POST" });
}

export async function getOutline(id: string): Promise<OutlineEntry[]> {
  return (await getJson<Outline>(`${one(id)}/outline`)).items;
}

export async function listPages(id: string): Promise<PageInfo[]> {
  return (await getJson<PageList>(`${one(id)}/pages`)).items;
}

export function getPage(id: string, page: number): Promise<PageContent> {
  return getJson(`${one(id)}/pages/${page}`);
}

/** The page as PNG; `scale` is pixels per point. */
export function pageImageUrl(id: string, page: number, scale: number): string {
  return `${one(id)}/pages/${page}.png${query({ scale })}`;
}

export function originalUrl(id: string): string {
  return `${one(id)}/file`;
}
