import { getJson, send } from "./http";
import type { SignIn, Status } from "./types";

export function getStatus(): Promise<Status> {
  return getJson("/api/status");
}

/** Exchanges a key for a session cookie. */
export async function signIn(key: string): Promise<void> {
  const body: SignIn = { key };
  await send("/api/session", { method: "POST", body });
}

export async function signOut(): Promise<void> {
  await send("/api/session", { method: "DELETE" });
}
