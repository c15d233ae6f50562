import { ActionIcon, Button, Popover, Textarea, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import {
  IconCheck,
  IconCopy,
  IconThumbDown,
  IconThumbDownFilled,
  IconThumbUp,
  IconThumbUpFilled,
} from "@tabler/icons-react";
import { useState } from "react";
import { putFeedback } from "../api/conversations";
import { keys } from "../api/queries";
import type { Answer, Conversation, Feedback, Message } from "../api/types";
import { useMessages } from "../i18n";
import { copyText } from "../lib/clipboard";
import { useFailureNotice } from "../shell/notices";
import { answerAsText } from "./copy";

const COPIED_MS = 1800;

/** Copy, thumbs up, thumbs down. */
export function AnswerActions({ message, conversationId }: { message: Message; conversationId: string }) {
  const m = useMessages();
  const judge = useJudge(conversationId, message.id);
  const up = message.feedback?.value === "up";
  return (
    <>
      {message.answer && <CopyButton answer={message.answer} />}
      <Tooltip label={m.chat.good}>
        <ActionIcon
          variant="subtle"
          color={up ? "teal" : "gray"}
          aria-label={m.chat.good}
          aria-pressed={up}
          onClick={() => judge(up ? null : { value: "up", comment: "" })}
        >
          {up ? <IconThumbUpFilled size={16} /> : <IconThumbUp size={16} />}
        </ActionIcon>
      </Tooltip>
      <ThumbDown feedback={message.feedback} onJudge={judge} />
    </>
  );
}

function useJudge(conversationId: string, messageId: string): (feedback: Feedback | null) => void {
  const client = useQueryClient();
  const fail = useFailureNotice();
  const key = keys.conversation(conversationId);

  function show(feedback: Feedback | null) {
    client.setQueryData<Conversation>(key, (known) => {
      if (!known) return known;
      const messages = known.messages.map((item) => (item.id === messageId ? { ...item, feedback } : item));
      return { ...known, messages };
    });
  }

  return (feedback) => {
    const before = client.getQueryData<Conversation>(key)?.messages.find((item) => item.id === messageId);
    show(feedback);
    putFeedback(messageId, feedback?.value ?? null, feedback?.comment ?? "").catch((error: unknown) => {
      show(before?.feedback ?? null);
      fail(error);
    });
  };
}

interface ThumbDownProps {
  feedback: Feedback | null;
  onJudge: (feedback: Feedback | null) => void;
}

/** Counts at once; a comment may follow. */
function ThumbDown({ feedback, onJudge }: ThumbDownProps) {
  const m = useMessages();
  const [opened, setOpened] = useState(false);
  const [comment, setComment] = useState(feedback?.comment ?? "");
  const down = feedback?.value === "down";

  function toggle() {
    onJudge(down ? null : { value: "down", comment: "" });
    setOpened(!down);
  }

  return (
    <Popover opened={opened} onChange={setOpened} width={280} position="top" shadow="md" trapFocus>
      <Popover.Target>
        <Tooltip label={m.chat.bad}>
          <ActionIcon
            variant="subtle"
            color={down ? "red" : "gray"}
            aria-label={m.chat.bad}
            aria-pressed={down}
            onClick={toggle}
          >
            {down ? <IconThumbDownFilled size={16} /> : <IconThumbDown size={16} />}
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Textarea
          label={m.chat.badWhy}
          size="sm"
          autosize
          minRows={2}
          maxRows={6}
          maxLength={4000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Button
          size="xs"
          mt="xs"
          fullWidth
          onClick={() => {
            onJudge({ value: "down", comment: comment.trim() });
            setOpened(false);
          }}
        >
          {m.chat.sendFeedback}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

function CopyButton({ answer }: { answer: Answer }) {
  const m = useMessages();
  const [copied, setCopied] = useState(false);

  async function copy() {
    if (!(await copyText(answerAsText(answer, m)))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  }

  return (
    <Tooltip label={copied ? m.chat.copied : m.chat.copy}>
      <ActionIcon variant="subtle" color={copied ? "teal" : "gray"} aria-label={m.chat.copy} onClick={() => void copy()}>
        {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}
