import { Box, Button, Center, Text, Title } from "@mantine/core";
import { IconMessageQuestion } from "@tabler/icons-react";
import { asApiError } from "../api/http";
import { useCollections, useDocuments, useStatus } from "../api/queries";
import { useI18n } from "../i18n";
import { paths } from "../lib/router";
import { FailureAlert } from "../shell/FailureAlert";
import { useFailureNotice } from "../shell/notices";
import { DocumentList } from "./DocumentList";
import classes from "./documents.module.css";
import { FileDrop } from "./FileDrop";
import type { PickedFile } from "./dropped";
import { UploadPanel } from "./UploadPanel";
import { useUploads } from "./UploadsContext";

const MEGABYTE = 1024 * 1024;
const COUNT_ONLY = { page: 1, page_size: 1, order_by: "-created_at", q: "", state: null } as const;

/** A collection: what is in it, and the way to put more in. */
export function CollectionView({ id }: { id: string }) {
  const { messages: m } = useI18n();
  const { data: collections, error, refetch } = useCollections();
  const collection = collections?.find((item) => item.id === id);
  if (error && !collections) {
    return (
      <Center p="xl" flex={1}>
        <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />
      </Center>
    );
  }
  if (!collections) return null;
  if (!collection) {
    return (
      <Center p="xl" flex={1}>
        <Text>{m.app.notFound}</Text>
      </Center>
    );
  }
  return (
    <Box className={classes.view}>
      <header className={classes.head}>
        <div className={classes.headText}>
          <Title order={1} size="h3" className={classes.headTitle}>
            {collection.name}
          </Title>
          <Text size="sm" c="dimmed">
            {[m.collections.count(collection.documents), collection.description].filter(Boolean).join(" · ")}
          </Text>
        </div>
        <Button
          component="a"
          href={paths.newChat({ collection: id })}
          variant="light"
          leftSection={<IconMessageQuestion size={17} />}
        >
          {m.collections.ask}
        </Button>
      </header>
      <Contents id={id} />
    </Box>
  );
}

function Contents({ id }: { id: string }) {
  const { messages: m } = useI18n();
  const uploads = useUploads();
  const fail = useFailureNotice();
  const { data: status } = useStatus();
  const { data: any } = useDocuments(id, COUNT_ONLY);
  const formats = status?.formats ?? [];
  const mostMb = status?.limits.max_file_mb ?? Infinity;
  const empty = any?.total === 0;

  function add(files: PickedFile[]) {
    uploads.add(id, files, (file) =>
      file.size > mostMb * MEGABYTE ? { code: "limit_exceeded", message: m.upload.tooLarge(mostMb), hint: "" } : null,
    );
  }

  return (
    <>
      <FileDrop
        onFiles={add}
        onError={fail}
        accept={formats.join(",")}
        large={empty}
        note={status ? m.docs.accepts(formatNames(formats), mostMb) : ""}
      />
      <UploadPanel collectionId={id} />
      {any && !empty && <DocumentList collectionId={id} />}
    </>
  );
}

/** ".pdf", ".docx" as "PDF, DOCX"; second names of one format once. */
function formatNames(suffixes: string[]): string {
  const twins = new Set([".htm", ".xhtml", ".markdown", ".text", ".log"]);
  return suffixes
    .filter((suffix) => !twins.has(suffix))
    .map((suffix) => suffix.replace(/^\./, "").toUpperCase())
    .join(", ");
}
