import { ActionIcon, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useMessages } from "../i18n";
import classes from "./shell.module.css";

interface SidebarItemProps {
  href: string;
  label: string;
  icon: ReactNode;
  active: boolean;
  note?: ReactNode;
  onRename: () => void;
  onDelete: () => void;
  onOpen: () => void;
}

/** A link of the side bar with its menu. */
export function SidebarItem({ href, label, icon, active, note, onRename, onDelete, onOpen }: SidebarItemProps) {
  const m = useMessages();
  return (
    <li className={classes.item} data-active={active || undefined}>
      <UnstyledButton
        component="a"
        href={href}
        className={classes.itemLink}
        aria-current={active ? "page" : undefined}
        title={label}
        onClick={onOpen}
      >
        <span className={classes.itemIcon} aria-hidden>
          {icon}
        </span>
        <Text component="span" size="sm" truncate className={classes.itemLabel}>
          {label}
        </Text>
        {note !== undefined && <span className={classes.itemNote}>{note}</span>}
      </UnstyledButton>
      <Menu position="bottom-end" shadow="md" width={170} withinPortal>
        <Menu.Target>
          <ActionIcon
            className={classes.itemMenu}
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`${m.app.more}: ${label}`}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} />} onClick={onRename}>
            {m.app.rename}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={onDelete}>
            {m.app.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
