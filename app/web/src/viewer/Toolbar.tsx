import { ActionIcon, Group, NumberInput, SegmentedControl, Text, Tooltip } from "@mantine/core";
import {
  IconArrowAutofitWidth,
  IconChevronLeft,
  IconChevronRight,
  IconExternalLink,
  IconLayoutDashboard,
  IconList,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { originalUrl } from "../api/documents";
import { useMessages } from "../i18n";
import classes from "./viewer.module.css";
import { LARGEST, SMALLEST, type ViewMode, type ViewState } from "./useViewState";

interface ToolbarProps {
  documentId: string;
  pages: number;
  /** The number printed on the page, if any. */
  label: string;
  hasImages: boolean;
  /** Whether blocks can be drawn over the page. */
  inspectable: boolean;
  view: ViewState;
  onOutline: () => void;
  outlineOpen: boolean;
}

/** Paging, zoom, page or text, contents, original. */
export function Toolbar({ documentId, pages, label, hasImages, inspectable, view, ...outline }: ToolbarProps) {
  const m = useMessages();
  const zoomable = hasImages && view.mode === "page";
  return (
    <Group className={classes.toolbar} gap={6} role="toolbar" aria-label={m.viewer.title}>
      <Tool label={m.viewer.outline} onClick={outline.onOutline} active={outline.outlineOpen}>
        <IconList size={17} />
      </Tool>
      <Group gap={2} wrap="nowrap">
        <Tool label={m.viewer.previous} onClick={() => view.goTo(view.page - 1)} disabled={view.page <= 1}>
          <IconChevronLeft size={18} />
        </Tool>
        <NumberInput
          size="xs"
          w={52}
          hideControls
          min={1}
          max={pages}
          value={view.page}
          aria-label={m.viewer.goTo}
          styles={{ input: { textAlign: "center", paddingInline: 4 } }}
          onChange={(value) => typeof value === "number" && view.goTo(value)}
        />
        <Text size="xs" c="dimmed" px={4} style={{ whiteSpace: "nowrap" }}>
          / {pages}
        </Text>
        {hasImages && label && label !== String(view.page) && (
          <Text size="xs" c="dimmed" className={classes.label} title={m.viewer.printed(label)}>
            [{label}]
          </Text>
        )}
        <Tool label={m.viewer.next} onClick={() => view.goTo(view.page + 1)} disabled={view.page >= pages}>
          <IconChevronRight size={18} />
        </Tool>
      </Group>
      {zoomable && (
        <Group gap={2} wrap="nowrap">
          <Tool label={m.viewer.zoomOut} onClick={() => view.zoomBy(-1)} disabled={view.zoom <= SMALLEST}>
            <IconZoomOut size={17} />
          </Tool>
          <Tool label={m.viewer.zoomIn} onClick={() => view.zoomBy(1)} disabled={view.zoom >= LARGEST}>
            <IconZoomIn size={17} />
          </Tool>
          <Tool label={m.viewer.fit} onClick={() => view.zoomBy(0)}>
            <IconArrowAutofitWidth size={17} />
          </Tool>
        </Group>
      )}
      <Group gap={6} wrap="nowrap" ml="auto">
        {zoomable && inspectable && (
          <Tool label={m.blocks.toggle} onClick={view.toggleBlocks} active={view.blocks}>
            <IconLayoutDashboard size={17} />
          </Tool>
        )}
        {hasImages && (
          <SegmentedControl
            size="xs"
            aria-label={m.viewer.view}
            value={view.mode}
            onChange={(value) => view.setMode(value as ViewMode)}
            data={[
              { value: "page", label: m.viewer.asPage },
              { value: "text", label: m.viewer.asText },
            ]}
          />
        )}
        <Tooltip label={m.viewer.original}>
          <ActionIcon
            component="a"
            href={originalUrl(documentId)}
            target="_blank"
            rel="noopener"
            variant="subtle"
            color="gray"
            aria-label={m.viewer.original}
          >
            <IconExternalLink size={17} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}

interface ToolProps {
  label: string;
  onClick: () => void;
  disabled?: boolean;
  active?: boolean;
  children: ReactNode;
}

function Tool({ label, onClick, disabled = false, active, children }: ToolProps) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        variant={active ? "light" : "subtle"}
        color={active ? "ink" : "gray"}
        aria-label={label}
        {...(active === undefined ? {} : { "aria-pressed": active })}
        disabled={disabled}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
