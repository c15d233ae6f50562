import { describe, expect, it, vi } from "vitest";
import { answer } from "../testing/samples";
import { eventStream, problem, serve } from "../testing/server";
import { streamChat, type ChatEvent } from "./chat";
import { ApiError, AUTH_NEEDED } from "./http";

async function drain(signal = new AbortController().signal): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of streamChat({ question: "q" }, signal)) events.push(event);
  return events;
}

describe("streamChat", () => {
  it("yields the events in order, unknown ones left out", async () => {
    const done = { answer: answer(), conversation_id: "v", message_id: "m" };
    const calls = serve({
      "POST /api/chat": () =>
        eventStream([
          ["retrieved", { hits: [], question: "q", respelled: [] }],
          ["heartbeat", {}],
          ["token", { text: "It" }],
          ["done", done],
        ]),
    });
    const events = await drain();
    expect(events.map((event) => event.type)).toEqual(["retrieved", "token", "done"]);
    expect(events[2]).toEqual({ type: "done", ...done });
    expect(calls[0]?.body).toEqual({ question: "q" });
  });

  it("tells a stream that ends without done", async () => {
    serve({ "POST /api/chat": () => eventStream([["token", { text: "It" }]]) });
    await expect(drain()).rejects.toMatchObject({ code: "stream_cut" });
  });

  it("tells a connection that breaks half-way", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('event: token\ndata: {"text":"a"}\n\n')),
      pull: (controller) => controller.error(new TypeError("network error")),
    });
    serve({ "POST /api/chat": () => new Response(body) });
    await expect(drain()).rejects.toMatchObject({ code: "network" });
  });

  it("tells what the server refused, with code and hint", async () => {
    serve({ "POST /api/chat": () => problem(503, "busy", "Too many.", "Wait.") });
    const failure = await drain().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 503, code: "busy", message: "Too many.", hint: "Wait." });
  });

  it("asks for the key on 401", async () => {
    const asked = vi.fn();
    window.addEventListener(AUTH_NEEDED, asked, { once: true });
    serve({ "POST /api/chat": () => problem(401, "unauthorized", "This server needs a key.", "") });
    await expect(drain()).rejects.toMatchObject({ status: 401 });
    expect(asked).toHaveBeenCalledOnce();
  });

  it("survives an error page that is not JSON", async () => {
    serve({ "POST /api/chat": () => new Response("<h1>Bad gateway</h1>", { status: 502 }) });
    await expect(drain()).rejects.toMatchObject({ code: "http_502", message: "HTTP 502" });
  });

  it("ends as aborted when the reader stops it", async () => {
    const abort = new AbortController();
    serve({
      "POST /api/chat": () => {
        abort.abort();
        return eventStream([["token", { text: "a" }]]);
      },
    });
    await expect(drain(abort.signal)).rejects.toMatchObject({ name: "AbortError" });
  });
});
