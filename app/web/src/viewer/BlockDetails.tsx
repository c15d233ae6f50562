import { ActionIcon, Anchor, Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCopy, IconX } from "@tabler/icons-react";
import { pageImageUrl } from "../api/documents";
import type { Block, Box, PageInfo } from "../api/types";
import { useMessages } from "../i18n";
import { copyText } from "../lib/clipboard";
import { BlockView } from "./BlockView";
import classes from "./blocks.module.css";
import { areas, imageScale } from "./geometry";
import { tableCsv } from "./tableText";

interface BlockDetailsProps {
  documentId: string;
  block: Block;
  /** In reading order on this page, from 1. */
  number: number;
  page: PageInfo;
  onPage: (page: number) => void;
  onClose: () => void;
}

/** One block: what it was taken for, its text as it was read, and ways to take it along. */
export function BlockDetails({ documentId, block, number, page, onPage, onClose }: BlockDetailsProps) {
  const m = useMessages();
  const facts = [
    m.blocks.order(number),
    block.level > 0 && m.blocks.level(block.level),
    block.table && m.blocks.size(block.table.rows, block.table.columns),
  ].filter(Boolean);
  return (
    <section data-testid="block-details" data-kind={block.kind}>
      <Group gap={8} wrap="nowrap" className={classes.detailsHead}>
        <span className={classes.swatch} />
        <Text size="sm" fw={600}>
          {m.blocks.kinds[block.kind]}
        </Text>
        <Text size="xs" c="dimmed" flex={1}>
          {facts.join(" · ")}
        </Text>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={m.blocks.unselect} onClick={onClose}>
          <IconX size={15} />
        </ActionIcon>
      </Group>
      <Elsewhere block={block} page={page.number} onPage={onPage} />
      {(block.kind === "figure" || block.kind === "formula") && (
        <Cutting documentId={documentId} block={block} page={page} />
      )}
      {block.text.trim() && (
        <div className={classes.reading}>
          <BlockView block={block} range={null} />
        </div>
      )}
      {block.text.trim() && <CopyButtons block={block} />}
    </section>
  );
}

/** Where the block comes from and goes on, when it reaches over the page. */
function Elsewhere({ block, page, onPage }: { block: Block; page: number; onPage: (page: number) => void }) {
  const m = useMessages();
  const pages = block.boxes.map((box) => box.page);
  const before = pages.filter((other) => other < page).at(-1);
  const after = pages.find((other) => other > page);
  if (before === undefined && after === undefined) return null;
  return (
    <Group gap={12} mb={6}>
      {before !== undefined && (
        <Anchor component="button" size="xs" onClick={() => onPage(before)}>
          {m.viewer.continuedFrom(before)}
        </Anchor>
      )}
      {after !== undefined && (
        <Anchor component="button" size="xs" onClick={() => onPage(after)}>
          {m.viewer.goesOn(after)}
        </Anchor>
      )}
    </Group>
  );
}

/** The part of the page's picture that the block covers. */
function Cutting({ documentId, block, page }: { documentId: string; block: Block; page: PageInfo }) {
  const m = useMessages();
  const [area] = areas(block.boxes, page.number);
  if (!area) return null;
  const view = (box: Box) => `${box.x0} ${box.y0} ${box.x1 - box.x0} ${box.y1 - box.y0}`;
  return (
    <svg className={classes.cutting} viewBox={view(area)} role="img" aria-label={m.blocks.picture}>
      <image
        href={pageImageUrl(documentId, page.number, imageScale(page))}
        width={page.width}
        height={page.height}
        preserveAspectRatio="none"
      />
    </svg>
  );
}

function CopyButtons({ block }: { block: Block }) {
  const m = useMessages();
  async function copy(text: string) {
    const copied = await copyText(text);
    notifications.show({ message: copied ? m.blocks.copied : m.blocks.notCopied, color: copied ? "teal" : "red" });
  }
  const button = (label: string, text: () => string) => (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={<IconCopy size={13} />}
      onClick={() => void copy(text())}
    >
      {label}
    </Button>
  );
  const { table } = block;
  return (
    <Group gap={6} mt={8}>
      {table && button(m.blocks.copyMarkdown, () => block.text)}
      {table && button(m.blocks.copyCsv, () => tableCsv(table))}
      {!table && button(m.blocks.copyText, () => block.text)}
    </Group>
  );
}
