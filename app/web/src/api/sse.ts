/** Server-sent events over any response body, for streams that are asked for by POST. */

export interface ServerEvent {
  event: string;
  data: string;
}

/** Splits a byte stream into events (WHATWG rules: LF, CR or CRLF; comments; several data lines). */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => undefined); // already closed or aborted: nothing to release
  }
}

/** Keeps the unfinished tail between pieces. An event not closed by a blank line is dropped. */
export class EventParser {
  private rest = "";
  private event = "";
  private data: string[] = [];

  push(piece: string): ServerEvent[] {
    let text = this.rest + piece;
    // A CR at the very end may be half of a CRLF: wait for the next piece.
    const held = text.endsWith("\r") ? "\r" : "";
    if (held) text = text.slice(0, -1);
    const lines = text.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + held;
    return lines.flatMap((line) => this.line(line));
  }

  private line(line: string): ServerEvent[] {
    if (line === "") return this.flush();
    if (line.startsWith(":")) return [];
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.event = value;
    if (field === "data") this.data.push(value);
    return [];
  }

  private flush(): ServerEvent[] {
    const ready = this.data.length > 0 ? [{ event: this.event || "message", data: this.data.join("\n") }] : [];
    this.event = "";
    this.data = [];
    return ready;
  }
}
