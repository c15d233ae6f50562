import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { Block, OutlineEntry, Table, TableCell } from "../api/types";
import { renderPage } from "../testing/render";
import { block, collection, pageContent, record } from "../testing/samples";
import { serve } from "../testing/server";
import { DocumentView } from "./DocumentView";
import { areas } from "./geometry";
import { descendants, headingAt, landmarkOf } from "./landmark";
import { tableCsv } from "./tableText";

const line = (x0: number, y0: number, x1 = x0 + 200, page = 1) => ({ page, x0, y0, x1, y1: y0 + 10 });
const cell = (row: number, column: number, text: string, change: Partial<TableCell> = {}): TableCell => ({
  row,
  column,
  text,
  row_span: 1,
  column_span: 1,
  header: false,
  box: null,
  ...change,
});

describe("areas", () => {
  it("take the lines of a block together, apart for each column", () => {
    const lines = [line(50, 700), line(50, 712, 180), line(320, 80), line(320, 92)];
    expect(areas(lines, 1)).toEqual([
      { page: 1, x0: 50, y0: 700, x1: 250, y1: 722 },
      { page: 1, x0: 320, y0: 80, x1: 520, y1: 102 },
    ]);
  });

  it("are those of one page", () => {
    expect(areas([line(50, 700), line(50, 80, 250, 2)], 2)).toEqual([line(50, 80, 250, 2)]);
  });

  it("part where a column of the same place begins above", () => {
    expect(areas([line(50, 700), line(60, 80)], 1)).toHaveLength(2);
  });
});

describe("tableCsv", () => {
  it("leaves spanned positions empty and quotes what needs it", () => {
    const table: Table = {
      rows: 2,
      columns: 3,
      cells: [
        cell(0, 0, "金额, 元", { column_span: 2 }),
        cell(0, 2, 'so-called "net"'),
        cell(1, 0, "a\nb"),
        cell(1, 1, "1,200"),
        cell(1, 2, "3"),
      ],
    };
    expect(tableCsv(table)).toBe('"金额, 元",,"so-called ""net"""\r\n"a\nb","1,200",3');
  });
});

describe("outline", () => {
  const entry = (title: string, level: number, page = 1): OutlineEntry => ({ title, level, page });
  const entries = [entry("1 A", 1), entry("1.1 B", 2), entry("Note", 3), entry("Note", 3), entry("2 C", 1), entry("D", 2)];

  it("knows what lies below each heading", () => {
    expect(descendants(entries)).toEqual([3, 2, 0, 0, 1, 0]);
  });

  it("finds the heading meant, also the second of the same name", () => {
    const heading = (text: string, start: number) => block(text, start, { kind: "heading", level: 1 });
    const page = pageContent([heading("1 A", 0), heading("No\nte", 10), block("Note", 20), heading("Note", 30)]);
    const found = (index: number) => {
      const landmark = landmarkOf(entries, index);
      return landmark && headingAt(landmark, page)?.char_range[0];
    };
    expect([found(0), found(2), found(3)]).toEqual([0, 10, 30]);
    expect(found(4)).toBeUndefined();
    expect(landmarkOf(entries, 99)).toBeNull();
  });
});

describe("DocumentView", () => {
  const heading = block("第一章 总则", 30, { kind: "heading", level: 1, boxes: [line(50, 100)] });
  const table: Block = block("| h |\n| --- |\n| a |", 60, {
    kind: "table",
    boxes: [line(50, 200)],
    table: {
      rows: 2,
      columns: 2,
      cells: [cell(0, 0, "h", { header: true, column_span: 2, box: line(50, 200) }), cell(1, 0, "a"), cell(1, 1, "b")],
    },
  });
  const before = block("It began before and ends here.", 0, { boxes: [line(50, 700), line(50, 50, 250, 2)] });
  const pages = [1, 2].map((number) => ({ number, label: number === 2 ? "ii" : "", width: 600, height: 800 }));
  const second = pageContent(
    [heading, table].map((each) => ({ ...each, boxes: each.boxes.map((box) => ({ ...box, page: 2 })) })),
    { number: 2, label: "ii", continued: [before], furniture: ["Annual Report"] },
  );

  beforeEach(() => {
    localStorage.clear();
    serve({
      "GET /api/collections": { items: [collection()] },
      "GET /api/documents/d1": record(),
      "GET /api/documents/d1/pages": { items: pages },
      "GET /api/documents/d1/pages/2": second,
      "GET /api/documents/d1/outline": { items: [{ title: "第一章 总则", level: 1, page: 2 }] },
    });
  });

  it("draws the blocks over the page and shows the one that was clicked", async () => {
    renderPage(<DocumentView id="d1" page={2} />);
    await userEvent.click(await screen.findByRole("button", { name: /how the page was read/ }));
    const frames = await screen.findAllByTestId("block");
    expect(frames.map((frame) => frame.dataset["kind"])).toEqual(["text", "heading", "table"]);
    await userEvent.click(screen.getByRole("button", { name: "Block 3: Table" }));
    const details = screen.getByTestId("block-details");
    expect(within(details).getByRole("columnheader", { name: "h" }).getAttribute("colspan")).toBe("2");
    expect(within(details).getByRole("button", { name: "Copy as CSV" })).toBeTruthy();
    expect(screen.getByTestId("furniture").textContent).toContain("Annual Report");
    expect(screen.getByTestId("furniture").textContent).toContain("ii");
  });

  it("shows what began on the page before, and where", async () => {
    renderPage(<DocumentView id="d1" page={2} />, "zh");
    await userEvent.click(await screen.findByRole("button", { name: /识别结果/ }));
    await userEvent.click(await screen.findByRole("button", { name: "第 1 块：正文" }));
    expect(screen.getByTestId("block-details").textContent).toContain("It began before");
    expect(screen.getByRole("button", { name: "接第 1 页" })).toBeTruthy();
  });

  it("goes from block to block with the keys and leaves with Escape", async () => {
    renderPage(<DocumentView id="d1" page={2} />);
    (await screen.findByRole("button", { name: "Previous page" })).focus();
    await userEvent.keyboard("b");
    (await screen.findByRole("button", { name: "Block 1: Text" })).focus();
    await userEvent.keyboard("{ArrowDown}");
    expect(screen.getByTestId("block-details").dataset["kind"]).toBe("heading");
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByTestId("block-details")).toBeNull();
  });

  it("hides a kind, and remembers that blocks are shown", async () => {
    renderPage(<DocumentView id="d1" page={2} />);
    await userEvent.click(await screen.findByRole("button", { name: /how the page was read/ }));
    await userEvent.click(await screen.findByRole("button", { name: /^Heading/ }));
    expect(screen.getAllByTestId("block").map((frame) => frame.dataset["kind"])).toEqual(["text", "table"]);
    expect(localStorage.getItem("docchat.blocks")).toBe("shown");
  });

  it("marks the heading that was chosen in the contents", async () => {
    renderPage(<DocumentView id="d1" page={2} />);
    await userEvent.click(await screen.findByTestId("outline-entry"));
    expect(await screen.findByTestId("highlight")).toBeTruthy();
  });

  it("says when the page could not be read", async () => {
    serve({
      "GET /api/collections": { items: [] },
      "GET /api/documents/d1": record(),
      "GET /api/documents/d1/pages": { items: pages },
    });
    localStorage.setItem("docchat.blocks", "shown");
    renderPage(<DocumentView id="d1" page={2} />);
    const inspector = await screen.findByTestId("inspector");
    expect(await within(inspector).findByRole("button", { name: "Retry" })).toBeTruthy();
  });
});
