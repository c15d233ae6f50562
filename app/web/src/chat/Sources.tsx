import { Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { Citation, Hit } from "../api/types";
import { FileIcon } from "../documents/FileIcon";
import { useMessages } from "../i18n";
import { passageOfCitation, passageOfHit, type Passage } from "../viewer/types";
import classes from "./chat.module.css";

interface SourcesProps {
  citations: Citation[];
  hits: Hit[];
  refused: boolean;
  onOpen: (passage: Passage) => void;
}

interface Source {
  key: string;
  marker: number | null;
  passage: Passage;
}

/** Below the answer: what it cites; on request, what else was found. */
export function Sources({ citations, hits, refused, onOpen }: SourcesProps) {
  const m = useMessages();
  const [all, setAll] = useState(false);
  const cited = citedSources(citations);
  const quoted = new Set(citations.map((citation) => citation.marker));
  const rest = hits
    .map((hit, index): Source => ({ key: hit.chunk.id, marker: index + 1, passage: passageOfHit(hit) }))
    .filter((source) => !quoted.has(source.marker ?? 0));
  const shown = refused ? rest.slice(0, all ? rest.length : 3) : [...cited, ...(all ? rest : [])];
  const hidden = refused ? Math.max(0, rest.length - 3) : rest.length;
  if (shown.length === 0 && hidden === 0) return null;
  return (
    <section className={classes.sources} aria-label={refused ? m.chat.nearest : m.chat.sources}>
      <Text size="xs" fw={600} c="dimmed" component="h3" m={0} mb={4}>
        {refused ? m.chat.nearest : m.chat.sources}
      </Text>
      <ol className={classes.sourceList}>
        {shown.map((source) => (
          <SourceRow key={source.key} source={source} onOpen={onOpen} />
        ))}
      </ol>
      {hidden > 0 && !all && (
        <UnstyledButton className={classes.more} onClick={() => setAll(true)}>
          {m.chat.moreSources(hidden)}
        </UnstyledButton>
      )}
    </section>
  );
}

/** One row for each quote, in the order of the markers. */
function citedSources(citations: Citation[]): Source[] {
  return citations
    .map((citation) => ({
      key: `${citation.marker}-${citation.chunk_id}-${citation.char_range[0]}`,
      marker: citation.marker,
      passage: passageOfCitation(citation),
    }))
    .sort((left, right) => left.marker - right.marker);
}

function SourceRow({ source, onOpen }: { source: Source; onOpen: (passage: Passage) => void }) {
  const m = useMessages();
  const { passage, marker } = source;
  return (
    <li>
      <UnstyledButton className={classes.source} onClick={() => onOpen(passage)} data-testid="source">
        <span className={classes.sourceMarker}>{marker}</span>
        <span className={classes.sourceBody}>
          <span className={classes.sourceHead}>
            <FileIcon name={passage.documentName} />
            <span className={classes.sourceName}>{passage.documentName}</span>
            <span className={classes.sourcePage}>{m.chat.page(passage.page)}</span>
          </span>
          <span className={classes.sourceQuote}>{passage.quote}</span>
        </span>
      </UnstyledButton>
    </li>
  );
}
