import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useState, type ReactNode } from "react";
import { Runs } from "./runs";

const Context = createContext<Runs | null>(null);

export function RunsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [runs] = useState(() => new Runs(client));
  return <Context value={runs}>{children}</Context>;
}

export function useRuns(): Runs {
  const runs = use(Context);
  if (!runs) throw new Error("useRuns needs a RunsProvider above it");
  return runs;
}
