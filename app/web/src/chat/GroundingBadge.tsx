import { Badge, Popover, ScrollArea, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconHelpCircle, IconMinus } from "@tabler/icons-react";
import { tellReasons } from "../answer/reasons";
import type { Claim, Grounding, Verdict } from "../api/types";
import { useMessages } from "../i18n";
import { plainClaim } from "../lib/quote";
import classes from "./chat.module.css";

const LOOKS: Record<Verdict, { icon: typeof IconMinus; color: string }> = {
  supported: { icon: IconCircleCheck, color: "var(--mantine-color-teal-6)" },
  partial: { icon: IconHelpCircle, color: "var(--dc-partial)" },
  unsupported: { icon: IconAlertTriangle, color: "var(--dc-unsupported)" },
  contradicted: { icon: IconAlertTriangle, color: "var(--dc-unsupported)" },
  "not-checkable": { icon: IconMinus, color: "var(--mantine-color-dimmed)" },
};

export function groundingColor(grounding: Grounding): string {
  const verdicts = new Set(grounding.claims.map((claim) => claim.verdict));
  if (verdicts.has("contradicted") || verdicts.has("unsupported")) return "red";
  return verdicts.has("partial") ? "yellow" : "teal";
}

/** How much of the answer the sources carry; a click shows it sentence by sentence. */
export function GroundingBadge({ grounding }: { grounding: Grounding }) {
  const m = useMessages();
  const checked = grounding.claims.filter((claim) => claim.verdict !== "not-checkable");
  const supported = checked.filter((claim) => claim.verdict === "supported").length;
  if (checked.length === 0) return null;
  const color = groundingColor(grounding);
  return (
    <Popover width={400} position="bottom-start" shadow="md" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.grounding} data-testid="grounding">
          <Badge
            variant="light"
            color={color}
            radius="sm"
            tt="none"
            fw={600}
            style={{ cursor: "pointer" }}
            leftSection={color === "teal" ? <IconCircleCheck size={13} /> : <IconAlertTriangle size={13} />}
          >
            {m.grounding.badge(supported, checked.length)}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Text size="sm" fw={600}>
          {m.grounding.title}
        </Text>
        <Text size="xs" c="dimmed" mb="xs">
          {m.grounding.count(supported, checked.length)}
        </Text>
        <ScrollArea.Autosize mah={320} type="auto">
          <ul className={classes.claims}>
            {grounding.claims.map((claim, index) => (
              <ClaimRow key={index} claim={claim} />
            ))}
          </ul>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}

function ClaimRow({ claim }: { claim: Claim }) {
  const m = useMessages();
  const { icon: Icon, color } = LOOKS[claim.verdict];
  return (
    <li className={classes.claimRow}>
      <Icon size={16} color={color} aria-hidden />
      <div>
        <Text size="sm">{plainClaim(claim.text)}</Text>
        <Text size="xs" c="dimmed">
          {[m.grounding.verdicts[claim.verdict], ...tellReasons(claim.reasons, m)].join(" · ")}
        </Text>
      </div>
    </li>
  );
}
