import { Center, Loader, Text, UnstyledButton } from "@mantine/core";
import { asApiError } from "../api/http";
import type { BlockKind, PageContent } from "../api/types";
import { useMessages } from "../i18n";
import { FailureAlert } from "../shell/FailureAlert";
import { BlockDetails } from "./BlockDetails";
import classes from "./blocks.module.css";
import { blocksOn, type Inspection } from "./useInspection";

const KINDS: BlockKind[] = [
  "title",
  "heading",
  "text",
  "list",
  "table",
  "caption",
  "figure",
  "formula",
  "footnote",
  "code",
];

interface InspectorProps {
  documentId: string;
  content: PageContent | undefined;
  error: Error | null;
  onRetry: () => void;
  onPage: (page: number) => void;
  inspection: Inspection;
}

/** Beside the page: the block being looked at, what kinds there are, and what was left out. */
export function Inspector({ content, error, onRetry, ...rest }: InspectorProps) {
  const m = useMessages();
  return (
    <aside className={classes.inspector} aria-label={m.blocks.title} data-testid="inspector">
      {error && !content && <FailureAlert failure={asApiError(error)} onRetry={onRetry} />}
      {!error && !content && (
        <Center p="xl">
          <Loader size="sm" aria-label={m.app.loading} />
        </Center>
      )}
      {content && <Read content={content} {...rest} />}
    </aside>
  );
}

interface ReadProps {
  documentId: string;
  content: PageContent;
  onPage: (page: number) => void;
  inspection: Inspection;
}

function Read({ documentId, content, onPage, inspection }: ReadProps) {
  const m = useMessages();
  const blocks = blocksOn(content);
  const { shown } = inspection;
  return (
    <>
      {shown && (
        <BlockDetails
          documentId={documentId}
          block={shown}
          number={blocks.indexOf(shown) + 1}
          page={content}
          onPage={onPage}
          onClose={() => inspection.select(null)}
        />
      )}
      {!shown && (
        <Text size="sm" c="dimmed">
          {blocks.length > 0 ? m.blocks.hint : m.blocks.none}
        </Text>
      )}
      {blocks.length > 0 && <Legend content={content} inspection={inspection} />}
      <LeftOut content={content} />
    </>
  );
}

/** The kinds on the page with their colours; a click hides or shows a kind. */
function Legend({ content, inspection }: { content: PageContent; inspection: Inspection }) {
  const m = useMessages();
  const blocks = blocksOn(content);
  const counts = KINDS.map((kind) => [kind, blocks.filter((block) => block.kind === kind).length] as const);
  return (
    <section className={classes.section}>
      <h3 className={classes.sectionTitle}>{m.blocks.legend}</h3>
      <div className={classes.legend}>
        {counts
          .filter(([, count]) => count > 0)
          .map(([kind, count]) => (
            <UnstyledButton
              key={kind}
              className={classes.legendItem}
              data-kind={kind}
              aria-pressed={!inspection.hidden.has(kind)}
              onClick={() => inspection.toggleKind(kind)}
            >
              <span className={classes.swatch} />
              {m.blocks.kinds[kind]}
              <span className={classes.count}>{count}</span>
            </UnstyledButton>
          ))}
      </div>
    </section>
  );
}

function LeftOut({ content }: { content: PageContent }) {
  const m = useMessages();
  if (content.furniture.length === 0 && !content.label) return null;
  return (
    <section className={classes.section} data-testid="furniture">
      {content.furniture.length > 0 && (
        <>
          <h3 className={classes.sectionTitle}>{m.blocks.furniture}</h3>
          <Text size="xs" c="dimmed">
            {m.blocks.furnitureHint}
          </Text>
          <ul className={classes.furniture}>
            {content.furniture.map((line, index) => (
              <li key={index}>{line}</li>
            ))}
          </ul>
        </>
      )}
      {content.label && (
        <Text size="xs" c="dimmed">
          {m.viewer.printed(content.label)}
        </Text>
      )}
    </section>
  );
}
