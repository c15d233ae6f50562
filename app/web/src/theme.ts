/** Colours and type. No font is loaded: the system's own, Chinese included. */

import { createTheme, localStorageColorSchemeManager, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef1ff",
  "#dce2ff",
  "#b7c2fb",
  "#8f9ff5",
  "#6e82f1",
  "#576fee",
  "#3d5af1",
  "#3049d0",
  "#2840bb",
  "#1c35a6",
];

/** Greys of the dark scheme, a little blue like the rest. */
const dark: MantineColorsTuple = [
  "#d3d7e0",
  "#b3b8c4",
  "#8c92a0",
  "#686e7d",
  "#3c414d",
  "#323741",
  "#252932",
  "#191b20",
  "#14161a",
  "#0f1114",
];

const sans =
  'Inter, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", ' +
  '"Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 6, dark: 5 },
  colors: { ink, dark },
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace',
  headings: { fontFamily: sans, fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
});

export const schemeManager = localStorageColorSchemeManager({ key: "docchat.scheme" });
