import { ActionIcon, Group, Skeleton, Text, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { IconFolder, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { createCollection, deleteCollection, updateCollection } from "../api/collections";
import { keys, useCollections } from "../api/queries";
import type { Collection } from "../api/types";
import { useMessages } from "../i18n";
import { navigate, paths, useRoute } from "../lib/router";
import { ConfirmDialog, NameDialog } from "./dialogs";
import { SidebarItem } from "./SidebarItem";
import classes from "./shell.module.css";

type Dialog = { kind: "add" } | { kind: "rename" | "delete"; collection: Collection } | null;

/** The collections of the side bar: open, create, rename, delete. */
export function CollectionList({ onOpen }: { onOpen: () => void }) {
  const m = useMessages();
  const route = useRoute();
  const { data } = useCollections();
  const [dialog, setDialog] = useState<Dialog>(null);
  return (
    <section aria-labelledby="side-collections" className={classes.section}>
      <Group justify="space-between" className={classes.sectionHead}>
        <Text id="side-collections" component="h2" className={classes.sectionTitle}>
          {m.collections.title}
        </Text>
        <Tooltip label={m.collections.add}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={m.collections.add}
            onClick={() => setDialog({ kind: "add" })}
          >
            <IconPlus size={16} />
          </ActionIcon>
        </Tooltip>
      </Group>
      {data ? null : <Skeleton height={30} mx={8} />}
      {data?.length === 0 && <p className={classes.none}>{m.collections.empty}</p>}
      <ul className={classes.list}>
        {data?.map((collection) => (
          <SidebarItem
            key={collection.id}
            href={paths.collection(collection.id)}
            label={collection.name}
            icon={<IconFolder size={17} stroke={1.7} />}
            note={collection.documents}
            active={route.view === "collection" && route.id === collection.id}
            onOpen={onOpen}
            onRename={() => setDialog({ kind: "rename", collection })}
            onDelete={() => setDialog({ kind: "delete", collection })}
          />
        ))}
      </ul>
      {dialog && <CollectionDialog dialog={dialog} onClose={() => setDialog(null)} />}
    </section>
  );
}

interface CollectionDialogProps {
  dialog: NonNullable<Dialog>;
  onClose: () => void;
}

export function CollectionDialog({ dialog, onClose }: CollectionDialogProps) {
  const m = useMessages();
  const client = useQueryClient();
  const route = useRoute();
  const refresh = () => client.invalidateQueries({ queryKey: keys.collections });

  if (dialog.kind === "delete") {
    const { collection } = dialog;
    return (
      <ConfirmDialog
        title={m.collections.deleteTitle}
        text={m.collections.deleteText(collection.name, collection.documents)}
        action={m.app.remove}
        onClose={onClose}
        onConfirm={async () => {
          await deleteCollection(collection.id);
          await refresh();
          if (route.view === "collection" && route.id === collection.id) navigate(paths.home);
        }}
      />
    );
  }
  const collection = dialog.kind === "rename" ? dialog.collection : null;
  return (
    <NameDialog
      title={collection ? m.collections.renameTitle : m.collections.add}
      label={m.collections.name}
      descriptionLabel={m.collections.description}
      action={collection ? m.app.save : m.app.create}
      {...(collection ? { initial: collection } : {})}
      onClose={onClose}
      onSave={async (name, description) => {
        if (collection) await updateCollection(collection.id, { name, description });
        else navigate(paths.collection((await createCollection(name, description)).id));
        await refresh();
      }}
    />
  );
}
