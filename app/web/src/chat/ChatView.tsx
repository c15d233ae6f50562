import { ActionIcon, Center, Drawer, Loader } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown } from "@tabler/icons-react";
import { useCallback, useState } from "react";
import { asApiError } from "../api/http";
import { useCollections, useConversation } from "../api/queries";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { EvidencePanel } from "../viewer/EvidencePanel";
import type { Passage } from "../viewer/types";
import classes from "./chat.module.css";
import { Composer } from "./Composer";
import { EmptyChat } from "./EmptyChat";
import { useIsBusy, useRunsOf, type Run } from "./runs";
import { useRuns } from "./RunsContext";
import type { Scope } from "./ScopePicker";
import { Transcript } from "./Transcript";
import { useAsk } from "./useAsk";
import { useStickToEnd } from "./useStickToEnd";

interface ChatViewProps {
  conversationId: string | null;
  scope: { collection: string | null; document: string | null };
}

/** A conversation, and beside it the page that a citation points to. */
export function ChatView({ conversationId, scope: given }: ChatViewProps) {
  const m = useMessages();
  const runs = useRuns();
  const { data: conversation, error, refetch } = useConversation(conversationId);
  const { data: collections } = useCollections();
  const [chosen, setChosen] = useState<Scope | null>(null);
  const scope = chosen ?? startScope(given, conversation?.collection_ids ?? []);
  const { ask, failed, starting } = useAsk(conversationId, scope);
  const running = useRunsOf(runs, conversationId);
  const busy = useIsBusy(runs, conversationId) || starting;
  const [passage, setPassage] = useState<Passage | null>(null);
  const { box, content, away, onScroll, toEnd } = useStickToEnd();
  const retry = useCallback((run: Run) => void runs.retry(run), [runs]);
  const empty = conversationId === null && !starting && !failed;

  return (
    <div className={classes.split}>
      <div className={classes.chat}>
        <div className={classes.scroll} ref={box} onScroll={onScroll}>
          <div className={classes.column} ref={content}>
            {empty && collections && <EmptyChat collections={collections} />}
            {error && !conversation && <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />}
            {conversationId !== null && !conversation && !error && (
              <Center p="xl">
                <Loader size="sm" aria-label={m.app.loading} />
              </Center>
            )}
            {conversation && (
              <Transcript
                conversationId={conversation.id}
                messages={conversation.messages}
                runs={running}
                onOpen={setPassage}
                onRetry={retry}
                onAskAgain={ask}
              />
            )}
            {failed && <FailureAlert failure={failed.error} onRetry={() => ask(failed.question)} />}
          </div>
        </div>
        <div className={classes.foot}>
          {away && (
            <ActionIcon
              className={classes.toEnd}
              variant="default"
              radius="xl"
              size="lg"
              aria-label={m.chat.toBottom}
              onClick={toEnd}
            >
              <IconArrowDown size={17} />
            </ActionIcon>
          )}
          <Composer
            busy={busy}
            disabled={conversationId !== null && !conversation}
            scope={scope}
            onScope={setChosen}
            onAsk={(question) => {
              toEnd();
              ask(question);
            }}
            onStop={() => conversationId && runs.stop(conversationId)}
          />
        </div>
      </div>
      <Evidence passage={passage} onClose={() => setPassage(null)} />
    </div>
  );
}

function startScope(given: ChatViewProps["scope"], saved: string[]): Scope {
  return { collectionIds: given.collection ? [given.collection] : saved, documentId: given.document };
}

/** Beside the chat where there is room, else over it. */
function Evidence({ passage, onClose }: { passage: Passage | null; onClose: () => void }) {
  const m = useMessages();
  const wide = useMediaQuery("(min-width: 1080px)", undefined, { getInitialValueInEffect: false });
  if (wide) {
    return passage && <div className={classes.side}>{<EvidencePanel passage={passage} onClose={onClose} />}</div>;
  }
  return (
    <Drawer
      opened={passage !== null}
      onClose={onClose}
      position="right"
      size="min(720px, 100%)"
      withCloseButton={false}
      padding={0}
      aria-label={m.viewer.title}
      classNames={{ body: classes.drawer ?? "" }}
    >
      {passage && <EvidencePanel passage={passage} onClose={onClose} />}
    </Drawer>
  );
}
