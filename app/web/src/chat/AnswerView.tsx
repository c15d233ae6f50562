import { Badge, Text } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useCallback } from "react";
import { AnswerText } from "../answer/AnswerText";
import type { Answer, Citation, Message } from "../api/types";
import { useMessages } from "../i18n";
import { passageOfCitation, type Passage } from "../viewer/types";
import { AnswerActions } from "./AnswerActions";
import classes from "./chat.module.css";
import { GroundingBadge } from "./GroundingBadge";
import { Sources } from "./Sources";

interface AnswerViewProps {
  message: Message;
  conversationId: string;
  onOpen: (passage: Passage) => void;
}

/** A finished answer: text, checks, sources, and what can be done with it. */
export function AnswerView({ message, conversationId, onOpen }: AnswerViewProps) {
  const m = useMessages();
  const { answer } = message;
  const cite = useCallback((citation: Citation) => onOpen(passageOfCitation(citation)), [onOpen]);
  return (
    <article className={classes.answer} data-testid="answer" data-refused={answer?.refused || undefined}>
      {answer?.refused ? (
        <Refusal answer={answer} />
      ) : (
        <AnswerText
          text={answer?.text ?? message.text}
          citations={answer?.citations ?? []}
          grounding={answer?.grounding ?? null}
          values={answer?.answer_spans}
          onCite={cite}
        />
      )}
      {answer?.respelled.map(({ asked, searched }) => (
        <Text key={asked} size="sm" c="dimmed" data-testid="respelled">
          {m.chat.respelled(asked, searched)}
        </Text>
      ))}
      <footer className={classes.answerFoot}>
        {answer && !answer.refused && <GroundingBadge grounding={answer.grounding} />}
        {answer?.certainty && <CertaintyBadge certainty={answer.certainty} />}
        <span className={classes.actions}>
          <AnswerActions message={message} conversationId={conversationId} />
        </span>
      </footer>
      {answer && (
        <Sources citations={answer.citations} hits={answer.hits} refused={answer.refused} onOpen={onOpen} />
      )}
    </article>
  );
}

const CERTAINTY_COLORS = { sure: "teal", likely: "blue", unsure: "yellow" } as const;

/** How surely this answers the question: another thing than what its sources carry. */
function CertaintyBadge({ certainty }: { certainty: NonNullable<Answer["certainty"]> }) {
  const m = useMessages();
  return (
    <Badge variant="outline" color={CERTAINTY_COLORS[certainty]} radius="sm" tt="none" fw={500} data-testid="certainty">
      {m.certainty[certainty]}
    </Badge>
  );
}

/** An honest "not in your documents", unlike any answer. */
function Refusal({ answer }: { answer: Answer }) {
  const m = useMessages();
  return (
    <div className={classes.refusal} role="note" data-testid="refusal">
      <IconZoomQuestion size={22} stroke={1.6} aria-hidden />
      <div>
        <Text fw={600} size="sm">
          {m.chat.refusedTitle}
        </Text>
        {answer.text && (
          <Text size="sm" mt={4}>
            {answer.text}
          </Text>
        )}
        <Text size="sm" c="dimmed" mt={4}>
          {m.chat.refusedHint}
        </Text>
      </div>
    </div>
  );
}
