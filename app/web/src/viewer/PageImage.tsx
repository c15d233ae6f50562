import { Center, Loader } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { pageImageUrl } from "../api/documents";
import type { Box, PageInfo } from "../api/types";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { imageScale, rectangles } from "./geometry";
import classes from "./viewer.module.css";

/** Wider than this a page is no easier to read. */
const FIT_PX = 940;

interface PageImageProps {
  documentId: string;
  name: string;
  page: PageInfo;
  boxes: Box[];
  /** 1 fits the width. */
  zoom: number;
  /** Changes whenever the passage should be scrolled to again. */
  focusKey: unknown;
  /** What lies over the picture besides the marks. */
  children?: ReactNode;
}

/** A page as picture, with the passage marked over it. */
export function PageImage({ documentId, name, page, boxes, zoom, focusKey, children }: PageImageProps) {
  const m = useMessages();
  const first = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"loading" | "shown" | "failed">("loading");
  const [attempt, setAttempt] = useState(0);
  const marks = rectangles(boxes, page);

  useEffect(() => {
    first.current?.scrollIntoView({ block: "center", inline: "nearest", behavior: "smooth" });
  }, [focusKey, zoom, page.number, marks.length]);

  const url = pageImageUrl(documentId, page.number, imageScale(page));
  return (
    <div
      className={classes.sheet}
      style={{ width: `calc(min(100%, ${FIT_PX}px) * ${zoom})`, aspectRatio: `${page.width} / ${page.height}` }}
      data-testid="page-sheet"
    >
      {state === "failed" ? (
        <Center h="100%" p="md">
          <FailureAlert
            failure={{ code: "page_image", message: m.viewer.imageFailed, hint: "" }}
            onRetry={() => {
              setState("loading");
              setAttempt(attempt + 1);
            }}
          />
        </Center>
      ) : (
        <img
          key={attempt}
          className={classes.picture}
          src={url}
          alt={m.viewer.pageImage(page.number, name)}
          data-testid="page-image"
          draggable={false}
          onLoad={() => setState("shown")}
          onError={() => setState("failed")}
        />
      )}
      {state === "loading" && (
        <Center className={classes.waiting}>
          <Loader size="sm" color="gray" />
        </Center>
      )}
      {state !== "failed" &&
        marks.map((style, index) => (
          <div
            key={index}
            ref={index === 0 ? first : null}
            className={classes.highlight}
            style={style}
            role="img"
            aria-label={m.viewer.highlight}
            data-testid="highlight"
          />
        ))}
      {state !== "failed" && children}
    </div>
  );
}
