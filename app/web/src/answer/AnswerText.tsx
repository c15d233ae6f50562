import { memo, useMemo } from "react";
import Markdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import type { Citation, Claim, Grounding } from "../api/types";
import { utf16Range } from "../lib/codepoints";
import classes from "./answer.module.css";
import { CitationChip } from "./CitationChip";
import { citationFor } from "./choose";
import { ClaimMark } from "./ClaimMark";
import { rehypeAnswerMarks, type MarkedClaim } from "./marks";
import { answerSchema } from "./sanitize";

interface AnswerTextProps {
  text: string;
  citations: Citation[];
  grounding: Grounding | null;
  /** Places of the value asked for, in characters. */
  values?: [number, number][];
  onCite: (citation: Citation) => void;
}

const DOUBTFUL = new Set(["partial", "unsupported", "contradicted"]);

/** The answer as Markdown, with citation chips and a mark under each doubtful sentence. */
export const AnswerText = memo(function AnswerText({ text, citations, grounding, values, onCite }: AnswerTextProps) {
  const components = useMemo(
    () => answerComponents(citations, grounding?.claims ?? [], onCite),
    [citations, grounding, onCite],
  );
  const claims = useMemo(() => doubtfulClaims(text, grounding), [text, grounding]);
  const ranges = useMemo(() => (values ?? []).map((range) => utf16Range(text, range)), [text, values]);
  return (
    <div className={classes.answer} dir="auto">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[
          [rehypeSanitize, answerSchema],
          [rehypeAnswerMarks, { source: text, claims, values: ranges }],
        ]}
        components={components}
      >
        {text}
      </Markdown>
    </div>
  );
});

function doubtfulClaims(text: string, grounding: Grounding | null): MarkedClaim[] {
  return (grounding?.claims ?? []).flatMap((claim, index) => {
    if (!DOUBTFUL.has(claim.verdict)) return [];
    const [start, end] = utf16Range(text, claim.char_range);
    return [{ index, start, end }];
  });
}

function answerComponents(citations: Citation[], claims: Claim[], onCite: (citation: Citation) => void): Components {
  return {
    cite: ({ node }) => {
      const marker = Number(node?.properties.dataMarker);
      const said = String(node?.properties.dataSaid ?? "");
      return <CitationChip marker={marker} citation={citationFor(citations, marker, said)} onCite={onCite} />;
    },
    mark: ({ node, children }) => {
      const claim = claims[Number(node?.properties.dataClaim)];
      if (!claim) return <>{children}</>;
      return (
        <ClaimMark claim={claim} last={Boolean(node?.properties.dataLast)}>
          {children}
        </ClaimMark>
      );
    },
    table: ({ children }) => (
      <div className={classes.scroll}>
        <table>{children}</table>
      </div>
    ),
    a: ({ href, children }) => (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ),
  };
}
