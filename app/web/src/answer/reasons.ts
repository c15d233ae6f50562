/** The checker's short machine words (`number:42`, `low_overlap`) as sentences for people. */

import type { Messages } from "../i18n/en";

type Known = keyof Messages["grounding"]["reasons"];

export function tellReasons(reasons: string[], messages: Messages): string[] {
  return reasons.map((reason) => {
    const colon = reason.indexOf(":");
    const code = colon < 0 ? reason : reason.slice(0, colon);
    const detail = colon < 0 ? "" : reason.slice(colon + 1).trim();
    if (!(code in messages.grounding.reasons)) return reason; // newer than this page: shown as is
    return messages.grounding.reasons[code as Known](detail);
  });
}
