import { Alert, Center, Loader } from "@mantine/core";
import { useState } from "react";
import { asApiError } from "../api/http";
import { usePages } from "../api/queries";
import type { DocumentRecord } from "../api/types";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { Outline } from "./Outline";
import { PageImage } from "./PageImage";
import { PageText } from "./PageText";
import { Toolbar } from "./Toolbar";
import type { Passage } from "./types";
import { useViewState } from "./useViewState";
import classes from "./viewer.module.css";

const PDF = "application/pdf";

interface ViewerProps {
  document: DocumentRecord;
  page: number;
  onPage: (page: number) => void;
  passage: Passage | null;
  outlineFirst: boolean;
}

/** A document page by page: its picture or its text, with a passage marked. */
export function Viewer({ document, page, onPage, passage, outlineFirst }: ViewerProps) {
  const m = useMessages();
  const { data: pages, error, refetch } = usePages(document.id, `${document.sha256}${document.searchable}`);
  const view = useViewState(pages?.length ?? 1, page, onPage);
  const [outline, setOutline] = useState(outlineFirst);

  if (error && !pages) {
    return (
      <Center p="md">
        <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />
      </Center>
    );
  }
  if (!pages) {
    return (
      <Center p="xl">
        <Loader size="sm" aria-label={m.app.loading} />
      </Center>
    );
  }
  const info = pages.find((item) => item.number === page);
  const hasImages = document.media_type === PDF;
  const asPicture = hasImages && view.mode === "page" && info !== undefined && info.width > 0;
  return (
    <div className={classes.viewer} onKeyDown={view.onKeyDown}>
      <Toolbar
        documentId={document.id}
        pages={pages.length}
        hasImages={hasImages}
        view={view}
        outlineOpen={outline}
        onOutline={() => setOutline(!outline)}
      />
      <div className={classes.body}>
        {outline && (
          <Outline documentId={document.id} version={document.sha256} page={page} onGo={view.goTo} />
        )}
        <div className={classes.desk} tabIndex={0} role="region" aria-label={m.viewer.page(page, pages.length)}>
          {asPicture && (
            <PageImage
              key={`${document.sha256}-${page}`}
              documentId={document.id}
              name={document.name}
              page={info}
              boxes={passage?.boxes ?? []}
              zoom={view.zoom}
              focusKey={passage}
            />
          )}
          {!asPicture && info && (
            <PageText
              documentId={document.id}
              version={document.sha256}
              page={page}
              range={passage?.charRange ?? null}
              focusKey={passage}
            />
          )}
          {!info && <Alert color="gray">{m.app.notFound}</Alert>}
        </div>
      </div>
    </div>
  );
}
