import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { keys } from "../api/queries";
import { isActive, Uploads } from "./uploads";

const REFRESH_MS = 400;

const Context = createContext<Uploads | null>(null);

/** Holds the uploads above the views, so that they go on while the reader looks elsewhere. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [uploads] = useState(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    return new Uploads((collectionId) => {
      if (timers.has(collectionId)) return;
      const refresh = () => {
        timers.delete(collectionId);
        void client.invalidateQueries({ queryKey: keys.documents(collectionId) });
        void client.invalidateQueries({ queryKey: keys.collections });
      };
      timers.set(collectionId, setTimeout(refresh, REFRESH_MS));
    });
  });
  const busy = useSyncExternalStore(uploads.subscribe, () => uploads.all().some(isActive));

  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask); // closing the tab would lose what is not sent
    return () => window.removeEventListener("beforeunload", ask);
  }, [busy]);

  return <Context value={uploads}>{children}</Context>;
}

export function useUploads(): Uploads {
  const uploads = use(Context);
  if (!uploads) throw new Error("useUploads needs an UploadsProvider above it");
  return uploads;
}
