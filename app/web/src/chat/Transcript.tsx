import type { Message } from "../api/types";
import { useMessages } from "../i18n";
import type { Passage } from "../viewer/types";
import { AnswerView } from "./AnswerView";
import classes from "./chat.module.css";
import type { Run } from "./runs";
import { RunView, Stopped } from "./RunView";

interface TranscriptProps {
  conversationId: string;
  messages: Message[];
  runs: readonly Run[];
  onOpen: (passage: Passage) => void;
  onRetry: (run: Run) => void;
  onAskAgain: (question: string) => void;
}

/** Questions and answers in order. */
export function Transcript({ conversationId, messages, runs, onOpen, onRetry, onAskAgain }: TranscriptProps) {
  const m = useMessages();
  return (
    <div className={classes.transcript} role="log" aria-live="polite">
      {withoutRepeats(messages).map((message, index, shown) => {
        if (message.role === "assistant") {
          return <AnswerView key={message.id} message={message} conversationId={conversationId} onOpen={onOpen} />;
        }
        const run = runs.find((item) => item.questionId === message.id);
        const answered = shown[index + 1]?.role === "assistant";
        return (
          <div key={message.id} className={classes.turn}>
            <Question text={message.text} />
            {run && <RunView run={run} onOpen={onOpen} onRetry={onRetry} />}
            {!run && !answered && <Stopped text={m.chat.unanswered} onRetry={() => onAskAgain(message.text)} />}
          </div>
        );
      })}
    </div>
  );
}

function Question({ text }: { text: string }) {
  const m = useMessages();
  return (
    <div className={classes.questionTurn} aria-label={m.chat.you}>
      <p className={classes.bubble} dir="auto">
        {text}
      </p>
    </div>
  );
}

/** A question asked again right after it went unanswered is shown once. */
export function withoutRepeats(messages: Message[]): Message[] {
  return messages.filter((message, index) => {
    const next = messages[index + 1];
    return !(message.role === "user" && next?.role === "user" && next.text === message.text);
  });
}
