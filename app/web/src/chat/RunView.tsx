import { Alert, Button, Loader, Text } from "@mantine/core";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useCallback } from "react";
import { AnswerText } from "../answer/AnswerText";
import type { Citation } from "../api/types";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { passageOfCitation, type Passage } from "../viewer/types";
import classes from "./chat.module.css";
import type { Run } from "./runs";

interface RunViewProps {
  run: Run;
  onOpen: (passage: Passage) => void;
  onRetry: (run: Run) => void;
}

/** An answer being written, or one that stopped or failed: it never ends silently. */
export function RunView({ run, onOpen, onRetry }: RunViewProps) {
  const m = useMessages();
  const cite = useCallback((citation: Citation) => onOpen(passageOfCitation(citation)), [onOpen]);
  return (
    <article className={classes.answer} data-testid="run" data-phase={run.phase} aria-busy={isLive(run)}>
      {run.text && (
        <AnswerText text={run.text} citations={run.citations} grounding={run.grounding} onCite={cite} />
      )}
      {isLive(run) && (
        <div className={classes.waiting} role="status">
          <Loader size={14} type="dots" />
          {!run.text && (
            <Text size="sm" c="dimmed">
              {run.hits ? m.chat.reading(run.hits.length) : m.chat.searching}
            </Text>
          )}
        </div>
      )}
      {run.phase === "stopped" && <Stopped text={m.chat.stopped} onRetry={() => onRetry(run)} />}
      {run.phase === "failed" && run.error && <FailureAlert failure={run.error} onRetry={() => onRetry(run)} />}
    </article>
  );
}

/** A question without an answer: stopped by the reader, or lost before this page was opened. */
export function Stopped({ text, onRetry }: { text: string; onRetry: () => void }) {
  const m = useMessages();
  return (
    <Alert variant="light" color="gray" p="xs" icon={<IconPlayerStop size={16} />} data-testid="stopped">
      <div className={classes.stopped}>
        <Text size="sm">{text}</Text>
        <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
          {m.app.retry}
        </Button>
      </div>
    </Alert>
  );
}

function isLive(run: Run): boolean {
  return run.phase === "searching" || run.phase === "writing";
}
