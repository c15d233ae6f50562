import { describe, expect, it } from "vitest";
import { eventStream } from "../testing/server";
import { EventParser, readEvents } from "./sse";

describe("EventParser", () => {
  it("joins data lines, strips one space, ignores comments and unknown fields", () => {
    const events = new EventParser().push(": hello\nevent: token\nid: 4\ndata: a\ndata:  b\n\ndata: c\n\n");
    expect(events).toEqual([
      { event: "token", data: "a\n b" },
      { event: "message", data: "c" },
    ]);
  });

  it.each(["\n", "\r\n", "\r"])("understands line ends %j, cut anywhere", (end) => {
    const text = ["event: token", "data: 中文", "", "event: done", "data: {}", "", ""].join(end);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parser = new EventParser();
      const events = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut)), ...parser.push("\n")];
      expect(events).toEqual([
        { event: "token", data: "中文" },
        { event: "done", data: "{}" },
      ]);
    }
  });

  it("drops an event that was not finished", () => {
    expect(new EventParser().push("event: done\ndata: {}\n")).toEqual([]);
  });
});

describe("readEvents", () => {
  it.each([1, 2, 3, 1000])("decodes characters cut after %i bytes", async (size) => {
    const { body } = eventStream([["token", { text: "退款😀" }]], size);
    const seen = [];
    if (body) for await (const event of readEvents(body)) seen.push(event);
    expect(seen).toEqual([{ event: "token", data: '{"text":"退款😀"}' }]);
  });
});
