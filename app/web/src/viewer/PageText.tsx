import { Alert, Center, Loader, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { asApiError } from "../api/http";
import { usePageContent } from "../api/queries";
import type { CharRange } from "../api/types";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { BlockView } from "./BlockView";
import classes from "./viewer.module.css";

interface PageTextProps {
  documentId: string;
  version: string;
  page: number;
  range: CharRange | null;
  focusKey: unknown;
}

/** The text of a page as docchat read it, the passage marked. */
export function PageText({ documentId, version, page, range, focusKey }: PageTextProps) {
  const m = useMessages();
  const root = useRef<HTMLDivElement>(null);
  const { data, error, refetch } = usePageContent(documentId, version, page, true);

  useEffect(() => {
    root.current?.querySelector("mark, [data-marked]")?.scrollIntoView({ block: "center", behavior: "smooth" });
  }, [data, range, focusKey]);

  if (error && !data) return <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <Center p="xl">
        <Loader size="sm" aria-label={m.app.loading} />
      </Center>
    );
  }
  return (
    <div className={classes.text} ref={root} data-testid="page-text">
      {data.label && data.width === 0 && (
        <Text size="xs" c="dimmed" mb="xs">
          {data.label}
        </Text>
      )}
      {data.continued.length > 0 && (
        <div className={classes.continued}>
          {data.continued.map((block) => (
            <div key={block.char_range[0]}>
              <Text size="xs" c="dimmed">
                {m.viewer.continuedFrom(block.boxes[0]?.page ?? page)}
              </Text>
              <BlockView block={block} range={range} />
            </div>
          ))}
        </div>
      )}
      {data.blocks.length === 0 && data.continued.length === 0 && (
        <Alert variant="light" color="gray">
          {m.viewer.emptyPage}
        </Alert>
      )}
      {data.blocks.map((block) => (
        <BlockView key={block.char_range[0]} block={block} range={range} />
      ))}
    </div>
  );
}
