/** Sending one file with progress. XMLHttpRequest, because fetch reports no upload progress. */

import { asApiError, errorFromBody } from "./http";
import type { UploadItem, UploadResult } from "./types";

export interface UploadCall {
  done: Promise<UploadItem>;
  cancel: () => void;
}

/** `onProgress` gets the share of bytes sent, 0..1. `done` rejects with ApiError, or AbortError. */
export function uploadFile(
  collectionId: string,
  file: File,
  name: string,
  onProgress: (share: number) => void,
): UploadCall {
  const request = new XMLHttpRequest();
  const done = new Promise<UploadItem>((resolve, reject) => {
    request.open("POST", `/api/collections/${encodeURIComponent(collectionId)}/documents`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 400) reject(errorFromBody(request.status, request.responseText));
      else settle(request.responseText, resolve, reject);
    };
    request.onerror = () => reject(asApiError(new Error("The connection was lost.")));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    const form = new FormData();
    form.append("files", file, name);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}

function settle(body: string, resolve: (item: UploadItem) => void, reject: (error: Error) => void): void {
  try {
    const item = (JSON.parse(body) as UploadResult).items[0];
    if (item) resolve(item);
    else reject(errorFromBody(502, ""));
  } catch {
    reject(errorFromBody(502, ""));
  }
}
