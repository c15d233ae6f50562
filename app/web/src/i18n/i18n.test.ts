import { describe, expect, it } from "vitest";
import { preferredLanguage } from ".";
import { en } from "./en";
import { tellFailure } from "./failure";
import { formatSize, formatWhen } from "./format";
import { zh } from "./zh";

type Leaf = [path: string, value: unknown];

function leaves(value: unknown, path = ""): Leaf[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

/** A text with every placeholder filled. */
function said(value: unknown): string {
  return typeof value === "function" ? String((value as (...all: unknown[]) => unknown)(...Array(value.length).fill(7))) : String(value);
}

describe("dictionaries", () => {
  it("have the same keys, of the same kind, taking the same values", () => {
    const shape = (all: Leaf[]) => all.map(([path, value]) => [path, typeof value]);
    expect(shape(leaves(zh))).toEqual(shape(leaves(en)));
  });

  it.each([["en", en], ["zh", zh]] as const)("%s leaves no text empty", (_, dictionary) => {
    const empty = leaves(dictionary).filter(([, value]) => said(value).trim() === "");
    expect(empty).toEqual([]);
  });

  it("zh is Chinese throughout, en has no Chinese", () => {
    const han = /\p{Script=Han}/u;
    expect(leaves(zh).filter(([, value]) => !han.test(said(value)))).toEqual([]);
    expect(leaves(en).filter(([, value]) => han.test(said(value)))).toEqual([]);
  });

  it("zh uses every value that en uses", () => {
    const uses = (value: unknown) => (typeof value === "function" ? said(value).includes("7") : false);
    const lost = leaves(en).filter(([path, value]) => {
      const other = leaves(zh).find(([name]) => name === path)?.[1];
      return uses(value) && !uses(other);
    });
    expect(lost).toEqual([]);
  });
});

describe("preferredLanguage", () => {
  it.each([
    [null, ["zh-Hant-TW", "en"], "zh"],
    [null, ["fr", "en-GB"], "en"],
    [null, ["fr"], "en"],
    ["zh", ["en-US"], "zh"],
    ["en", ["zh-CN"], "en"],
  ] as const)("stored %s, browser %j gives %s", (stored, browser, expected) => {
    expect(preferredLanguage(stored, browser)).toBe(expected);
  });
});

describe("tellFailure", () => {
  const failure = { code: "encrypted_file", message: "a.pdf needs a password.", hint: "Server hint." };

  it("translates known codes and keeps the server's message as detail", () => {
    const told = tellFailure(failure, zh, "zh");
    expect(told).toEqual({
      title: "文件需要密码",
      detail: "a.pdf needs a password.",
      hint: "请在制作文件的程序中去掉密码，再重新添加。",
    });
  });

  it("prefers the server's hint in English", () => {
    expect(tellFailure(failure, en, "en").hint).toBe("Server hint.");
  });

  it("shows unknown codes as the server told them", () => {
    const told = tellFailure({ ...failure, code: "brand_new" }, zh, "zh");
    expect(told).toEqual({ title: zh.errors.title, detail: failure.message, hint: "Server hint." });
  });
});

describe("formats", () => {
  it("sizes", () => {
    expect([0, 999, 1500, 39_400, 1_234_567, 5e9].map((size) => formatSize(size, "en"))).toEqual([
      "0 B",
      "999 B",
      "1.5 kB",
      "39 kB",
      "1.2 MB",
      "5 GB",
    ]);
  });

  it("times", () => {
    const now = Date.parse("2026-03-10T12:00:00Z");
    expect(formatWhen("2026-03-10T11:57:00Z", "en", now)).toBe("3m ago");
    expect(formatWhen("2026-03-10T11:57:00Z", "zh-CN", now)).toBe("3分钟前");
    expect(formatWhen("2026-01-01T12:00:00Z", "en", now)).toContain("2026");
    expect(formatWhen("not a time", "en", now)).toBe("");
  });
});
