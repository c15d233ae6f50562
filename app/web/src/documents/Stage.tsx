import { Progress, Text } from "@mantine/core";
import type { DocumentRecord } from "../api/types";
import { useMessages } from "../i18n";
import type { Messages } from "../i18n/en";
import classes from "./documents.module.css";

/** Where each stage begins and ends on the bar. */
const STAGES = {
  queued: [0, 2],
  parsing: [2, 50],
  embedding: [50, 92],
  indexing: [92, 99],
} as const;

/** The bar's value, 0..100, over all stages. */
export function stageProgress(document: DocumentRecord): number {
  if (!(document.state in STAGES)) return 100;
  const [from, to] = STAGES[document.state as keyof typeof STAGES];
  const [done, all] = counts(document);
  return from + (to - from) * (all > 0 ? Math.min(1, done / all) : 0);
}

function counts(document: DocumentRecord): [number, number] {
  if (document.state === "parsing") return [document.pages_done, document.pages];
  if (document.state === "embedding") return [document.chunks_done, document.chunks];
  return [0, 0];
}

export function stageText(document: DocumentRecord, m: Messages): string {
  const [done, all] = counts(document);
  if (all === 0) return m.docs.states[document.state];
  const detail = document.state === "parsing" ? m.docs.pagesDone(done, all) : m.docs.chunksDone(done, all);
  return `${m.docs.states[document.state]} · ${detail}`;
}

/** The live progress of a document on its way to being searchable. */
export function Stage({ document }: { document: DocumentRecord }) {
  const m = useMessages();
  const text = stageText(document, m);
  if (document.state === "queued" && !document.searchable) return null; // the badge says it all
  return (
    <div className={classes.stage}>
      <Progress value={stageProgress(document)} size={4} animated={document.state !== "queued"} aria-label={text} />
      <Text size="xs" c="dimmed" mt={3}>
        {text}
        {document.searchable && ` · ${m.docs.oldVersion}`}
      </Text>
    </div>
  );
}
