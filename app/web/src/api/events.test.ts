import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { record } from "../testing/samples";
import { watchDocuments } from "./events";
import { SIGNED_IN } from "./http";

/** A stand-in for the browser's EventSource, driven by the test. */
class FakeSource extends EventTarget {
  static made: FakeSource[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }

  tell(sequence: number): void {
    const data = JSON.stringify({ sequence, document: record({ id: `d${sequence}` }) });
    this.dispatchEvent(new MessageEvent("document", { data }));
  }

  close(): void {
    this.closed = true;
  }
}

const original = globalThis.EventSource;

function latest(): FakeSource {
  const source = FakeSource.made.at(-1);
  if (!source) throw new Error("nothing was opened");
  return source;
}

describe("watchDocuments", () => {
  const watcher = { onDocument: vi.fn(), onReconnect: vi.fn() };
  let stop = (): void => undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSource.made = [];
    globalThis.EventSource = FakeSource as unknown as typeof EventSource;
    watcher.onDocument.mockReset();
    watcher.onReconnect.mockReset();
    stop = watchDocuments(watcher);
    latest().onopen?.();
  });

  afterEach(() => {
    stop();
    vi.useRealTimers();
    globalThis.EventSource = original;
  });

  it("hands on what changed", () => {
    latest().tell(7);
    expect(watcher.onDocument).toHaveBeenCalledWith(expect.objectContaining({ id: "d7" }));
    expect(watcher.onReconnect).not.toHaveBeenCalled();
  });

  it("takes up after a broken connection where it stopped, ever more patiently", () => {
    latest().tell(7);
    latest().onerror?.();
    expect(latest().closed).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(latest().url).toBe("/api/events?after=7");
    latest().onerror?.();
    vi.advanceTimersByTime(1999);
    expect(FakeSource.made).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(FakeSource.made).toHaveLength(3);
    latest().onopen?.();
    expect(watcher.onReconnect).toHaveBeenCalledOnce();
  });

  it("comes back at once after signing in", () => {
    latest().onerror?.();
    window.dispatchEvent(new Event(SIGNED_IN));
    expect(FakeSource.made).toHaveLength(2);
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.made).toHaveLength(2);
  });

  it("lets go when it is stopped", () => {
    stop();
    expect(latest().closed).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.made).toHaveLength(1);
  });
});
