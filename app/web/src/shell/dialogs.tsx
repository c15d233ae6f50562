import { Button, Group, Modal, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { useMessages } from "../i18n";
import { useFailureNotice } from "./notices";

interface ConfirmDialogProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is lost. Rendered only while open. */
export function ConfirmDialog({ title, text, action, onConfirm, onClose }: ConfirmDialogProps) {
  const m = useMessages();
  const fail = useFailureNotice();
  const [busy, setBusy] = useState(false);

  async function confirm() {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": m.app.close }}>
      <Text size="sm" mb="lg" style={{ overflowWrap: "anywhere" }}>
        {text}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          {m.app.cancel}
        </Button>
        <Button color="red" loading={busy} onClick={() => void confirm()}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}

interface NameDialogProps {
  title: string;
  label: string;
  action: string;
  initial?: { name: string; description?: string };
  /** Set where the thing named also takes a description. */
  descriptionLabel?: string;
  onSave: (name: string, description: string) => Promise<unknown>;
  onClose: () => void;
}

/** Asks for a name. Rendered only while open. */
export function NameDialog({ title, label, action, initial, descriptionLabel, onSave, onClose }: NameDialogProps) {
  const m = useMessages();
  const fail = useFailureNotice();
  const [name, setName] = useState(initial?.name ?? "");
  const [description, setDescription] = useState(initial?.description ?? "");
  const [busy, setBusy] = useState(false);

  async function save(event: SyntheticEvent) {
    event.preventDefault();
    if (!name.trim()) return;
    setBusy(true);
    try {
      await onSave(name.trim(), description.trim());
      onClose();
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": m.app.close }}>
      <form onSubmit={(event) => void save(event)}>
        <Stack gap="sm">
          <TextInput
            label={label}
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          {descriptionLabel !== undefined && (
            <Textarea
              label={descriptionLabel}
              value={description}
              maxLength={4000}
              autosize
              minRows={2}
              maxRows={5}
              onChange={(event) => setDescription(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end" gap="sm" mt="xs">
            <Button variant="default" onClick={onClose}>
              {m.app.cancel}
            </Button>
            <Button type="submit" loading={busy} disabled={!name.trim()}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
