import { Badge, Loader } from "@mantine/core";
import { IconCheck, IconClock, IconPlayerPause, IconX } from "@tabler/icons-react";
import type { DocumentState } from "../api/types";
import { useMessages } from "../i18n";

const COLORS: Record<DocumentState, string> = {
  queued: "gray",
  parsing: "ink",
  embedding: "ink",
  indexing: "ink",
  ready: "teal",
  failed: "red",
  cancelled: "gray",
  deleting: "gray",
};

const ICONS: Partial<Record<DocumentState, typeof IconCheck>> = {
  queued: IconClock,
  ready: IconCheck,
  failed: IconX,
  cancelled: IconPlayerPause,
};

export function isWorking(state: DocumentState): boolean {
  return state === "queued" || state === "parsing" || state === "embedding" || state === "indexing";
}

export function StateBadge({ state }: { state: DocumentState }) {
  const m = useMessages();
  const Icon = ICONS[state];
  return (
    <Badge
      variant="light"
      color={COLORS[state]}
      radius="sm"
      tt="none"
      fw={600}
      data-testid="state"
      data-state={state}
      leftSection={Icon ? <Icon size={12} stroke={2.4} aria-hidden /> : <Loader size={10} color="currentColor" />}
    >
      {m.docs.states[state]}
    </Badge>
  );
}
