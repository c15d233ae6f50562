import { ActionIcon, Group, Menu, SegmentedControl, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { signOut } from "../api/session";
import { useStatus } from "../api/queries";
import { LANGUAGES, useI18n, type Language } from "../i18n";
import { useFailureNotice } from "./notices";

const SCHEME_ICONS = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop };
const SCHEMES: MantineColorScheme[] = ["light", "dark", "auto"];

/** Language, appearance, and the way out where a key was given. */
export function Settings() {
  const { messages: m, language, setLanguage } = useI18n();
  const { data: status } = useStatus();
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={m.app.language}
        value={language}
        onChange={(value) => setLanguage(value as Language)}
        data={Object.entries(LANGUAGES).map(([value, { label }]) => ({ value, label }))}
      />
      <Group gap={4} wrap="nowrap">
        <SchemeMenu />
        {status?.auth_required && <SignOut />}
      </Group>
    </Group>
  );
}

function SchemeMenu() {
  const { messages: m } = useI18n();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = SCHEME_ICONS[colorScheme];
  return (
    <Menu position="top-end" shadow="md" width={180}>
      <Menu.Target>
        <ActionIcon variant="default" size="md" aria-label={`${m.app.scheme}: ${m.app.schemes[colorScheme]}`}>
          <Current size={16} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{m.app.scheme}</Menu.Label>
        {SCHEMES.map((scheme) => {
          const Icon = SCHEME_ICONS[scheme];
          return (
            <Menu.Item
              key={scheme}
              leftSection={<Icon size={16} stroke={1.7} />}
              aria-current={scheme === colorScheme}
              fw={scheme === colorScheme ? 600 : 400}
              onClick={() => setColorScheme(scheme)}
            >
              {m.app.schemes[scheme]}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

function SignOut() {
  const { messages: m } = useI18n();
  const client = useQueryClient();
  const fail = useFailureNotice();
  return (
    <ActionIcon
      variant="default"
      size="md"
      aria-label={m.app.signOut}
      title={m.app.signOut}
      onClick={() => void signOut().then(() => client.resetQueries(), fail)}
    >
      <IconLogout size={16} stroke={1.7} />
    </ActionIcon>
  );
}
