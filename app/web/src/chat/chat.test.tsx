import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Message } from "../api/types";
import { en } from "../i18n/en";
import { renderPage } from "../testing/render";
import { answer, citation, collection, hit } from "../testing/samples";
import { eventStream, json, problem, serve, type Handler } from "../testing/server";
import { ChatView } from "./ChatView";
import { answerAsText } from "./copy";
import { citedSources, otherSources } from "./sources";
import { withoutRepeats } from "./Transcript";

const summary = { id: "v1", title: "t", collection_ids: [], created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z" };
const anywhere = { collection: null, document: null };
const done = { answer: answer(), conversation_id: "v1", message_id: "m1" };

function routes(chat: Handler, messages: Message[] = []) {
  return {
    "GET /api/collections": { items: [collection()] },
    "GET /api/conversations": { items: [summary] },
    "GET /api/conversations/v1": { ...summary, messages },
    "POST /api/conversations": () => json(summary, 201),
    "POST /api/chat": chat,
    "PUT /api/messages/m1/feedback": {},
  };
}

async function ask(question: string) {
  const box = await screen.findByTestId("question");
  await waitFor(() => expect((box as HTMLTextAreaElement).disabled).toBe(false));
  await userEvent.type(box, `${question}{Enter}`);
}

function show(language: "en" | "zh" = "en") {
  return renderPage(<ChatView conversationId="v1" scope={anywhere} />, language);
}

describe("a question", () => {
  it("is answered with citations and sources", async () => {
    const calls = serve(
      routes(() =>
        eventStream([
          ["retrieved", { hits: [hit()], question: "How wide?", respelled: [] }],
          ["token", { text: "It is " }],
          ["token", { text: "1.20 m. [1]" }],
          ["citation", { citation: citation() }],
          ["grounding", { report: { score: 1, claims: [] } }],
          ["done", done],
        ]),
      ),
    );
    show();
    await ask("How wide?");
    expect(await screen.findByTestId("answer")).toBeTruthy();
    expect(screen.getByTestId("citation").textContent).toBe("1");
    expect(screen.getByTestId("source").textContent).toContain("The rotor has a diameter");
    const sent = calls.find((call) => call.path === "/api/chat")?.body;
    expect(sent).toEqual({ question: "How wide?", conversation_id: "v1" });
  });

  it("that fails half-way keeps its text, says why, and can be retried", async () => {
    const streams = [
      () => eventStream([["token", { text: "Half an" }], ["error", { code: "model_timeout", message: "No token for 60 s.", hint: "Ask again." }]]),
      () => eventStream([["done", done]]),
    ];
    serve(routes(() => streams.shift()?.() ?? problem(500, "x", "", "")));
    show();
    await ask("How wide?");
    const failure = await screen.findByTestId("failure");
    expect(failure.textContent).toContain("The language model took too long");
    expect(failure.textContent).toContain("No token for 60 s.");
    expect(failure.textContent).toContain("Ask again.");
    expect(screen.getByText("Half an")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByTestId("answer")).toBeTruthy();
    expect(screen.queryByTestId("failure")).toBeNull();
    expect(screen.getAllByText("How wide?")).toHaveLength(1);
  });

  it("whose stream is cut never ends silently", async () => {
    serve(routes(() => eventStream([["token", { text: "Half" }]])));
    show("zh");
    await ask("多宽？");
    expect((await screen.findByTestId("failure")).textContent).toContain("回答在结束前中断");
  });

  it("can be stopped, and what was written stays", async () => {
    serve(
      routes((_, signal) => {
        const body = new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode('event: token\ndata: {"text":"Begun"}\n\n'));
            signal?.addEventListener("abort", () => controller.error(signal.reason));
          },
        });
        return new Response(body);
      }),
    );
    show();
    await ask("How wide?");
    await screen.findByText("Begun");
    await userEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect((await screen.findByTestId("stopped")).textContent).toContain("You stopped this answer.");
    expect(screen.getByText("Begun")).toBeTruthy();
  });

  it("without evidence is refused, unlike an answer, with the nearest passages", async () => {
    const refused = answer({ refused: true, text: "I searched 6 documents.", citations: [] });
    serve(routes(() => eventStream([["done", { ...done, answer: refused }]])));
    show();
    await ask("Who won?");
    expect((await screen.findByTestId("refusal")).textContent).toContain("nothing found that answers this");
    expect(screen.queryByTestId("grounding")).toBeNull();
    expect(screen.getByTestId("source")).toBeTruthy();
  });

  it("with a mistyped word says what was searched for instead", async () => {
    const spelled = answer({ respelled: [{ asked: "wdie", searched: "wide" }] });
    serve(routes(() => eventStream([["done", { ...done, answer: spelled }]])));
    show();
    await ask("How wdie?");
    expect((await screen.findByTestId("respelled")).textContent).toBe("Searched for “wide” instead of “wdie”.");
  });

  it("is not sent by the Enter that ends a Chinese composition", async () => {
    const calls = serve(routes(() => eventStream([["done", done]])));
    show();
    const box = await screen.findByTestId("question");
    await waitFor(() => expect((box as HTMLTextAreaElement).disabled).toBe(false));
    fireEvent.change(box, { target: { value: "退款" } });
    fireEvent.keyDown(box, { key: "Enter", isComposing: true });
    fireEvent.keyDown(box, { key: "Enter", keyCode: 229 });
    fireEvent.keyDown(box, { key: "Enter", shiftKey: true });
    expect(calls.some((call) => call.path === "/api/chat")).toBe(false);
    fireEvent.keyDown(box, { key: "Enter" });
    await waitFor(() => expect(calls.some((call) => call.path === "/api/chat")).toBe(true));
  });

  it("begins a conversation when there is none, in the chosen collection", async () => {
    const calls = serve(routes(() => eventStream([["done", done]])));
    renderPage(<ChatView conversationId={null} scope={{ collection: "c1", document: null }} />);
    await ask("How wide?");
    await waitFor(() => expect(window.location.hash).toBe("#/chat/v1"));
    expect(calls.find((call) => call.method === "POST" && call.path === "/api/conversations")?.body).toEqual({
      title: "How wide?",
      collection_ids: ["c1"],
    });
    expect(calls.find((call) => call.path === "/api/chat")?.body).toEqual({
      question: "How wide?",
      collection_ids: ["c1"],
      conversation_id: "v1",
    });
  });
});

describe("a kept conversation", () => {
  const question: Message = { id: "q1", role: "user", text: "How wide?", created_at: "", answer: null, feedback: null };
  const reply: Message = { ...question, id: "m1", role: "assistant", text: "It is 1.20 m. [1]", answer: answer() };

  it("takes feedback, and gives it back up when the server refuses", async () => {
    const calls = serve(routes(() => eventStream([]), [question, reply]));
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Good answer" }));
    expect(calls.at(-1)).toMatchObject({ method: "PUT", body: { value: "up", comment: "" } });
    expect(screen.getByRole("button", { name: "Good answer" }).getAttribute("aria-pressed")).toBe("true");
    serve({ ...routes(() => eventStream([])), "PUT /api/messages/m1/feedback": () => problem(404, "not_found", "", "") });
    await userEvent.click(screen.getByRole("button", { name: "Good answer" }));
    await waitFor(() =>
      expect(screen.getByRole("button", { name: "Good answer" }).getAttribute("aria-pressed")).toBe("true"),
    );
  });

  it("offers to ask an unanswered question again", async () => {
    serve(routes(() => eventStream([["done", done]]), [question]));
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Retry" }));
    expect(await screen.findByTestId("answer")).toBeTruthy();
    expect(screen.getAllByText("How wide?")).toHaveLength(1);
  });

  it("shows a question asked again once", () => {
    expect(withoutRepeats([question, { ...question, id: "q2" }, reply]).map((item) => item.id)).toEqual(["q2", "m1"]);
  });
});

describe("answerAsText", () => {
  it("names each source once below", () => {
    const text = answerAsText(answer({ citations: [citation({ marker: 2 }), citation(), citation()] }), en);
    expect(text).toBe("It is 1.20 m. [1]\n\nSources:\n[1] report.pdf, p. 2\n[2] report.pdf, p. 2");
  });
});

describe("sources of deleted documents", () => {
  const gone = citation({ deleted: true, quote: "", boxes: [] });

  it("keep their name and marker and lose their words", () => {
    const [source] = citedSources([gone]);
    expect(source).toMatchObject({ marker: 1, name: "report.pdf", deleted: true, passages: [] });
    const emptied = hit();
    expect(otherSources([emptied, { ...emptied, chunk: { ...emptied.chunk, text: "" } }], [gone])).toEqual([]);
  });

  it.each([
    ["en", "This document was deleted; its words are no longer kept."],
    ["zh", "该文档已被删除，引用的原文不再保留。"],
  ] as const)("are told in %s", async (language, told) => {
    const stored: Message = {
      id: "m1",
      role: "assistant",
      text: "It is wide. [1]",
      created_at: "2026-01-01T00:00:00Z",
      answer: answer({ citations: [gone], hits: [] }),
      feedback: null,
    };
    serve(routes(() => json({}), [stored]));
    show(language);
    expect((await screen.findByTestId("source-deleted")).textContent).toBe(told);
    expect(screen.queryByTestId("source")).toBeNull();
  });
});
