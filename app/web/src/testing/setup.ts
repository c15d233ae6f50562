/** What Mantine asks of a browser and happy-dom does not have. */

import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

Object.defineProperty(document, "fonts", { value: new EventTarget() });
window.HTMLElement.prototype.scrollIntoView = () => undefined;

afterEach(() => {
  cleanup();
  localStorage.clear();
  window.location.hash = "";
});
