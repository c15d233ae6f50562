import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { watchDocuments } from "../api/events";
import { forgetQuotes, keys, placeDocument } from "../api/queries";

const SETTLE_MS = 600;

/** Keeps every list fresh while documents move through their stages. Renders nothing. */
export function LiveUpdates() {
  const client = useQueryClient();
  useEffect(() => {
    const dirty = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;

    function refresh() {
      timer = undefined;
      for (const id of dirty) void client.invalidateQueries({ queryKey: keys.documents(id) });
      dirty.clear();
      void client.invalidateQueries({ queryKey: keys.collections });
    }

    const stop = watchDocuments({
      onDocument: (document) => {
        if (document.state === "deleting") forgetQuotes(client);
        if (!placeDocument(client, document)) return;
        dirty.add(document.collection_id);
        timer ??= setTimeout(refresh, SETTLE_MS);
      },
      onReconnect: () => {
        void client.invalidateQueries({ queryKey: ["documents"] });
        void client.invalidateQueries({ queryKey: ["document"] });
        void client.invalidateQueries({ queryKey: keys.collections });
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client]);
  return null;
}
