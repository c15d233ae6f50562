import { Skeleton, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { IconMessage } from "@tabler/icons-react";
import { useState } from "react";
import { deleteConversation, renameConversation } from "../api/conversations";
import { keys, useConversations } from "../api/queries";
import type { ConversationSummary } from "../api/types";
import { useRuns } from "../chat/RunsContext";
import { useMessages } from "../i18n";
import { navigate, paths, useRoute } from "../lib/router";
import { ConfirmDialog, NameDialog } from "./dialogs";
import { SidebarItem } from "./SidebarItem";
import classes from "./shell.module.css";

type Dialog = { kind: "rename" | "delete"; conversation: ConversationSummary } | null;

/** The conversations of the side bar, the latest first. */
export function ConversationList({ onOpen }: { onOpen: () => void }) {
  const m = useMessages();
  const route = useRoute();
  const { data } = useConversations();
  const [dialog, setDialog] = useState<Dialog>(null);
  return (
    <section aria-labelledby="side-conversations" className={classes.section}>
      <Text id="side-conversations" component="h2" className={`${classes.sectionTitle} ${classes.sectionHead}`}>
        {m.conversations.title}
      </Text>
      {data ? null : <Skeleton height={30} mx={8} />}
      {data?.length === 0 && <p className={classes.none}>{m.conversations.empty}</p>}
      <ul className={classes.list}>
        {data?.map((conversation) => (
          <SidebarItem
            key={conversation.id}
            href={paths.chat(conversation.id)}
            label={conversation.title || m.conversations.untitled}
            icon={<IconMessage size={17} stroke={1.7} />}
            active={route.view === "chat" && route.conversationId === conversation.id}
            onOpen={onOpen}
            onRename={() => setDialog({ kind: "rename", conversation })}
            onDelete={() => setDialog({ kind: "delete", conversation })}
          />
        ))}
      </ul>
      {dialog && <ConversationDialog dialog={dialog} onClose={() => setDialog(null)} />}
    </section>
  );
}

function ConversationDialog({ dialog, onClose }: { dialog: NonNullable<Dialog>; onClose: () => void }) {
  const m = useMessages();
  const client = useQueryClient();
  const runs = useRuns();
  const route = useRoute();
  const { id, title } = dialog.conversation;

  if (dialog.kind === "rename") {
    return (
      <NameDialog
        title={m.conversations.renameTitle}
        label={m.conversations.nameLabel}
        action={m.app.save}
        initial={{ name: title }}
        onClose={onClose}
        onSave={async (name) => {
          await renameConversation(id, name);
          client.setQueryData(keys.conversation(id), (known: object | undefined) => known && { ...known, title: name });
          await client.invalidateQueries({ queryKey: keys.conversations });
        }}
      />
    );
  }
  return (
    <ConfirmDialog
      title={m.conversations.deleteTitle}
      text={m.conversations.deleteText(title || m.conversations.untitled)}
      action={m.app.remove}
      onClose={onClose}
      onConfirm={async () => {
        runs.forget(id);
        await deleteConversation(id);
        if (route.view === "chat" && route.conversationId === id) navigate(paths.newChat());
        client.removeQueries({ queryKey: keys.conversation(id) });
        await client.invalidateQueries({ queryKey: keys.conversations });
      }}
    />
  );
}
