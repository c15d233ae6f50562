import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconHelpCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Claim } from "../api/types";
import { useMessages } from "../i18n";
import classes from "./answer.module.css";
import { tellReasons } from "./reasons";

interface ClaimMarkProps {
  claim: Claim;
  /** The last piece of a claim carries the icon: a claim may be split by emphasis or cells. */
  last: boolean;
  children: ReactNode;
}

/** An underline and an icon below a sentence that the sources do not fully carry. */
export function ClaimMark({ claim, last, children }: ClaimMarkProps) {
  const m = useMessages();
  const verdict = m.grounding.verdicts[claim.verdict];
  const reasons = tellReasons(claim.reasons, m);
  const label = [verdict, ...reasons].join(" · ");
  const Icon = claim.verdict === "partial" ? IconHelpCircle : IconAlertTriangle;
  return (
    <span className={classes.claim} data-verdict={claim.verdict} data-testid="claim" title={label}>
      {children}
      {last && (
        <Tooltip label={label} multiline maw={300} events={{ hover: true, focus: true, touch: true }}>
          <span className={classes.claimIcon} role="img" aria-label={label} tabIndex={0}>
            <Icon size={14} stroke={2} aria-hidden />
          </span>
        </Tooltip>
      )}
    </span>
  );
}
