import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development the page is served by Vite and the API by `docchat serve`.
const api = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  base: "/",
  server: { proxy: { "/api": api, "/health": api } },
  build: { target: "es2022", chunkSizeWarningLimit: 900 },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
  },
});
