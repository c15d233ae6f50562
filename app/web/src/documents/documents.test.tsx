import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/http";
import type { UploadItem } from "../api/types";
import { en } from "../i18n/en";
import { renderPage } from "../testing/render";
import { record } from "../testing/samples";
import { serve } from "../testing/server";
import { DocumentList } from "./DocumentList";
import { fromInput } from "./dropped";
import { stageProgress, stageText } from "./Stage";
import { Uploads } from "./uploads";

function list(...items: ReturnType<typeof record>[]) {
  return { items, total: items.length, page: 1, page_size: 50 };
}

describe("DocumentList", () => {
  it("shows why a document failed and what to do, and retries", async () => {
    const failure = { code: "no_text_found", message: "No text found on 12 of 14 pages.", hint: "Turn on OCR." };
    const calls = serve({
      "GET /api/collections/c1/documents": list(record({ state: "failed", searchable: false, failure })),
      "POST /api/documents/d1/retry": record({ state: "queued" }),
    });
    renderPage(<DocumentList collectionId="c1" />);
    const reason = await screen.findByTestId("reason");
    expect(reason.textContent).toContain("No text found on 12 of 14 pages. Turn on OCR.");
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    expect(calls.some((call) => call.method === "POST" && call.path === "/api/documents/d1/retry")).toBe(true);
  });

  it("asks before it deletes", async () => {
    const calls = serve({
      "GET /api/collections/c1/documents": list(record()),
      "DELETE /api/documents/d1": () => new Response(null, { status: 204 }),
    });
    renderPage(<DocumentList collectionId="c1" />);
    await userEvent.click(await screen.findByRole("button", { name: "More actions: report.pdf" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
    expect(calls.some((call) => call.method === "DELETE")).toBe(false);
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    expect(calls.some((call) => call.method === "DELETE" && call.path === "/api/documents/d1")).toBe(true);
  });

  it.each([
    ["en", "More actions: report.pdf", "Attempts", "Failed, tried again later (Embedding)"],
    ["zh", "更多操作: report.pdf", "处理记录", "失败，稍后重试（所在阶段：正在向量化）"],
  ] as const)("tells the attempts in %s", async (language, more, attempts, outcome) => {
    const first = { number: 1, revision: 1, worker: "host:7", started: "2026-01-02T03:04:05Z", ended: "2026-01-02T03:04:07.5Z" };
    const tried = [
      { ...first, reached: "embedding", outcome: "postponed", code: "embedding_failed", message: "Out of sorts." },
      { ...first, number: 2, ended: null, reached: "parsing", outcome: null, code: null, message: null },
    ];
    serve({
      "GET /api/collections/c1/documents": list(record()),
      "GET /api/documents/d1/attempts": { items: tried },
    });
    renderPage(<DocumentList collectionId="c1" />, language);
    await userEvent.click(await screen.findByRole("button", { name: more }));
    await userEvent.click(await screen.findByRole("menuitem", { name: attempts }));
    const rows = (await screen.findByTestId("attempts")).querySelectorAll("tbody tr");
    expect(rows).toHaveLength(2);
    expect(rows[0]?.textContent).toContain(outcome);
    expect(rows[0]?.textContent).toContain("Out of sorts.");
    expect(rows[0]?.textContent).toMatch(/2\.5/);
    expect(rows[1]?.textContent).toMatch(/Under way|处理中/);
  });

  it("lists the warnings", async () => {
    const warnings = [
      { code: "page_failed", message: "The page could not be read.", page: 4 },
      { code: "ocr_off", message: "OCR is off.", page: 0 },
    ];
    serve({ "GET /api/collections/c1/documents": list(record({ warnings })) });
    renderPage(<DocumentList collectionId="c1" />);
    await userEvent.click(await screen.findByRole("button", { name: "2 warnings" }));
    expect((await screen.findByText(/The page could not be read/)).textContent).toBe("Page 4: The page could not be read.");
  });
});

describe("stages", () => {
  it("only move forward", () => {
    const steps = [
      record({ state: "queued", pages: 0 }),
      record({ state: "parsing", pages: 4, pages_done: 1 }),
      record({ state: "parsing", pages: 4, pages_done: 4 }),
      record({ state: "embedding", chunks: 10, chunks_done: 0 }),
      record({ state: "embedding", chunks: 10, chunks_done: 9 }),
      record({ state: "indexing" }),
      record({ state: "ready" }),
    ].map(stageProgress);
    expect(steps).toEqual([...steps].sort((left, right) => left - right));
    expect(steps.at(-1)).toBe(100);
  });

  it("say how far they are", () => {
    expect(stageText(record({ state: "parsing", pages: 9, pages_done: 3 }), en)).toBe("Reading · page 3 of 9");
    expect(stageText(record({ state: "parsing", pages: 0, pages_done: 0 }), en)).toBe("Reading");
  });
});

describe("picked files", () => {
  it("keep folders in their names and leave system files out", () => {
    const at = (path: string) => Object.defineProperty(new File(["x"], path.split("/").at(-1) ?? ""), "webkitRelativePath", { value: path });
    const files = [at("2024/a/report.pdf"), at("2025/report.pdf"), at("2025/.DS_Store"), new File(["x"], "plain.md")];
    const names = fromInput(files as unknown as FileList).map(({ name }) => name);
    expect(names).toEqual(["2024 - a - report.pdf", "2025 - report.pdf", "plain.md"]);
  });
});

describe("Uploads", () => {
  const file = (name: string) => ({ file: new File(["x"], name), name });
  const added = (name: string): UploadItem => ({ document: record({ name }), outcome: "added" });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

  it("sends three at a time and tells each outcome", async () => {
    const waiting: (() => void)[] = [];
    const send = vi.fn((_collection: string, _file: File, name: string) => ({
      done: new Promise<UploadItem>((resolve) => waiting.push(() => resolve(added(name)))),
      cancel: vi.fn(),
    }));
    const stored = vi.fn();
    const uploads = new Uploads(stored, send);
    uploads.add("c1", ["a", "b", "c", "d"].map(file), () => null);
    expect(send).toHaveBeenCalledTimes(3);
    waiting[0]?.();
    await settled();
    expect(send).toHaveBeenCalledTimes(4);
    for (const finish of waiting) finish();
    await settled();
    expect(uploads.all().map((item) => [item.state, item.outcome])).toEqual(Array(4).fill(["done", "added"]));
    expect(stored).toHaveBeenCalledTimes(4);
  });

  it("keeps refusals with their reason, and sends again on request", async () => {
    const problem = {
      type: "urn:docchat:problem:empty_file",
      title: "Empty",
      status: 422,
      detail: "a.pdf has no bytes.",
      code: "empty_file",
      hint: "Export again.",
    };
    const send = vi.fn(() => ({ done: Promise.resolve<UploadItem>({ name: "a.pdf", error: problem }), cancel: vi.fn() }));
    const uploads = new Uploads(vi.fn(), send);
    uploads.add("c1", [file("a.pdf")], () => null);
    await settled();
    const [item] = uploads.all();
    expect(item).toMatchObject({
      state: "refused",
      failure: { code: "empty_file", message: "a.pdf has no bytes.", hint: "Export again." },
    });
    uploads.retry(item?.id ?? 0);
    await settled();
    expect(send).toHaveBeenCalledTimes(2);
  });

  it("refuses too large files unsent, survives a lost connection, cancels the rest", async () => {
    const lost = new ApiError({ status: 0, code: "network", message: "lost", hint: "" });
    const send = vi.fn((_collection: string, _file: File, name: string) => {
      let stop = (): void => undefined;
      const done = new Promise<UploadItem>((_, reject) => {
        stop = () => reject(new DOMException("stopped", "AbortError"));
        if (name === "lost") reject(lost);
      });
      return { done, cancel: () => stop() };
    });
    const uploads = new Uploads(vi.fn(), send);
    const refuse = ({ name }: File) => (name === "huge" ? { code: "limit_exceeded", message: "", hint: "" } : null);
    uploads.add("c1", ["huge", "lost", "slow"].map(file), refuse);
    await settled();
    uploads.cancel("c1");
    await settled();
    expect(uploads.all().map((item) => item.state)).toEqual(["refused", "refused", "cancelled"]);
    expect(send).toHaveBeenCalledTimes(2);
    uploads.dismiss("c1");
    expect(uploads.all()).toEqual([]);
  });
});
