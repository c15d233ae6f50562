import type { KeyboardEvent } from "react";
import type { Block, PageContent } from "../api/types";
import { useMessages } from "../i18n";
import classes from "./blocks.module.css";
import { areas, rectangles } from "./geometry";
import { blockKey, blocksOn, type Inspection } from "./useInspection";

interface BlockLayerProps {
  content: PageContent;
  inspection: Inspection;
}

/** Over the picture of a page: its blocks, coloured by kind and numbered in reading order. */
export function BlockLayer({ content, inspection }: BlockLayerProps) {
  const m = useMessages();
  const blocks = blocksOn(content).filter((block) => !inspection.hidden.has(block.kind));
  const shown = inspection.shown;
  const tabbed = blocks.find((block) => blockKey(block) === inspection.selected) ?? blocks[0];
  return (
    <div role="group" aria-label={m.blocks.title} onKeyDown={(event) => onKeyDown(event, inspection)} data-testid="blocks">
      {blocks.map((block) => (
        <BlockFrame
          key={blockKey(block)}
          block={block}
          content={content}
          inspection={inspection}
          tabbed={block === tabbed}
        />
      ))}
      {shown?.table &&
        rectangles(
          shown.table.cells.flatMap((cell) => cell.box ?? []),
          content,
        ).map((style, index) => <div key={index} className={classes.cell} style={style} />)}
    </div>
  );
}

interface BlockFrameProps extends BlockLayerProps {
  block: Block;
  tabbed: boolean;
}

/** One block: a frame per column that it runs through. The first frame takes the focus. */
function BlockFrame({ block, content, inspection, tabbed }: BlockFrameProps) {
  const m = useMessages();
  const key = blockKey(block);
  const number = blocksOn(content).indexOf(block) + 1;
  const parts = areas(block.boxes, content.number);
  return rectangles(parts, content).map((style, index) => (
    <button
      key={index}
      type="button"
      className={classes.frame}
      style={{ ...style, zIndex: rank(parts[index]) }}
      data-kind={block.kind}
      data-testid="block"
      data-shown={inspection.shown === block || undefined}
      data-selected={inspection.selected === key || undefined}
      aria-label={m.blocks.one(number, m.blocks.kinds[block.kind])}
      aria-pressed={inspection.selected === key}
      tabIndex={tabbed && index === 0 ? 0 : -1}
      onPointerEnter={(event) => event.pointerType === "mouse" && inspection.hover(key)}
      onPointerLeave={() => inspection.hover(null)}
      onClick={() => inspection.select(inspection.selected === key ? null : key)}
    >
      {index === 0 && <span className={classes.number}>{number}</span>}
    </button>
  ));
}

/** Small frames lie above large ones, so that what stands inside a box can be reached. */
function rank(part: { x0: number; y0: number; x1: number; y1: number } | undefined): number {
  const area = part ? (part.x1 - part.x0) * (part.y1 - part.y0) : 1;
  return 100 - Math.min(99, Math.round(Math.log2(Math.max(1, area)) * 4));
}

function onKeyDown(event: KeyboardEvent<HTMLElement>, inspection: Inspection) {
  if (event.key === "Escape") {
    inspection.select(null);
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const frames = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button")];
  const next = frames[frames.indexOf(event.target as HTMLButtonElement) + step];
  next?.focus();
  next?.click();
}
