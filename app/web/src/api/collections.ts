import { getJson, send } from "./http";
import type { Collection, CollectionChange, CollectionList, NewCollection } from "./types";

export async function listCollections(signal?: AbortSignal): Promise<Collection[]> {
  const list = await getJson<CollectionList>("/api/collections", signal ? { signal } : {});
  return list.items;
}

export function createCollection(name: string, description = ""): Promise<Collection> {
  const body: NewCollection = { name, description };
  return getJson("/api/collections", { method: "POST", body });
}

export function updateCollection(id: string, change: CollectionChange): Promise<Collection> {
  return getJson(`/api/collections/${encodeURIComponent(id)}`, { method: "PATCH", body: change });
}

export async function deleteCollection(id: string): Promise<void> {
  await send(`/api/collections/${encodeURIComponent(id)}`, { method: "DELETE" });
}
