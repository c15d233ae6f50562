import { ActionIcon, Anchor, Button, Menu, Table, Text, Tooltip } from "@mantine/core";
import { IconDots, IconExternalLink, IconHistory, IconPlayerStop, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { originalUrl } from "../api/documents";
import type { DocumentRecord } from "../api/types";
import { useI18n } from "../i18n";
import { tellFailure } from "../i18n/failure";
import { formatDateTime, formatSize, formatWhen } from "../i18n/format";
import { paths } from "../lib/router";
import { Attempts } from "./Attempts";
import classes from "./documents.module.css";
import { FileIcon } from "./FileIcon";
import { Stage } from "./Stage";
import { isWorking, StateBadge } from "./StateBadge";
import { Warnings } from "./Warnings";

export interface RowActions {
  onRetry: (document: DocumentRecord) => void;
  onCancel: (document: DocumentRecord) => void;
  onDelete: (document: DocumentRecord) => void;
}

export function DocumentRow({ document, ...actions }: { document: DocumentRecord } & RowActions) {
  const { locale } = useI18n();
  const openable = document.searchable || document.state === "ready";
  return (
    <Table.Tr data-testid="document" data-name={document.name} data-state={document.state}>
      <Table.Td className={classes.nameCell}>
        <div className={classes.name}>
          <span className={classes.fileIcon}>
            <FileIcon name={document.name} />
          </span>
          <div className={classes.nameText}>
            {openable ? (
              <Anchor href={paths.document(document.id)} size="sm" fw={500} c="inherit" className={classes.title}>
                {document.name}
              </Anchor>
            ) : (
              <Text size="sm" fw={500} className={classes.title}>
                {document.name}
              </Text>
            )}
            <Warnings warnings={document.warnings} />
            {isWorking(document.state) && <Stage document={document} />}
            {document.state === "failed" && <Reason document={document} onRetry={actions.onRetry} />}
          </div>
        </div>
      </Table.Td>
      <Table.Td className={classes.stateCell}>
        <StateBadge state={document.state} />
      </Table.Td>
      <Table.Td className={classes.number}>{formatSize(document.size, locale)}</Table.Td>
      <Table.Td className={classes.number}>{document.pages || "–"}</Table.Td>
      <Table.Td className={classes.number}>{document.chunks || "–"}</Table.Td>
      <Table.Td className={classes.when}>
        <Tooltip label={formatDateTime(document.created_at, locale)} openDelay={400}>
          <span>{formatWhen(document.created_at, locale)}</span>
        </Tooltip>
      </Table.Td>
      <Table.Td className={classes.menuCell}>
        <RowMenu document={document} {...actions} />
      </Table.Td>
    </Table.Tr>
  );
}

function Reason({ document, onRetry }: { document: DocumentRecord } & Pick<RowActions, "onRetry">) {
  const { messages: m, language } = useI18n();
  if (!document.failure) return null;
  const told = tellFailure(document.failure, m, language);
  return (
    <div className={classes.reason} data-testid="reason">
      <Text size="xs" fw={600}>
        {told.title}
      </Text>
      <Text size="xs">{[told.detail, told.hint].filter(Boolean).join(" ")}</Text>
      <Button
        size="compact-xs"
        variant="light"
        color="red"
        mt={5}
        leftSection={<IconRefresh size={13} />}
        onClick={() => onRetry(document)}
      >
        {m.app.retry}
      </Button>
    </div>
  );
}

function RowMenu({ document, onRetry, onCancel, onDelete }: { document: DocumentRecord } & RowActions) {
  const { messages: m } = useI18n();
  const [attempts, setAttempts] = useState(false);
  const stopped = document.state === "failed" || document.state === "cancelled";
  return (
    <>
      {attempts && <Attempts document={document} onClose={() => setAttempts(false)} />}
      <Menu position="bottom-end" shadow="md" width={190}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`${m.app.more}: ${document.name}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component="a"
            href={originalUrl(document.id)}
            target="_blank"
            rel="noopener"
            leftSection={<IconExternalLink size={15} />}
          >
            {m.viewer.original}
          </Menu.Item>
          <Menu.Item leftSection={<IconHistory size={15} />} onClick={() => setAttempts(true)}>
            {m.docs.attempts}
          </Menu.Item>
          {stopped && (
            <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => onRetry(document)}>
              {m.app.retry}
            </Menu.Item>
          )}
          {isWorking(document.state) && (
            <Menu.Item leftSection={<IconPlayerStop size={15} />} onClick={() => onCancel(document)}>
              {m.docs.stop}
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => onDelete(document)}>
            {m.app.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
