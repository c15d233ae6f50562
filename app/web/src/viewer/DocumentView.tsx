import { Anchor, Button, Center, Loader, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconMessageQuestion } from "@tabler/icons-react";
import { asApiError } from "../api/http";
import { useCollections, useDocument } from "../api/queries";
import { StateBadge } from "../documents/StateBadge";
import { useMessages } from "../i18n";
import { navigate, paths } from "../lib/router";
import { FailureAlert } from "../shell/FailureAlert";
import { Viewer } from "./Viewer";
import classes from "./viewer.module.css";

/** A document on its own: contents on the left, pages on the right. */
export function DocumentView({ id, page }: { id: string; page: number }) {
  const m = useMessages();
  const wide = useMediaQuery("(min-width: 900px)", undefined, { getInitialValueInEffect: false });
  const { data: document, error, refetch } = useDocument(id);
  const { data: collections } = useCollections();
  if (error && !document) {
    return (
      <Center p="xl" flex={1}>
        <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />
      </Center>
    );
  }
  if (!document) {
    return (
      <Center p="xl" flex={1}>
        <Loader size="sm" aria-label={m.app.loading} />
      </Center>
    );
  }
  const collection = collections?.find((item) => item.id === document.collection_id);
  return (
    <div className={classes.page}>
      <header className={classes.pageHead}>
        <div className={classes.pageTitle}>
          {collection && (
            <Anchor href={paths.collection(collection.id)} size="xs" c="dimmed">
              {collection.name}
            </Anchor>
          )}
          <Title order={1} size="h4" className={classes.name} title={document.name}>
            {document.name}
          </Title>
        </div>
        {document.state !== "ready" && <StateBadge state={document.state} />}
        <Button
          component="a"
          href={paths.newChat({ document: id })}
          size="xs"
          variant="light"
          leftSection={<IconMessageQuestion size={16} />}
        >
          {m.viewer.ask}
        </Button>
      </header>
      {document.searchable ? (
        <Viewer
          document={document}
          page={page}
          onPage={(next) => navigate(paths.document(id, next), { replace: true })}
          passage={null}
          outlineFirst={wide}
          inspectable
        />
      ) : (
        <Center p="xl">
          <Text c="dimmed">{m.viewer.notReady}</Text>
        </Center>
      )}
    </div>
  );
}
