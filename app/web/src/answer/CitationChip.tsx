import { HoverCard, Text } from "@mantine/core";
import type { Citation } from "../api/types";
import { useMessages } from "../i18n";
import { readableQuote } from "../lib/quote";
import classes from "./answer.module.css";

interface CitationChipProps {
  marker: number;
  /** Null while the answer still streams and the marker is not resolved yet. */
  citation: Citation | null;
  onCite: (citation: Citation) => void;
}

/** The small [n] in the text: hover shows the quote, click opens the page, if it is still there. */
export function CitationChip({ marker, citation, onCite }: CitationChipProps) {
  const m = useMessages();
  if (!citation) return <span className={classes.chipWaiting}>{marker}</span>;
  const page = citation.page > 0 ? m.chat.page(citation.page) : "";
  return (
    <HoverCard width={340} shadow="md" openDelay={250} closeDelay={60} position="top" withinPortal>
      <HoverCard.Target>
        <button
          type="button"
          className={classes.chip}
          data-testid="citation"
          aria-label={m.chat.openCitation(marker, citation.document_name, citation.deleted ? m.chat.deleted : page)}
          aria-disabled={citation.deleted || undefined}
          onClick={citation.deleted ? undefined : () => onCite(citation)}
        >
          {marker}
        </button>
      </HoverCard.Target>
      <HoverCard.Dropdown p="sm">
        <Text size="xs" fw={600} truncate>
          {citation.document_name}
        </Text>
        <Text size="xs" c="dimmed" mb={4}>
          {citation.deleted ? m.chat.deleted : page}
        </Text>
        <Text size="sm" lineClamp={5} className={citation.deleted ? undefined : classes.quote}>
          {citation.deleted ? m.chat.sourceDeleted : readableQuote(citation.quote)}
        </Text>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
