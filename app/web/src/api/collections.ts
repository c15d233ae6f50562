import { getJson, send } from "./http";
import type { Collection } from "./types";

export async function listCollections(signal?: AbortSignal): Promise<Collection[]> {
  const list = await getJson<{ items: Collection[] }>("/api/collections", signal ? { signal } : {});
  return list.items;
}

export function createCollection(name: string, description = ""): Promise<Collection> {
  return getJson("/api/collections", { method: "POST", body: { name, description } });
}

export function updateCollection(id: string, change: { name?: string; description?: string }): Promise<Collection> {
  return getJson(`/api/collections/${encodeURIComponent(id)}`, { method: "PATCH", body: change });
}

export async function deleteCollection(id: string): Promise<void> {
  await send(`/api/collections/${encodeURIComponent(id)}`, { method: "DELETE" });
}
