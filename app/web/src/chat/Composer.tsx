import { ActionIcon, Text, Textarea, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPlayerStopFilled } from "@tabler/icons-react";
import { useState, type KeyboardEvent } from "react";
import { useMessages } from "../i18n";
import classes from "./chat.module.css";
import { ScopePicker, type Scope } from "./ScopePicker";

const LONGEST = 4000;

interface ComposerProps {
  busy: boolean;
  disabled: boolean;
  scope: Scope;
  onScope: (scope: Scope) => void;
  onAsk: (question: string) => void;
  onStop: () => void;
}

/** Whether Enter now means "send": not while an input method composes Chinese. */
export function isSendKey(event: KeyboardEvent): boolean {
  // Safari ends the composition before the keydown; it then reports key code 229.
  const composing = event.nativeEvent.isComposing || event.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !composing;
}

/** The question box: Enter sends, Shift+Enter makes a new line. */
export function Composer({ busy, disabled, scope, onScope, onAsk, onStop }: ComposerProps) {
  const m = useMessages();
  const [text, setText] = useState("");
  const ready = text.trim() !== "" && !busy && !disabled;

  function ask() {
    if (!ready) return;
    onAsk(text.trim());
    setText("");
  }

  return (
    <div className={classes.composer}>
      <Textarea
        variant="unstyled"
        autosize
        minRows={1}
        maxRows={9}
        maxLength={LONGEST}
        value={text}
        disabled={disabled}
        placeholder={m.chat.placeholder}
        aria-label={m.chat.placeholder}
        data-testid="question"
        autoFocus
        classNames={{ input: classes.question ?? "" }}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!isSendKey(event)) return;
          event.preventDefault();
          ask();
        }}
      />
      <div className={classes.composerFoot}>
        <ScopePicker scope={scope} onChange={onScope} />
        <Text size="xs" c="dimmed" className={classes.keys}>
          {m.chat.hint}
        </Text>
        {busy ? (
          <Tooltip label={m.chat.stop}>
            <ActionIcon size="lg" radius="xl" color="gray" variant="filled" aria-label={m.chat.stop} onClick={onStop}>
              <IconPlayerStopFilled size={15} />
            </ActionIcon>
          </Tooltip>
        ) : (
          <Tooltip label={m.chat.send}>
            <ActionIcon size="lg" radius="xl" aria-label={m.chat.send} disabled={!ready} onClick={ask}>
              <IconArrowUp size={19} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
    </div>
  );
}
