/** Small preferences in localStorage; where storage is forbidden they last for the page. */

const memory = new Map<string, string>();
const PREFIX = "docchat.";

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return memory.get(key) ?? null; // storage forbidden by the browser
  }
}

export function remember(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Storage forbidden or full: the copy in memory serves this page.
  }
}
