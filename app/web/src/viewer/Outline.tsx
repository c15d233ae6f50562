import { ScrollArea, Text, UnstyledButton } from "@mantine/core";
import { useOutline } from "../api/queries";
import type { OutlineEntry } from "../api/types";
import { useMessages } from "../i18n";
import classes from "./viewer.module.css";

interface OutlineProps {
  documentId: string;
  version: string;
  page: number;
  onGo: (page: number) => void;
}

/** The document's headings; the one being read is marked. */
export function Outline({ documentId, version, page, onGo }: OutlineProps) {
  const m = useMessages();
  const { data } = useOutline(documentId, version);
  const current = currentEntry(data ?? [], page);
  const top = Math.min(...(data ?? []).map((entry) => entry.level), 6);
  return (
    <nav aria-label={m.viewer.outline} className={classes.outline}>
      <ScrollArea h="100%" type="hover">
        {data?.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            {m.viewer.noOutline}
          </Text>
        )}
        {data?.map((entry, index) => (
          <UnstyledButton
            key={index}
            className={classes.outlineItem}
            data-current={index === current || undefined}
            aria-current={index === current ? "location" : undefined}
            style={{ paddingInlineStart: 10 + 13 * (entry.level - top) }}
            onClick={() => onGo(entry.page)}
          >
            <span className={classes.outlineTitle}>{entry.title}</span>
            <span className={classes.outlinePage}>{entry.page}</span>
          </UnstyledButton>
        ))}
      </ScrollArea>
    </nav>
  );
}

/** The first heading on the page, else the last one before it. */
function currentEntry(entries: OutlineEntry[], page: number): number {
  const here = entries.findIndex((entry) => entry.page === page);
  return here >= 0 ? here : entries.findLastIndex((entry) => entry.page < page);
}
