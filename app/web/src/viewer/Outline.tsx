import { ScrollArea, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useOutline } from "../api/queries";
import type { OutlineEntry } from "../api/types";
import { useMessages } from "../i18n";
import { descendants, landmarkOf, type Landmark } from "./landmark";
import classes from "./viewer.module.css";

interface OutlineProps {
  documentId: string;
  version: string;
  page: number;
  /** The heading that the reader went to last. */
  landmark: Landmark | null;
  onGo: (landmark: Landmark) => void;
}

/** The document's headings as a tree; the one being read is marked. */
export function Outline({ documentId, version, page, landmark, onGo }: OutlineProps) {
  const m = useMessages();
  const { data } = useOutline(documentId, version);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const current = useRef<HTMLButtonElement>(null);
  const entries = data ?? [];
  const marked = landmark?.page === page ? landmark.index : currentEntry(entries, page);
  const below = descendants(entries);
  const top = Math.min(...entries.map((entry) => entry.level), 6);

  useEffect(() => {
    current.current?.scrollIntoView({ block: "nearest" });
  }, [marked, data]);

  function toggle(index: number) {
    const next = new Set(folded);
    if (!next.delete(index)) next.add(index);
    setFolded(next);
  }

  return (
    <nav aria-label={m.viewer.outline} className={classes.outline}>
      <ScrollArea h="100%" type="hover">
        {data?.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            {m.viewer.noOutline}
          </Text>
        )}
        {unfolded(entries, below, folded).map(([entry, index]) => (
          <div key={index} className={classes.outlineRow} style={{ paddingInlineStart: 13 * (entry.level - top) }}>
            <Fold entry={entry} count={below[index] ?? 0} open={!folded.has(index)} onToggle={() => toggle(index)} />
            <UnstyledButton
              ref={index === marked ? current : null}
              className={classes.outlineItem}
              data-current={index === marked || undefined}
              aria-current={index === marked ? "location" : undefined}
              data-level={entry.level}
              data-testid="outline-entry"
              onClick={() => {
                const chosen = landmarkOf(entries, index);
                if (chosen) onGo(chosen);
              }}
            >
              <span className={classes.outlineTitle}>{entry.title}</span>
              <span className={classes.outlinePage}>{entry.page}</span>
            </UnstyledButton>
          </div>
        ))}
      </ScrollArea>
    </nav>
  );
}

interface FoldProps {
  entry: OutlineEntry;
  count: number;
  open: boolean;
  onToggle: () => void;
}

/** Hides and shows what lies below a heading; keeps its place where there is nothing. */
function Fold({ entry, count, open, onToggle }: FoldProps) {
  const m = useMessages();
  if (count === 0) return <span className={classes.fold} style={{ visibility: "hidden" }} />;
  return (
    <UnstyledButton
      className={classes.fold}
      aria-expanded={open}
      aria-label={(open ? m.viewer.fold : m.viewer.unfold)(entry.title)}
      onClick={onToggle}
    >
      <IconChevronRight size={13} />
    </UnstyledButton>
  );
}

/** The entries that are not below a folded one, with their index. */
function unfolded(entries: OutlineEntry[], below: number[], folded: ReadonlySet<number>): [OutlineEntry, number][] {
  const shown: [OutlineEntry, number][] = [];
  let index = 0;
  for (;;) {
    const entry = entries[index];
    if (!entry) return shown;
    shown.push([entry, index]);
    index += 1 + (folded.has(index) ? (below[index] ?? 0) : 0);
  }
}

/** The first heading on the page, else the last one before it. */
function currentEntry(entries: OutlineEntry[], page: number): number {
  const here = entries.findIndex((entry) => entry.page === page);
  return here >= 0 ? here : entries.findLastIndex((entry) => entry.page < page);
}
