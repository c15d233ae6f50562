import { Popover, ScrollArea, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ParseWarning } from "../api/types";
import { useMessages } from "../i18n";
import classes from "./documents.module.css";

/** How many warnings a document has; a click lists them. */
export function Warnings({ warnings }: { warnings: ParseWarning[] }) {
  const m = useMessages();
  if (warnings.length === 0) return null;
  return (
    <Popover width={340} position="bottom-start" shadow="md" withArrow>
      <Popover.Target>
        <UnstyledButton className={classes.warnings}>
          <IconAlertTriangle size={13} stroke={2} aria-hidden /> {m.docs.warnings(warnings.length)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <ScrollArea.Autosize mah={240} type="auto">
          {warnings.map((warning, index) => (
            <Text key={index} size="xs" py={3} style={{ overflowWrap: "anywhere" }}>
              <b>{warning.page > 0 ? m.docs.warningPage(warning.page) : m.docs.wholeDocument}:</b> {warning.message}
            </Text>
          ))}
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}
