import { ActionIcon, Anchor, Center, Loader, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { asApiError } from "../api/http";
import { useDocument } from "../api/queries";
import { useMessages } from "../i18n";
import { readableQuote } from "../lib/quote";
import { paths } from "../lib/router";
import { FailureAlert } from "../shell/FailureAlert";
import type { Passage } from "./types";
import { Viewer } from "./Viewer";
import classes from "./viewer.module.css";

interface EvidencePanelProps {
  passage: Passage;
  onClose: () => void;
}

/** Beside the answer: the document that a citation points to, open at the passage. */
export function EvidencePanel({ passage, onClose }: EvidencePanelProps) {
  const m = useMessages();
  const { data, error, refetch } = useDocument(passage.documentId);
  const [at, setAt] = useState({ passage, page: passage.page });
  // Another citation was clicked: go to its page.
  if (at.passage !== passage) setAt({ passage, page: passage.page });
  const away = at.page !== passage.page;
  const others = [...new Set(passage.boxes.map((box) => box.page))].filter((page) => page !== at.page);
  return (
    <aside className={classes.panel} aria-label={m.viewer.title} data-testid="evidence">
      <header className={classes.panelHead}>
        <Anchor href={paths.document(passage.documentId, at.page)} size="sm" fw={600} c="inherit" truncate>
          {passage.documentName}
        </Anchor>
        <ActionIcon variant="subtle" color="gray" aria-label={m.app.close} onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </header>
      <div className={classes.quote}>
        <Text size="sm" lineClamp={3} data-testid="quote">
          {readableQuote(passage.quote)}
        </Text>
        {away && (
          <Anchor component="button" size="xs" onClick={() => setAt({ passage, page: passage.page })}>
            {m.viewer.toPassage}
          </Anchor>
        )}
        {!away && others.length > 0 && (
          <Text size="xs" c="dimmed">
            {m.viewer.alsoOn(others.join(", "))}
          </Text>
        )}
      </div>
      {error && !data && (
        <Center p="md">
          <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />
        </Center>
      )}
      {!data && !error && (
        <Center p="xl">
          <Loader size="sm" aria-label={m.app.loading} />
        </Center>
      )}
      {data && (
        <Viewer
          key={data.id}
          document={data}
          page={at.page}
          onPage={(page) => setAt({ passage, page })}
          passage={passage}
          outlineFirst={false}
          inspectable={false}
        />
      )}
    </aside>
  );
}
