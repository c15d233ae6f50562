import { ActionIcon, Badge, Button, Group, Paper, Progress, ScrollArea, Text } from "@mantine/core";
import { IconAlertTriangle, IconFile, IconRefresh } from "@tabler/icons-react";
import { useI18n } from "../i18n";
import { tellFailure } from "../i18n/failure";
import classes from "./documents.module.css";
import { useUploads } from "./UploadsContext";
import { isActive, useUploadsOf, type Upload } from "./uploads";

const MOST_ROWS = 100;

/** What is being sent, and what the server would not take, with the reason. */
export function UploadPanel({ collectionId }: { collectionId: string }) {
  const { messages: m } = useI18n();
  const uploads = useUploads();
  const items = useUploadsOf(uploads, collectionId);
  const active = items.filter(isActive);
  const refused = items.filter((item) => item.state === "refused");
  const notable = items.filter((item) => !(item.state === "done" && item.outcome === "added"));
  if (active.length === 0 && notable.length === 0) return null; // the list below shows them all
  const shown = [...refused, ...notable.filter((item) => item.state !== "refused")];
  const sent = items.reduce((sum, item) => sum + (isActive(item) ? item.share : 1), 0);
  const done = items.filter((item) => item.state === "done").length;
  return (
    <Paper withBorder radius="md" p="sm" mb="md" role="status" data-testid="uploads">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {active.length > 0 ? m.upload.title(active.length) : m.upload.finished(done)}
          </Text>
          {refused.length > 0 && (
            <Badge color="red" variant="light">
              {m.upload.refused(refused.length)}
            </Badge>
          )}
        </Group>
        {active.length > 0 ? (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => uploads.cancel(collectionId)}>
            {m.upload.cancelAll}
          </Button>
        ) : (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => uploads.dismiss(collectionId)}>
            {m.upload.dismiss}
          </Button>
        )}
      </Group>
      {active.length > 0 && <Progress value={(100 * sent) / items.length} size="sm" mt={8} aria-label={m.upload.title(active.length)} />}
      {shown.length > 0 && (
        <ScrollArea.Autosize mah={220} mt="xs" type="auto">
          <ul className={classes.uploads}>
            {shown.slice(0, MOST_ROWS).map((item) => (
              <UploadRow key={item.id} item={item} />
            ))}
          </ul>
          {shown.length > MOST_ROWS && (
            <Text size="xs" c="dimmed">
              {m.upload.more(shown.length - MOST_ROWS)}
            </Text>
          )}
        </ScrollArea.Autosize>
      )}
    </Paper>
  );
}

function UploadRow({ item }: { item: Upload }) {
  const { messages: m, language } = useI18n();
  const uploads = useUploads();
  const told = item.failure && tellFailure(item.failure, m, language);
  const over = item.state === "refused" || item.state === "cancelled";
  return (
    <li className={classes.upload} data-testid={item.state === "refused" ? "refused" : undefined}>
      {told ? (
        <IconAlertTriangle size={16} color="var(--dc-unsupported)" aria-hidden />
      ) : (
        <IconFile size={16} stroke={1.6} aria-hidden />
      )}
      <div className={classes.uploadText}>
        <Text size="sm" truncate title={item.name}>
          {item.name}
        </Text>
        {told && (
          <Text size="xs" c="dimmed">
            <b>{told.title}.</b> {[told.detail, told.hint].filter(Boolean).join(" ")}
          </Text>
        )}
      </div>
      <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {progressText(item, m)}
      </Text>
      {over && uploads.canRetry(item.id) && (
        <ActionIcon
          size="sm"
          variant="subtle"
          aria-label={`${m.app.retry}: ${item.name}`}
          onClick={() => uploads.retry(item.id)}
        >
          <IconRefresh size={15} />
        </ActionIcon>
      )}
    </li>
  );
}

function progressText(item: Upload, m: ReturnType<typeof useI18n>["messages"]): string {
  if (item.state === "waiting") return m.upload.waiting;
  if (item.state === "sending") return `${Math.floor(item.share * 100)}%`;
  if (item.state === "cancelled") return m.upload.cancelled;
  if (item.outcome === "unchanged") return m.upload.unchanged;
  if (item.outcome === "replaced") return m.upload.replaced;
  return "";
}
