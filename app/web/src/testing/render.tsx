import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { RunsProvider } from "../chat/RunsContext";
import { UploadsProvider } from "../documents/UploadsContext";
import { I18nProvider, type Language } from "../i18n";
import { theme } from "../theme";

/**
 * Renders below everything a view needs, in the given language. `env` "test" opens menus at once
 * and in place; "default" opens them in a portal, as browsers do.
 */
export function renderPage(view: ReactNode, language: Language = "en", env: "test" | "default" = "test") {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const page = (
    <MantineProvider theme={theme} env={env}>
      <I18nProvider initial={language}>
        <QueryClientProvider client={client}>
          <RunsProvider>
            <UploadsProvider>{view}</UploadsProvider>
          </RunsProvider>
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>
  );
  return { client, ...render(page) };
}
