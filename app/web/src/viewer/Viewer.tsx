import { Alert, Center, Loader } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { asApiError } from "../api/http";
import { usePageContent, usePages } from "../api/queries";
import type { DocumentRecord } from "../api/types";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { BlockLayer } from "./BlockLayer";
import { Inspector } from "./Inspector";
import { headingAt, type Landmark } from "./landmark";
import { Outline } from "./Outline";
import { PageImage } from "./PageImage";
import { PageText } from "./PageText";
import { Toolbar } from "./Toolbar";
import type { Passage } from "./types";
import { useInspection } from "./useInspection";
import { useViewState } from "./useViewState";
import classes from "./viewer.module.css";

const PDF = "application/pdf";

interface ViewerProps {
  document: DocumentRecord;
  page: number;
  onPage: (page: number) => void;
  passage: Passage | null;
  /** Wide enough for the contents to stand beside the page from the beginning. */
  outlineFirst: boolean;
  /** Whether the reader may see how the page was read. */
  inspectable: boolean;
}

/** A document page by page: its picture or its text, with a passage marked. */
export function Viewer({ document, page, onPage, passage, outlineFirst, inspectable }: ViewerProps) {
  const m = useMessages();
  const version = `${document.sha256}${document.searchable}`;
  const { data: pages, error, refetch } = usePages(document.id, version);
  const [landmark, setLandmark] = useState<Landmark | null>(null);
  const view = useViewState(pages?.length ?? 1, page, (next) => {
    setLandmark(null);
    onPage(next);
  });
  const [outline, setOutline] = useState(outlineFirst);
  const desk = useRef<HTMLDivElement>(null);
  const ready = pages !== undefined;
  const info = pages?.find((item) => item.number === page);
  const hasImages = document.media_type === PDF;
  const asPicture = hasImages && view.mode === "page" && info !== undefined && info.width > 0;
  const inspected = asPicture && inspectable && view.blocks;
  const content = usePageContent(document.id, version, page, inspected || landmark !== null);
  const inspection = useInspection(content.data);
  const heading = landmark && content.data ? headingAt(landmark, content.data) : null;

  useEffect(() => {
    // Keys turn pages at once, unless the reader is busy elsewhere.
    if (ready && window.document.activeElement === window.document.body) desk.current?.focus({ preventScroll: true });
  }, [ready]);

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

  function goToHeading(chosen: Landmark) {
    if (chosen.page !== page) onPage(chosen.page);
    setLandmark(chosen);
    if (!outlineFirst) setOutline(false); // it lies over the page
  }

  const focusKey = landmark ?? passage;
  return (
    <div className={classes.viewer} onKeyDown={view.onKeyDown}>
      <Toolbar
        documentId={document.id}
        pages={pages.length}
        label={info?.label ?? ""}
        hasImages={hasImages}
        inspectable={inspectable}
        view={view}
        outlineOpen={outline}
        onOutline={() => setOutline(!outline)}
      />
      <div className={classes.body}>
        {outline && (
          <Outline documentId={document.id} version={version} page={page} landmark={landmark} onGo={goToHeading} />
        )}
        <div
          ref={desk}
          className={classes.desk}
          tabIndex={0}
          role="region"
          aria-label={m.viewer.page(page, pages.length)}
        >
          {asPicture && (
            <PageImage
              key={`${document.sha256}-${page}`}
              documentId={document.id}
              name={document.name}
              page={info}
              boxes={[...(heading?.boxes ?? []), ...(passage?.boxes ?? [])]}
              zoom={view.zoom}
              focusKey={focusKey}
            >
              {inspected && content.data && <BlockLayer content={content.data} inspection={inspection} />}
            </PageImage>
          )}
          {!asPicture && info && (
            <PageText
              documentId={document.id}
              version={version}
              page={page}
              range={heading?.char_range ?? passage?.charRange ?? null}
              focusKey={focusKey}
            />
          )}
          {!info && <Alert color="gray">{m.app.notFound}</Alert>}
        </div>
        {inspected && (
          <Inspector
            documentId={document.id}
            content={content.data}
            error={content.error}
            onRetry={() => void content.refetch()}
            onPage={view.goTo}
            inspection={inspection}
          />
        )}
      </div>
    </div>
  );
}
