import { Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { DocumentOrder, DocumentState } from "../api/types";
import { useMessages } from "../i18n";
import classes from "./documents.module.css";

export interface ListState {
  q: string;
  state: DocumentState | null;
  order: DocumentOrder;
}

interface ToolbarProps extends ListState {
  onChange: (change: Partial<ListState>) => void;
}

const STATES: DocumentState[] = ["queued", "parsing", "embedding", "indexing", "ready", "failed", "cancelled"];
const ORDERS = ["-created_at", "created_at", "name", "-name", "-size"] as const satisfies readonly DocumentOrder[];

/** Search, filter and order of the document list. */
export function Toolbar({ q, state, order, onChange }: ToolbarProps) {
  const m = useMessages();
  return (
    <div className={classes.toolbar} role="search">
      <TextInput
        className={classes.search}
        size="sm"
        value={q}
        type="search"
        placeholder={m.docs.search}
        aria-label={m.docs.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        onChange={(event) => onChange({ q: event.currentTarget.value })}
      />
      <Select
        size="sm"
        w={150}
        aria-label={m.docs.stateFilter}
        placeholder={m.docs.allStates}
        clearable
        value={state}
        data={STATES.map((value) => ({ value, label: m.docs.states[value] }))}
        onChange={(value) => onChange({ state: value as DocumentState | null })}
      />
      <Select
        size="sm"
        w={150}
        aria-label={m.docs.order}
        allowDeselect={false}
        value={order}
        data={ORDERS.map((value) => ({ value, label: m.docs.orders[value] }))}
        onChange={(value) => onChange({ order: value ?? "-created_at" })}
      />
    </div>
  );
}
