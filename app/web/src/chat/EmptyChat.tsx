import { Button, Text, Title } from "@mantine/core";
import { IconFileUpload, IconMessageQuestion } from "@tabler/icons-react";
import type { Collection } from "../api/types";
import { useMessages } from "../i18n";
import { paths } from "../lib/router";
import classes from "./chat.module.css";

/** Before the first question: what this is, or that documents are needed first. */
export function EmptyChat({ collections }: { collections: Collection[] }) {
  const m = useMessages();
  const target = collections[0];
  const any = collections.some((collection) => collection.documents > 0);
  if (any) {
    return (
      <div className={classes.empty}>
        <IconMessageQuestion size={36} stroke={1.3} aria-hidden className={classes.emptyIcon} />
        <Title order={1} size="h3" ta="center">
          {m.chat.emptyTitle}
        </Title>
        <Text c="dimmed" ta="center" maw={440}>
          {m.chat.emptyText}
        </Text>
      </div>
    );
  }
  return (
    <div className={classes.empty}>
      <IconFileUpload size={36} stroke={1.3} aria-hidden className={classes.emptyIcon} />
      <Title order={1} size="h3" ta="center">
        {m.chat.noDocsTitle}
      </Title>
      <Text c="dimmed" ta="center" maw={440}>
        {m.chat.noDocsText}
      </Text>
      <Button component="a" href={target ? paths.collection(target.id) : paths.home} mt="sm">
        {m.chat.openCollections}
      </Button>
    </div>
  );
}
