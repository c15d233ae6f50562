/** A typed failure of the API in the reader's language: known codes are translated. */

import type { Messages } from "./en";

export interface Told {
  title: string;
  detail: string;
  hint: string;
}

type Code = keyof Messages["errors"]["byCode"];

/**
 * Known codes get the reader's words; the server's message stays as detail, because it names the
 * page, the number or the file. In English the server's hint is the more exact one.
 */
export function tellFailure(
  failure: { code: string; message: string; hint: string },
  messages: Messages,
  language: string,
): Told {
  const known = failure.code in messages.errors.byCode ? messages.errors.byCode[failure.code as Code] : null;
  const title = known?.title ?? messages.errors.title;
  const hint = language === "en" ? failure.hint || known?.hint : known?.hint || failure.hint;
  const network = failure.code === "network" || failure.code === "stream_cut";
  return { title, detail: network ? "" : sentence(failure.message), hint: hint ?? "" };
}

/** The parsers' messages are bare clauses; beside a hint they need a capital and a full stop. */
function sentence(text: string): string {
  if (!text) return "";
  const capital = /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?。！？…]$/.test(capital) ? capital : `${capital}.`;
}
