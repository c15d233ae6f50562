import { Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { Citation, Hit } from "../api/types";
import { FileIcon } from "../documents/FileIcon";
import { useMessages } from "../i18n";
import { readableQuote } from "../lib/quote";
import type { Passage } from "../viewer/types";
import classes from "./chat.module.css";
import { citedSources, otherSources, type Source } from "./sources";

const NEAREST = 3;

interface SourcesProps {
  citations: Citation[];
  hits: Hit[];
  refused: boolean;
  onOpen: (passage: Passage) => void;
}

/** Below the answer: what it cites; on request, what else was found. */
export function Sources({ citations, hits, refused, onOpen }: SourcesProps) {
  const m = useMessages();
  const [all, setAll] = useState(false);
  const cited = refused ? [] : citedSources(citations);
  const rest = otherSources(hits, refused ? [] : citations);
  const atFirst = refused ? NEAREST : 0;
  const shown = [...cited, ...rest.slice(0, all ? rest.length : atFirst)];
  const hidden = all ? 0 : Math.max(0, rest.length - atFirst);
  if (shown.length === 0 && hidden === 0) return null;
  return (
    <section className={classes.sources} aria-label={refused ? m.chat.nearest : m.chat.sources}>
      <Text size="xs" fw={600} c="dimmed" component="h3" m={0} mb={4}>
        {refused ? m.chat.nearest : m.chat.sources}
      </Text>
      <ol className={classes.sourceList}>
        {shown.map((source) => (
          <SourceCard key={source.key} source={source} onOpen={onOpen} />
        ))}
      </ol>
      {hidden > 0 && (
        <UnstyledButton className={classes.more} onClick={() => setAll(true)}>
          {m.chat.moreSources(hidden)}
        </UnstyledButton>
      )}
    </section>
  );
}

function SourceCard({ source, onOpen }: { source: Source; onOpen: (passage: Passage) => void }) {
  const m = useMessages();
  return (
    <li className={classes.source}>
      <div className={classes.sourceHead}>
        {source.marker !== null && <span className={classes.sourceMarker}>{source.marker}</span>}
        <FileIcon name={source.name} />
        <span className={classes.sourceName} title={source.name}>
          {source.name}
        </span>
      </div>
      {source.deleted && (
        <Text size="xs" c="dimmed" px={6} pb={2} data-testid="source-deleted">
          {m.chat.sourceDeleted}
        </Text>
      )}
      {source.passages.map((passage, index) => (
        <UnstyledButton key={index} className={classes.sourceQuote} onClick={() => onOpen(passage)} data-testid="source">
          <span className={classes.sourcePage}>{m.chat.page(passage.page)}</span>
          <span className={classes.sourceText}>{readableQuote(passage.quote)}</span>
        </UnstyledButton>
      ))}
    </li>
  );
}
