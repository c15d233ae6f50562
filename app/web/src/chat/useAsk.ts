/** Asking from a view: begins a conversation where there is none yet. */

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { createConversation } from "../api/conversations";
import { ApiError, asApiError } from "../api/http";
import { keys } from "../api/queries";
import type { Conversation } from "../api/types";
import { navigate, paths } from "../lib/router";
import { useRuns } from "./RunsContext";
import type { Scope } from "./ScopePicker";

const LONGEST_TITLE = 200;

interface Asking {
  ask: (question: string) => void;
  /** A conversation that could not be begun, with its question. */
  failed: { question: string; error: ApiError } | null;
  starting: boolean;
}

export function useAsk(conversationId: string | null, scope: Scope): Asking {
  const client = useQueryClient();
  const runs = useRuns();
  const [failed, setFailed] = useState<Asking["failed"]>(null);
  const [starting, setStarting] = useState(false);

  const ask = useCallback(
    (question: string) => {
      const request = {
        question,
        ...(scope.collectionIds.length > 0 && !scope.documentId ? { collection_ids: scope.collectionIds } : {}),
        ...(scope.documentId ? { document_ids: [scope.documentId] } : {}),
      };
      setFailed(null);
      if (conversationId !== null) {
        void runs.ask(conversationId, request);
        return;
      }
      setStarting(true);
      createConversation(question.slice(0, LONGEST_TITLE), scope.collectionIds)
        .then((made) => {
          client.setQueryData<Conversation>(keys.conversation(made.id), { ...made, messages: [] });
          void runs.ask(made.id, request);
          const document = scope.documentId ? { document: scope.documentId } : {};
          navigate(paths.chat(made.id, document), { replace: true });
        })
        .catch((error: unknown) => setFailed({ question, error: asApiError(error) }))
        .finally(() => setStarting(false));
    },
    [client, conversationId, runs, scope],
  );

  return { ask, failed, starting };
}
