/** The language in use: chosen by the browser, changed by the switch, remembered. */

import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { recall, remember } from "../lib/storage";
import { en, type Messages } from "./en";
import { zh } from "./zh";

export type Language = "en" | "zh";

export const LANGUAGES: Record<Language, { label: string; messages: Messages; locale: string }> = {
  en: { label: "English", messages: en, locale: "en" },
  zh: { label: "中文", messages: zh, locale: "zh-CN" },
};

interface I18n {
  language: Language;
  locale: string;
  messages: Messages;
  setLanguage: (language: Language) => void;
}

const Context = createContext<I18n | null>(null);

/** The first of the browser's languages that we speak; English otherwise. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): Language {
  for (const name of [stored ?? "", ...browser]) {
    if (/^zh/i.test(name)) return "zh";
    if (/^en/i.test(name)) return "en";
  }
  return "en";
}

export function I18nProvider({ children, initial }: { children: ReactNode; initial?: Language }) {
  const [language, setState] = useState<Language>(
    () => initial ?? preferredLanguage(recall("language"), navigator.languages),
  );
  const { messages, locale } = LANGUAGES[language];

  useEffect(() => {
    document.documentElement.lang = locale; // chooses the right CJK glyphs and speech
  }, [locale]);

  const setLanguage = useCallback((next: Language) => {
    remember("language", next);
    setState(next);
  }, []);

  const value = useMemo(() => ({ language, locale, messages, setLanguage }), [language, locale, messages, setLanguage]);
  return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
  const value = use(Context);
  if (!value) throw new Error("useI18n needs an I18nProvider above it");
  return value;
}

/** The texts of the present language. */
export function useMessages(): Messages {
  return useI18n().messages;
}
