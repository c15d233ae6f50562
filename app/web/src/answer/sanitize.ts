/** What Markdown from a model or a document may contain: text structure, nothing that loads. */

import { defaultSchema } from "rehype-sanitize";

const FORBIDDEN = new Set(["img", "picture", "source", "input", "details", "summary"]);

export const answerSchema = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter((name) => !FORBIDDEN.has(name)),
  attributes: {
    ...defaultSchema.attributes,
    a: ["href"],
    "*": [],
  },
  protocols: { href: ["http", "https", "mailto"] },
};
