/** Keeps a growing transcript scrolled to its end, until the reader scrolls up. */

import { useCallback, useEffect, useRef, useState } from "react";

const NEAR_PX = 80;

export function useStickToEnd() {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    stuck.current = true;
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, []);

  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    stuck.current = near;
    setAway(!near);
  }, []);

  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(() => {
      if (stuck.current) box.current?.scrollTo({ top: box.current.scrollHeight });
    });
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);

  return { box, content, away, onScroll, toEnd };
}
