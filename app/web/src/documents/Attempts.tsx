import { Loader, Modal, Table, Text } from "@mantine/core";
import { useAttempts } from "../api/queries";
import type { Attempt, DocumentRecord } from "../api/types";
import { useI18n } from "../i18n";
import { formatDateTime } from "../i18n/format";

/** How often a document was tried, when, how far it came and why not further. Rendered only while open. */
export function Attempts({ document, onClose }: { document: DocumentRecord; onClose: () => void }) {
  const { messages: m } = useI18n();
  const { data: attempts, isPending, isError } = useAttempts(document.id);
  return (
    <Modal
      opened
      onClose={onClose}
      title={m.docs.attemptsOf(document.name)}
      size="lg"
      centered
      closeButtonProps={{ "aria-label": m.app.close }}
    >
      {isPending && <Loader size="sm" />}
      {(isError || attempts?.length === 0) && <Text size="sm">{m.docs.noAttempts}</Text>}
      {attempts && attempts.length > 0 && (
        <Table verticalSpacing={6} style={{ verticalAlign: "top" }} data-testid="attempts">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.docs.attempt.number}</Table.Th>
              <Table.Th>{m.docs.attempt.started}</Table.Th>
              <Table.Th>{m.docs.attempt.took}</Table.Th>
              <Table.Th>{m.docs.attempt.outcome}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {attempts.map((attempt) => (
              <Row key={attempt.number} attempt={attempt} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Modal>
  );
}

function Row({ attempt }: { attempt: Attempt }) {
  const { locale, messages: m } = useI18n();
  const outcome = attempt.outcome === null ? m.docs.underWay : m.docs.outcomes[attempt.outcome];
  const cut = attempt.outcome !== null && attempt.outcome !== "ready";
  return (
    <Table.Tr>
      <Table.Td>{attempt.number}</Table.Td>
      <Table.Td title={attempt.worker} style={{ whiteSpace: "nowrap" }}>{formatDateTime(attempt.started, locale)}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{seconds(attempt, locale)}</Table.Td>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        {cut ? m.docs.outcomeAt(outcome, m.docs.states[attempt.reached]) : outcome}
        {attempt.message && (
          <Text size="xs" c="dimmed">
            {attempt.message}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function seconds({ started, ended }: Attempt, locale: string): string {
  if (ended === null) return "–";
  const took = (Date.parse(ended) - Date.parse(started)) / 1000;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow",
    maximumFractionDigits: 1,
  }).format(took);
}
