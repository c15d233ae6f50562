/** One way to call the API: JSON in, JSON out, every failure an ApiError with code and hint. */

import type { Problem } from "./types";

/** A failed call. `code` is the API's stable code, or "network" when no answer came at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(problem: { status: number; code: string; message: string; hint: string }) {
    super(problem.message);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.hint = problem.hint;
  }
}

/** Fired on `window` when the API wants a key that this browser has not given. */
export const AUTH_NEEDED = "docchat:auth-needed";

/** Fired on `window` when a key was accepted. */
export const SIGNED_IN = "docchat:signed-in";

/** Turns any thrown value into an ApiError, so that every view shows failures alike. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError({ status: 0, code: "network", message, hint: "" });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Reads problem details; a proxy's HTML page or an empty body still gives a usable error. */
export function errorFromBody(status: number, body: string): ApiError {
  if (status === 401) window.dispatchEvent(new Event(AUTH_NEEDED));
  const problem = parseProblem(body);
  return new ApiError({
    status,
    code: problem.code || `http_${status}`,
    message: problem.detail || problem.title || `HTTP ${status}`,
    hint: problem.hint || "",
  });
}

function parseProblem(body: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Partial<Problem>) : {};
  } catch {
    return {}; // not JSON: the status alone tells
  }
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
}

/** Sends a request and returns the response if it is a success; throws ApiError otherwise. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = "GET", body, signal } = options;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw asApiError(error);
  }
  if (!response.ok) throw errorFromBody(response.status, await response.text());
  return response;
}

/** Sends a request and reads its JSON answer. */
export async function getJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  return (await response.json()) as T;
}

/** Builds `?a=b&c=d`, leaving out what is empty. */
export function query(parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}
