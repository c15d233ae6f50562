import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Table } from "../api/types";
import { renderPage } from "../testing/render";
import { block, citation, pageContent, record } from "../testing/samples";
import { serve } from "../testing/server";
import { EvidencePanel } from "./EvidencePanel";
import { imageScale, rectangles } from "./geometry";
import { markedParts, markedRows } from "./highlight";
import { passageOfCitation } from "./types";

const letter = { number: 2, label: "ii", width: 600, height: 800, quality: null };

describe("rectangles", () => {
  it("are percentages of the page, for this page's boxes only", () => {
    const boxes = [
      { page: 2, x0: 61.5, y0: 80.5, x1: 298.5, y1: 119.5 },
      { page: 3, x0: 0, y0: 0, x1: 9, y1: 9 },
    ];
    expect(rectangles(boxes, letter)).toEqual([{ left: "10.000%", top: "10.000%", width: "40.000%", height: "5.000%" }]);
  });

  it("stay on the page, and there are none without geometry", () => {
    const [whole] = rectangles([{ page: 2, x0: 0, y0: 0, x1: 600, y1: 800 }], letter);
    expect(whole).toEqual({ left: "0.000%", top: "0.000%", width: "100.000%", height: "100.000%" });
    expect(rectangles([{ page: 2, x0: 0, y0: 0, x1: 1, y1: 1 }], { ...letter, width: 0, height: 0 })).toEqual([]);
  });

  it("a poster is asked for at a smaller scale", () => {
    expect(imageScale(letter)).toBe(2);
    const poster = { ...letter, width: 5000, height: 7000 };
    expect(imageScale(poster) ** 2 * 5000 * 7000).toBeLessThanOrEqual(8_000_000);
  });
});

describe("marked text", () => {
  it("counts code points", () => {
    const parts = markedParts(block("😀退款需要七天。", 100), [101, 105]);
    expect(parts).toEqual([
      { text: "😀", marked: false },
      { text: "退款需要", marked: true },
      { text: "七天。", marked: false },
    ]);
  });

  it("covers the part of a range that lies in the block, or nothing", () => {
    expect(markedParts(block("abc", 10), [0, 11])).toEqual([
      { text: "a", marked: true },
      { text: "bc", marked: false },
    ]);
    expect(markedParts(block("abc", 10), [13, 20])).toEqual([{ text: "abc", marked: false }]);
    expect(markedParts(block("abc", 10), null)).toEqual([{ text: "abc", marked: false }]);
  });

  it("marks the rows of a table", () => {
    const table: Table = { rows: 3, columns: 1, cells: [] };
    const text = "| h |\n| --- |\n| a |\n| b |";
    const marks = (start: number, end: number) => [...markedRows(block(text, 50), table, [50 + start, 50 + end])];
    expect(marks(0, 5)).toEqual([0]);
    expect(marks(14, 19)).toEqual([1]);
    expect(marks(14, 25)).toEqual([1, 2]);
    expect(marks(6, 12)).toEqual([]);
  });
});

describe("EvidencePanel", () => {
  const pages = { items: [1, 2, 3].map((number) => ({ ...letter, number })) };

  it("opens a PDF at the page with the passage marked, and pages on", async () => {
    serve({ "GET /api/documents/d1": record(), "GET /api/documents/d1/pages": pages });
    renderPage(<EvidencePanel passage={passageOfCitation(citation())} onClose={vi.fn()} />);
    const image = await screen.findByTestId("page-image");
    expect(image.getAttribute("src")).toBe("/api/documents/d1/pages/2.png?scale=2");
    expect(screen.getAllByTestId("highlight")).toHaveLength(1);
    await userEvent.click(screen.getByRole("button", { name: "Next page" }));
    expect(screen.getByTestId("page-image").getAttribute("src")).toContain("/pages/3.png");
    expect(screen.queryByTestId("highlight")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Back to the passage" }));
    expect(screen.getByTestId("highlight")).toBeTruthy();
  });

  it("shows the text of a document without pictures, the passage marked", async () => {
    const start = 30;
    serve({
      "GET /api/documents/d1": record({ name: "faq.md", media_type: "text/markdown" }),
      "GET /api/documents/d1/pages": { items: [{ ...letter, number: 1, width: 0, height: 0 }] },
      "GET /api/documents/d1/pages/1": pageContent([block("Refunds take seven days. Then more.", start)], { width: 0 }),
    });
    const passage = { ...passageOfCitation(citation({ page: 1, boxes: [] })), charRange: [start, start + 24] as [number, number] };
    renderPage(<EvidencePanel passage={passage} onClose={vi.fn()} />);
    await waitFor(() => expect(screen.getByTestId("highlight").textContent).toBe("Refunds take seven days."));
  });

  it("says when the document is gone", async () => {
    serve({});
    renderPage(<EvidencePanel passage={passageOfCitation(citation())} onClose={vi.fn()} />, "zh");
    expect((await screen.findByTestId("failure")).textContent).toContain("内容已不存在");
  });
});
