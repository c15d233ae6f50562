import { Button, Text, Title } from "@mantine/core";
import { IconFolderPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useMessages } from "../i18n";
import { CollectionDialog } from "./CollectionList";
import classes from "./shell.module.css";

/** What a newcomer sees: three steps and the button for the first. */
export function Welcome() {
  const m = useMessages();
  const [adding, setAdding] = useState(false);
  return (
    <div className={classes.welcome}>
      <Title order={1} size="h2" ta="center">
        {m.welcome.title}
      </Title>
      <Text c="dimmed" mt={8} ta="center">
        {m.welcome.text}
      </Text>
      <ol className={classes.steps}>
        {m.welcome.steps.map((step, index) => (
          <li key={step.title} className={classes.step}>
            <span className={classes.stepNumber} aria-hidden>
              {index + 1}
            </span>
            <Text fw={600}>{step.title}</Text>
            <Text size="sm" c="dimmed" mt={4}>
              {step.text}
            </Text>
          </li>
        ))}
      </ol>
      <Button size="md" leftSection={<IconFolderPlus size={18} />} onClick={() => setAdding(true)}>
        {m.welcome.start}
      </Button>
      {adding && <CollectionDialog dialog={{ kind: "add" }} onClose={() => setAdding(false)} />}
    </div>
  );
}
