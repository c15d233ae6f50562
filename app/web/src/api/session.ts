import { getJson, send } from "./http";
import type { Status } from "./types";

export function getStatus(): Promise<Status> {
  return getJson("/api/status");
}

/** Exchanges a key for a session cookie. */
export async function signIn(key: string): Promise<void> {
  await send("/api/session", { method: "POST", body: { key } });
}

export async function signOut(): Promise<void> {
  await send("/api/session", { method: "DELETE" });
}
