import { Alert, Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type SyntheticEvent } from "react";
import { asApiError, AUTH_NEEDED, SIGNED_IN } from "../api/http";
import { signIn } from "../api/session";
import { useI18n } from "../i18n";
import { tellFailure } from "../i18n/failure";

/** Opens by itself when the API answers 401; a right key brings everything back. */
export function Login() {
  const { messages: m, language } = useI18n();
  const client = useQueryClient();
  const [needed, setNeeded] = useState(false);
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const open = () => setNeeded(true);
    window.addEventListener(AUTH_NEEDED, open);
    return () => window.removeEventListener(AUTH_NEEDED, open);
  }, []);

  async function enter(event: SyntheticEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(key.trim());
      setKey("");
      setProblem("");
      setNeeded(false);
      window.dispatchEvent(new Event(SIGNED_IN));
      await client.resetQueries();
    } catch (error) {
      const failure = asApiError(error);
      const told = tellFailure(failure, m, language);
      setProblem(failure.status === 401 ? m.login.wrong : [told.title, told.detail, told.hint].filter(Boolean).join(" "));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      opened={needed}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={m.login.title}
      centered
    >
      <form onSubmit={(event) => void enter(event)}>
        <Stack>
          <Text size="sm">{m.login.text}</Text>
          <PasswordInput
            label={m.login.key}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="current-password"
            data-autofocus
          />
          {problem && (
            <Alert color="red" variant="light" role="alert">
              {problem}
            </Alert>
          )}
          <Button type="submit" loading={busy} disabled={!key.trim()}>
            {m.login.enter}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
