import { describe, expect, it } from "vitest";
import { codePointLength, utf16Index } from "./codepoints";
import { plainClaim, readableQuote } from "./quote";
import { parseRoute, paths } from "./router";

describe("code points", () => {
  it("map to UTF-16", () => {
    expect([0, 1, 2, 3, 9].map((index) => utf16Index("a😀b", index))).toEqual([0, 1, 3, 4, 4]);
    expect(codePointLength("a😀𠮷")).toBe(3);
  });
});

describe("routes", () => {
  it.each([
    [paths.home, { view: "home" }],
    [paths.newChat(), { view: "chat", conversationId: null, scope: { collection: null, document: null } }],
    [paths.newChat({ collection: "c" }), { view: "chat", conversationId: null, scope: { collection: "c", document: null } }],
    [paths.chat("v/1", { document: "d" }), { view: "chat", conversationId: "v/1", scope: { collection: null, document: "d" } }],
    [paths.collection("中"), { view: "collection", id: "中" }],
    [paths.document("d", 7), { view: "document", id: "d", page: 7 }],
    ["#/document/d?page=-3", { view: "document", id: "d", page: 1 }],
    ["#/collection", { view: "unknown" }],
    ["#/collection/a/b", { view: "unknown" }],
    ["#/collection/%E0%A4%A", { view: "collection", id: "%E0%A4%A" }],
  ])("%s", (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });
});

describe("quotes", () => {
  it("read without the pipes of tables", () => {
    expect(readableQuote("| a \\| b | c |\n| --- | --- |\n| d | |")).toBe("a | b · c\nd");
    expect(readableQuote("either | or")).toBe("either | or");
  });

  it("claims read without Markdown", () => {
    expect(plainClaim("- **Bold** *fact*, 2 * 3 * 4. [1][2]")).toBe("Bold fact, 2 * 3 * 4.");
  });
});
