import { Button, Center, MantineProvider, Stack, Text } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { asApiError } from "./api/http";
import { useCollections } from "./api/queries";
import { ChatView } from "./chat/ChatView";
import { RunsProvider } from "./chat/RunsContext";
import { CollectionView } from "./documents/CollectionView";
import { UploadsProvider } from "./documents/UploadsContext";
import { I18nProvider, useMessages } from "./i18n";
import { paths, useRoute } from "./lib/router";
import { FailureAlert } from "./shell/FailureAlert";
import { LiveUpdates } from "./shell/LiveUpdates";
import { Login } from "./shell/Login";
import { Shell } from "./shell/Shell";
import { Welcome } from "./shell/Welcome";
import { schemeManager, theme } from "./theme";
import { DocumentView } from "./viewer/DocumentView";

/** A refused or missing thing stays so; only a broken connection is tried again. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && asApiError(error).status === 0,
        networkMode: "always", // a server on this machine answers without a network
      },
    },
  });
}

const client = makeQueryClient();

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={schemeManager}>
      <I18nProvider>
        <QueryClientProvider client={client}>
          <RunsProvider>
            <UploadsProvider>
              <Notifications position="bottom-right" />
              <Login />
              <LiveUpdates />
              <Shell>
                <CurrentView />
              </Shell>
            </UploadsProvider>
          </RunsProvider>
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>
  );
}

function CurrentView() {
  const route = useRoute();
  if (route.view === "home") return <Home />;
  if (route.view === "chat") {
    return <ChatView key={route.conversationId ?? "new"} conversationId={route.conversationId} scope={route.scope} />;
  }
  if (route.view === "collection") return <CollectionView key={route.id} id={route.id} />;
  if (route.view === "document") return <DocumentView key={route.id} id={route.id} page={route.page} />;
  return <Nowhere />;
}

/** A newcomer is shown the way; everybody else starts with a question. */
function Home() {
  const { data, error, refetch } = useCollections();
  if (error && !data) {
    return (
      <Center p="xl" flex={1}>
        <FailureAlert failure={asApiError(error)} onRetry={() => void refetch()} />
      </Center>
    );
  }
  if (!data) return null;
  if (data.length === 0) return <Welcome />;
  return <ChatView key="new" conversationId={null} scope={{ collection: null, document: null }} />;
}

function Nowhere() {
  const m = useMessages();
  return (
    <Center flex={1} p="xl">
      <Stack align="center">
        <Text>{m.app.notFound}</Text>
        <Button component="a" href={paths.home} variant="light">
          {m.app.home}
        </Button>
      </Stack>
    </Center>
  );
}
