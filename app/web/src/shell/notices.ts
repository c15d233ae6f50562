/** Failures of actions, shown as a notice in the corner. */

import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import { asApiError } from "../api/http";
import { useI18n } from "../i18n";
import { tellFailure } from "../i18n/failure";

export function useFailureNotice(): (error: unknown) => void {
  const { messages, language } = useI18n();
  return useCallback(
    (error: unknown) => {
      const failure = asApiError(error);
      if (failure.status === 401) return; // the sign-in box says it
      const told = tellFailure(failure, messages, language);
      const message = [told.detail, told.hint].filter(Boolean).join(" ");
      notifications.show({ color: "red", title: told.title, message, autoClose: 8000 });
    },
    [messages, language],
  );
}
