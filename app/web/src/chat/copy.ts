import type { Answer } from "../api/types";
import type { Messages } from "../i18n/en";

/** The answer with its sources below, so that a pasted [1] still says where it is from. */
export function answerAsText(answer: Answer, m: Messages): string {
  const sources = new Map<string, { marker: number; line: string }>();
  for (const { marker, document_name: name, page } of answer.citations) {
    const line = `[${marker}] ${name}, ${m.chat.page(page)}`;
    sources.set(line, { marker, line });
  }
  if (sources.size === 0) return answer.text;
  const lines = [...sources.values()].sort((left, right) => left.marker - right.marker);
  return [answer.text, "", `${m.chat.sources}:`, ...lines.map(({ line }) => line)].join("\n");
}
