import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Claim, Grounding } from "../api/types";
import { citation, claim } from "../testing/samples";
import { renderPage } from "../testing/render";
import { AnswerText } from "./AnswerText";
import { citationFor } from "./choose";

function show(text: string, grounding: Grounding | null = null, citations = [citation()]) {
  const onCite = vi.fn();
  const { container } = renderPage(
    <AnswerText text={text} citations={citations} grounding={grounding} onCite={onCite} />,
    "en",
    "default",
  );
  return { onCite, container };
}

/** The text under each mark, icons left out. */
function marked(container: HTMLElement): string[] {
  return [...container.querySelectorAll('[data-testid="claim"]')].map((mark) => mark.textContent ?? "");
}

describe("the value asked for", () => {
  it("is bold, beside claims and citations", () => {
    const { container } = renderPage(
      <AnswerText text="It weighs 24 kg now. [1]" citations={[citation()]} grounding={null} values={[[10, 15]]} onCite={vi.fn()} />,
      "en",
      "default",
    );
    expect([...container.querySelectorAll("strong")].map((each) => each.textContent)).toEqual(["24 kg"]);
    expect(screen.getByRole("button", { name: "Citation 1: report.pdf, p. 2" })).toBeTruthy();
  });
});

describe("citations", () => {
  it("become chips that open their passage", async () => {
    const { onCite } = show("It is wide. [1]");
    await userEvent.click(screen.getByRole("button", { name: "Citation 1: report.pdf, p. 2" }));
    expect(onCite).toHaveBeenCalledWith(citation());
  });

  it("of a deleted document say so and open nothing", async () => {
    const { onCite } = show("It is wide. [1]", null, [citation({ deleted: true, quote: "", boxes: [] })]);
    const chip = screen.getByRole("button", { name: "Citation 1: report.pdf, document deleted" });
    await userEvent.click(chip);
    expect(onCite).not.toHaveBeenCalled();
    await userEvent.hover(chip);
    expect(await screen.findByText("This document was deleted; its words are no longer kept.")).toBeTruthy();
  });

  it("work in tables, lists and emphasis", () => {
    show("| a | b |\n|---|---|\n| x [1] | y |\n\n- **bold [1]**\n\n1. one[1]");
    expect(screen.getAllByTestId("citation")).toHaveLength(3);
    expect(screen.getByRole("table")).toBeTruthy();
  });

  it("stay text in code, and when they point nowhere yet", () => {
    const { container } = show("`list[1]` and [2]");
    expect(screen.queryByTestId("citation")).toBeNull();
    expect(container.querySelector("p")?.textContent).toBe("list[1] and 2");
  });

  it("stand side by side", () => {
    show("Both. [1][2]", null, [citation(), citation({ marker: 2 })]);
    expect(screen.getAllByTestId("citation").map((chip) => chip.textContent)).toEqual(["1", "2"]);
  });
});

describe("citationFor", () => {
  const first = citation({ quote: "乘坐火车以高铁二等座为标准；" });
  const second = citation({ quote: "乘坐飞机须购买经济舱。" });

  it("takes the quote nearest to the sentence before the marker", () => {
    expect(citationFor([first, second], 1, "乘坐飞机须购买经济舱，")).toBe(second);
    expect(citationFor([first, second], 1, "高铁二等座")).toBe(first);
    expect(citationFor([first, second], 3, "高铁")).toBeNull();
  });

  it("reaches the chip: each opens its own sentence's quote", async () => {
    const { onCite } = show("火车以高铁二等座为标准。 [1] 飞机须购买经济舱。 [1]", null, [first, second]);
    const chips = screen.getAllByTestId("citation");
    for (const chip of chips) await userEvent.click(chip);
    expect(onCite.mock.calls.map(([cited]) => cited)).toEqual([first, second]);
  });
});

describe("claims", () => {
  const doubtful: Partial<Claim> = { verdict: "unsupported", reasons: ["number:42"] };

  it("are marked at their characters, beyond emoji and rare Han characters", () => {
    const text = "好😀𠮷。It costs 42 euros. Fine.";
    const { container } = show(text, { score: 0, claims: [claim("It costs 42 euros.", text, doubtful)] });
    expect(marked(container)).toEqual(["It costs 42 euros."]);
  });

  it("say verdict and reasons, in words", () => {
    const text = "It costs 42 euros.";
    show(text, { score: 0, claims: [claim(text, text, doubtful)] });
    expect(screen.getByRole("img", { name: "Not supported · the number 42 is not in the source" })).toBeTruthy();
  });

  it("cover emphasis and chips with one icon at the end", () => {
    const text = "It **costs 42** euros. [1] Fine.";
    const { container } = show(text, { score: 0, claims: [claim("It **costs 42** euros. [1]", text, doubtful)] });
    expect(marked(container).join("")).toBe("It costs 42 euros. 1");
    expect(screen.getAllByRole("img")).toHaveLength(1);
  });

  it("keep their place in tables, escapes, entities and wrapped lines", () => {
    const text = "A \\*b\\* &amp; c\n   wrapped. Bad 42.\n\n| h |\n|---|\n| cell \\| 42 bad |";
    const { container } = show(text, {
      score: 0,
      claims: [claim("Bad 42.", text, doubtful), claim("cell \\| 42 bad", text, doubtful)],
    });
    expect(marked(container)).toEqual(["Bad 42.", "cell | 42 bad"]);
  });

  it("leave supported sentences alone", () => {
    const text = "Fine.";
    const { container } = show(text, { score: 1, claims: [claim(text, text)] });
    expect(marked(container)).toEqual([]);
  });
});

describe("Markdown from a model", () => {
  it("loads nothing and runs nothing", () => {
    const { container } = show(
      "![x](https://evil.example/p.png) <img src=x onerror=alert(1)> <script>alert(1)</script> " +
        "[go](javascript:alert(1)) [site](https://example.org)",
    );
    expect(container.querySelector("img, script, iframe, svg")).toBeNull();
    const links = [...container.querySelectorAll("a")].map((link) => [link.textContent, link.getAttribute("href")]);
    expect(links).toContainEqual(["site", "https://example.org"]);
    expect(links.every(([, href]) => !href?.startsWith("javascript"))).toBe(true);
    expect(container.querySelector('a[href^="https"]')?.getAttribute("rel")).toContain("noopener");
  });

  it("cannot forge chips or marks with HTML", () => {
    const { container } = show('<cite data-marker="1">x</cite><mark>y</mark>');
    expect(container.querySelector("cite, mark, button")).toBeNull();
  });
});
