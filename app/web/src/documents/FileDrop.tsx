import { Button, Group, Text } from "@mantine/core";
import { IconFolderUp, IconUpload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useMessages } from "../i18n";
import { fromDrop, fromInput, type PickedFile } from "./dropped";
import classes from "./documents.module.css";

interface FileDropProps {
  onFiles: (files: PickedFile[]) => void;
  onError: (error: unknown) => void;
  accept: string;
  /** Whether the large empty-state form is wanted. */
  large: boolean;
  note: string;
}

/** Takes files and folders: dropped anywhere in the window, or chosen. */
export function FileDrop({ onFiles, onError, accept, large, note }: FileDropProps) {
  const m = useMessages();
  const over = useWindowDrop(onFiles, onError);
  return (
    <>
      <div className={large ? classes.dropLarge : classes.drop}>
        <IconUpload size={large ? 34 : 20} stroke={1.5} aria-hidden className={classes.dropIcon} />
        <div className={classes.dropText}>
          {large && (
            <Text fw={600} size="lg">
              {m.docs.emptyTitle}
            </Text>
          )}
          <Text size="sm" c={large ? "dimmed" : undefined}>
            {large ? m.docs.emptyText : m.docs.dropHere}
          </Text>
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        </div>
        <Group gap="xs" justify="center">
          <PickButton label={m.docs.choose} accept={accept} onFiles={onFiles} />
          <PickButton label={m.docs.chooseFolder} folder onFiles={onFiles} />
        </Group>
      </div>
      {over && (
        <div className={classes.overlay} aria-hidden>
          <IconUpload size={44} stroke={1.4} />
          <Text size="lg" fw={600}>
            {m.docs.dropNow}
          </Text>
        </div>
      )}
    </>
  );
}

interface PickButtonProps {
  label: string;
  accept?: string;
  folder?: boolean;
  onFiles: (files: PickedFile[]) => void;
}

function PickButton({ label, accept, folder = false, onFiles }: PickButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const Icon = folder ? IconFolderUp : IconUpload;
  return (
    <>
      <Button
        size="xs"
        variant={folder ? "default" : "filled"}
        leftSection={<Icon size={15} />}
        onClick={() => input.current?.click()}
      >
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(accept ? { accept } : {})}
        {...(folder ? { webkitdirectory: "" } : {})}
        onChange={(event) => {
          onFiles(fromInput(event.currentTarget.files));
          event.currentTarget.value = ""; // the same file may be chosen again
        }}
      />
    </>
  );
}

/** Whether files hover over the window; hands them over when dropped. */
function useWindowDrop(onFiles: (files: PickedFile[]) => void, onError: (error: unknown) => void): boolean {
  const [over, setOver] = useState(false);
  const handlers = useRef({ onFiles, onError });
  useEffect(() => {
    handlers.current = { onFiles, onError };
  });

  useEffect(() => {
    let depth = 0; // enter and leave fire for every element below the pointer
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      depth -= 1;
      if (depth <= 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!event.dataTransfer || !holdsFiles(event)) return;
      event.preventDefault();
      fromDrop(event.dataTransfer).then(
        (files) => handlers.current.onFiles(files),
        (error: unknown) => handlers.current.onError(error),
      );
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: hover, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name as "drop", listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name as "drop", listener);
    };
  }, []);
  return over;
}
