import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import { useI18n } from "../i18n";
import { tellFailure } from "../i18n/failure";
import classes from "./shell.module.css";

interface FailureAlertProps {
  failure: { code: string; message: string; hint: string };
  onRetry?: () => void;
}

/** A failure said plainly: what happened, what to do, and a way to try again. */
export function FailureAlert({ failure, onRetry }: FailureAlertProps) {
  const { messages: m, language } = useI18n();
  if (failure.code === "unauthorized") return null; // the sign-in box says it
  const told = tellFailure(failure, m, language);
  return (
    <Alert
      color="red"
      variant="light"
      classNames={{ root: classes.failure ?? "" }}
      role="alert"
      data-testid="failure"
      p="sm"
      icon={<IconAlertTriangle aria-hidden />}
      title={told.title}
    >
      <Stack gap={6} align="flex-start">
        {told.detail && told.detail !== told.title && <Text size="sm">{told.detail}</Text>}
        {told.hint && (
          <Text size="sm" c="dimmed">
            {told.hint}
          </Text>
        )}
        {onRetry && (
          <Button size="compact-sm" variant="light" color="red" leftSection={<IconRefresh size={15} />} onClick={onRetry}>
            {m.app.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
