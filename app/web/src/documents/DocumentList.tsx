import { Button, Center, Group, Loader, Pagination, Stack, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { cancelDocument, deleteDocument, retryDocument } from "../api/documents";
import { asApiError } from "../api/http";
import { keys, useDocuments } from "../api/queries";
import type { DocumentRecord } from "../api/types";
import { useQueryClient } from "@tanstack/react-query";
import { useMessages } from "../i18n";
import { ConfirmDialog } from "../shell/dialogs";
import { FailureAlert } from "../shell/FailureAlert";
import { useFailureNotice } from "../shell/notices";
import classes from "./documents.module.css";
import { DocumentRow } from "./DocumentRow";
import { Toolbar, type ListState } from "./Toolbar";

const PAGE_SIZE = 50;
const START: ListState = { q: "", state: null, order: "-created_at" };

/** The documents of a collection: searched, filtered, paged. */
export function DocumentList({ collectionId }: { collectionId: string }) {
  const m = useMessages();
  const client = useQueryClient();
  const fail = useFailureNotice();
  const [wanted, setWanted] = useState(START);
  const [page, setPage] = useState(1);
  const [q] = useDebouncedValue(wanted.q, 250);
  const [removing, setRemoving] = useState<DocumentRecord | null>(null);
  const query = { page, page_size: PAGE_SIZE, order_by: wanted.order, q: q.trim(), state: wanted.state };
  const { data, error, refetch } = useDocuments(collectionId, query);

  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.documents(collectionId) }),
      client.invalidateQueries({ queryKey: keys.collections }),
    ]);
  const act = (action: (id: string) => Promise<void>) => (document: DocumentRecord) =>
    void action(document.id).then(refresh, fail);

  function change(next: Partial<ListState>) {
    setWanted((known) => ({ ...known, ...next }));
    setPage(1);
  }

  return (
    <>
      <Toolbar {...wanted} onChange={change} />
      {error && !data && <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />}
      {!data && !error && (
        <Center p="xl">
          <Loader size="sm" aria-label={m.app.loading} />
        </Center>
      )}
      {data && data.items.length === 0 && (
        <Stack align="center" p="xl" gap="xs">
          <Text c="dimmed">{m.docs.noMatch}</Text>
          <Button variant="subtle" size="xs" onClick={() => change(START)}>
            {m.docs.clearFilters}
          </Button>
        </Stack>
      )}
      {data && data.items.length > 0 && (
        <DocumentTable
          items={data.items}
          onRetry={act(retryDocument)}
          onCancel={act(cancelDocument)}
          onDelete={setRemoving}
        />
      )}
      {data && data.total > PAGE_SIZE && (
        <Group justify="center" mt="md">
          <Pagination
            total={Math.ceil(data.total / PAGE_SIZE)}
            value={page}
            onChange={setPage}
            size="sm"
            getControlProps={(control) => ({ "aria-label": control === "previous" ? m.docs.previous : m.docs.next })}
          />
        </Group>
      )}
      {removing && (
        <ConfirmDialog
          title={m.docs.deleteTitle}
          text={m.docs.deleteText(removing.name)}
          action={m.app.remove}
          onClose={() => setRemoving(null)}
          onConfirm={() => deleteDocument(removing.id).then(refresh)}
        />
      )}
    </>
  );
}

interface DocumentTableProps {
  items: DocumentRecord[];
  onRetry: (document: DocumentRecord) => void;
  onCancel: (document: DocumentRecord) => void;
  onDelete: (document: DocumentRecord) => void;
}

function DocumentTable({ items, ...actions }: DocumentTableProps) {
  const m = useMessages();
  const { column } = m.docs;
  return (
    <Table verticalSpacing="xs" horizontalSpacing="sm" highlightOnHover className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{column.name}</Table.Th>
          <Table.Th className={classes.stateCell}>{column.state}</Table.Th>
          <Table.Th className={classes.number}>{column.size}</Table.Th>
          <Table.Th className={classes.number}>{column.pages}</Table.Th>
          <Table.Th className={classes.number}>{column.chunks}</Table.Th>
          <Table.Th className={classes.when}>{column.added}</Table.Th>
          <Table.Th className={classes.menuCell} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((document) => (
          <DocumentRow key={document.id} document={document} {...actions} />
        ))}
      </Table.Tbody>
    </Table>
  );
}
