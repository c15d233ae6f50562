import { Badge, Button, CloseButton, Group, Menu, ScrollArea, Text } from "@mantine/core";
import { IconCheck, IconChevronDown, IconFolders } from "@tabler/icons-react";
import { useCollections, useDocument } from "../api/queries";
import { useMessages } from "../i18n";
import classes from "./chat.module.css";

export interface Scope {
  /** Empty: all collections. */
  collectionIds: string[];
  documentId: string | null;
}

interface ScopePickerProps {
  scope: Scope;
  onChange: (scope: Scope) => void;
}

/** What the next question is searched in: all, some collections, or one document. */
export function ScopePicker({ scope, onChange }: ScopePickerProps) {
  const m = useMessages();
  const { data: collections = [] } = useCollections();
  if (scope.documentId) {
    return <DocumentScope id={scope.documentId} onClear={() => onChange({ ...scope, documentId: null })} />;
  }
  const chosen = collections.filter((item) => scope.collectionIds.includes(item.id));
  const label = chosen.length > 0 ? chosen.map((item) => item.name).join(", ") : m.chat.everywhere;

  function toggle(id: string) {
    const rest = scope.collectionIds.filter((item) => item !== id);
    onChange({ ...scope, collectionIds: rest.length < scope.collectionIds.length ? rest : [...rest, id] });
  }

  return (
    <Menu position="top-start" shadow="md" width={270} closeOnItemClick={false}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          className={classes.scope}
          leftSection={<IconFolders size={15} />}
          rightSection={<IconChevronDown size={14} />}
          aria-label={`${m.chat.searchIn}: ${label}`}
        >
          <Text component="span" size="sm" truncate>
            {label}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{m.chat.searchIn}</Menu.Label>
        <ScrollArea.Autosize mah={300} type="auto">
          <ScopeItem
            label={m.chat.everywhere}
            checked={chosen.length === 0}
            onClick={() => onChange({ ...scope, collectionIds: [] })}
          />
          {collections.map((item) => (
            <ScopeItem
              key={item.id}
              label={item.name}
              note={item.documents}
              checked={scope.collectionIds.includes(item.id)}
              onClick={() => toggle(item.id)}
            />
          ))}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}

interface ScopeItemProps {
  label: string;
  note?: number;
  checked: boolean;
  onClick: () => void;
}

function ScopeItem({ label, note, checked, onClick }: ScopeItemProps) {
  return (
    <Menu.Item
      role="menuitemcheckbox"
      aria-checked={checked}
      onClick={onClick}
      leftSection={<IconCheck size={15} style={{ opacity: checked ? 1 : 0 }} />}
      rightSection={
        note === undefined ? null : (
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        )
      }
    >
      <Text size="sm" lineClamp={1}>
        {label}
      </Text>
    </Menu.Item>
  );
}

function DocumentScope({ id, onClear }: { id: string; onClear: () => void }) {
  const m = useMessages();
  const { data } = useDocument(id);
  return (
    <Group gap={6} wrap="nowrap" className={classes.scope}>
      <Badge
        variant="light"
        tt="none"
        size="lg"
        radius="sm"
        fw={500}
        rightSection={<CloseButton size="xs" aria-label={m.chat.everywhere} onClick={onClear} />}
      >
        {m.chat.searchIn}: {data?.name ?? "…"}
      </Badge>
    </Group>
  );
}
