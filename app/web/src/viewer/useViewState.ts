/** Page, zoom and mode of a viewer, with the keys that change them. */

import { useState, type KeyboardEvent } from "react";
import { recall, remember } from "../lib/storage";

export type ViewMode = "page" | "text";

export const SMALLEST = 0.5;
export const LARGEST = 3;
const STEP = 0.25;

export interface ViewState {
  page: number;
  zoom: number;
  mode: ViewMode;
  /** Whether the blocks are drawn over the page. */
  blocks: boolean;
  goTo: (page: number) => void;
  /** In steps; 0 fits the width again. */
  zoomBy: (steps: number) => void;
  setMode: (mode: ViewMode) => void;
  toggleBlocks: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function useViewState(pages: number, page: number, onPage: (page: number) => void): ViewState {
  const [zoom, setZoom] = useState(1);
  const [mode, setMode] = useState<ViewMode>("page");
  const [blocks, setBlocks] = useState(() => recall("blocks") === "shown");

  function goTo(next: number) {
    const bounded = Math.min(Math.max(1, Math.round(next)), Math.max(1, pages));
    if (bounded !== page) onPage(bounded);
  }

  function zoomBy(steps: number) {
    setZoom((known) => (steps === 0 ? 1 : Math.min(LARGEST, Math.max(SMALLEST, known + steps * STEP))));
  }

  function toggleBlocks() {
    remember("blocks", blocks ? "hidden" : "shown");
    setBlocks(!blocks);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => goTo(page - 1),
      PageUp: () => goTo(page - 1),
      ArrowRight: () => goTo(page + 1),
      PageDown: () => goTo(page + 1),
      Home: () => goTo(1),
      End: () => goTo(pages),
      "+": () => zoomBy(1),
      "=": () => zoomBy(1),
      "-": () => zoomBy(-1),
      "0": () => zoomBy(0),
      b: toggleBlocks,
      B: toggleBlocks,
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  return { page, zoom, mode, blocks, goTo, zoomBy, setMode, toggleBlocks, onKeyDown };
}
