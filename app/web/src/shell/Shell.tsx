import { AppShell, Burger, Button, Group, ScrollArea, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useMessages } from "../i18n";
import { paths } from "../lib/router";
import { CollectionList } from "./CollectionList";
import { ConversationList } from "./ConversationList";
import { Settings } from "./Settings";
import classes from "./shell.module.css";

/** The frame: side bar on the left (a drawer on narrow screens), the view beside it. */
export function Shell({ children }: { children: ReactNode }) {
  const m = useMessages();
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      navbar={{ width: 272, breakpoint: "sm", collapsed: { mobile: !opened } }}
      header={{ height: { base: 48, sm: 0 } }}
      withBorder={false}
    >
      <a className="dc-skip" href="#main" onClick={focusMain}>
        {m.app.skip}
      </a>
      <AppShell.Header hiddenFrom="sm" className={classes.header}>
        <Burger opened={opened} onClick={toggle} size="sm" aria-label={m.app.menu} aria-expanded={opened} />
        <Brand />
      </AppShell.Header>
      <AppShell.Navbar className={classes.side} aria-label={m.app.menu}>
        <Group visibleFrom="sm" px="md" pt="md" pb={6}>
          <Brand />
        </Group>
        <Button
          component="a"
          href={paths.newChat()}
          onClick={close}
          leftSection={<IconPlus size={17} />}
          mx="sm"
          my="xs"
          style={{ flexShrink: 0 }}
        >
          {m.conversations.add}
        </Button>
        <ScrollArea style={{ flex: 1 }} type="hover" scrollbarSize={8}>
          <CollectionList onOpen={close} />
          <ConversationList onOpen={close} />
        </ScrollArea>
        <div className={classes.settings}>
          <Settings />
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** The hash is the route, so the skip link moves the focus itself. */
function focusMain(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Brand() {
  return (
    <a href={paths.home} className={classes.brand}>
      <img src="/favicon.svg" width={24} height={24} alt="" />
      <Text component="span" fw={700} size="lg">
        docchat
      </Text>
    </a>
  );
}
