/** A stand-in for the API: routes by method and path, answered through `fetch`. */

import { afterEach } from "vitest";

export interface Call {
  method: string;
  path: string;
  body: unknown;
}

type Reply = Response | Promise<Response>;
export type Handler = (call: Call, signal: AbortSignal | null) => Reply;

const original = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = original;
});

/** Keys are "GET /api/x" without the query; an unknown route answers 404 as the API would. */
export function serve(routes: Record<string, Handler | unknown>): Call[] {
  const calls: Call[] = [];
  globalThis.fetch = async (input, init) => {
    const path = String(input);
    const method = init?.method ?? "GET";
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
    const call = { method, path, body };
    calls.push(call);
    const found = routes[`${method} ${path.split("?")[0] ?? ""}`];
    if (found === undefined) return problem(404, "not_found", "There is nothing here.", "");
    return typeof found === "function" ? await (found as Handler)(call, init?.signal ?? null) : json(found);
  };
  return calls;
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
}

export function problem(status: number, code: string, detail: string, hint: string): Response {
  return json({ type: "about:blank", title: detail, status, detail, code, hint }, status);
}

/** A stream of server-sent events, cut into pieces of `size` bytes to show that cuts do not matter. */
export function eventStream(events: [string, unknown][], size = 7): Response {
  const text = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}
