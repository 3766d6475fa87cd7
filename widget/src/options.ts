// What the site's owner set up: the attributes of the script tag, each with a default.
import { oneOf } from "./protocol.js";
import type { Persist } from "./store.js";
import { primary, spoken, type Strings } from "./strings.js";

export interface Options {
  /** The bot's address, with a slash at the end. */
  base: string;
  language: string;
  /** Language of what the bot says. */
  answers: string;
  /** What language that is, for people who may not expect it; empty where they do. */
  reads: string;
  strings: Strings;
  title: string;
  notice: string;
  /** Emergency number to call; empty where none is known. */
  emergency: string;
  /** Code of the country whose numbers the bot names (ISO 3166-1 alpha-2); empty for none. */
  country: string;
  /** Questions to begin with. */
  suggestions: string[];
  theme: "auto" | "light" | "dark";
  position: "start" | "end";
  /** Whether the launcher shows its drawing only. */
  icon: boolean;
  persist: Persist;
  open: boolean;
  /** Where the panel stands inside the page instead of behind a launcher; empty for none. */
  target: string;
}

/** The options of a script tag; what it does not say, or says wrongly, is as usual. */
export function readOptions(script: HTMLScriptElement): Options {
  const { dataset: data } = script;
  const asked = locale(data.lang) ?? locale(document.documentElement.lang) ?? "en";
  const answers = locale(data.answers) ?? "en";
  const [language, words] = spoken(asked);
  return {
    base: new URL(".", script.src).href,
    language,
    answers,
    reads: primary(asked) === primary(answers) ? "" : words.reads(new Intl.DisplayNames(language, { type: "language" }).of(answers)!),
    strings: words,
    title: data.title || words.launcher,
    notice: data.notice ?? words.notice,
    emergency: data.emergency ?? "",
    country: (data.country ?? "").toUpperCase(),
    suggestions: (data.suggestions ?? "").split("|").map((text) => text.trim()).filter(Boolean),
    theme: oneOf(data.theme, ["auto", "light", "dark"]),
    icon: oneOf(data.launcher, ["text", "icon"]) === "icon",
    position: oneOf(data.position, ["end", "start"]),
    persist: oneOf(data.persist, ["session", "local", "none"]),
    open: data.open === "true",
    target: data.target ?? "",
  };
}

/** A language tag that dates can be written in. */
function locale(tag: string | undefined): string | undefined {
  try {
    return tag ? Intl.getCanonicalLocales(tag)[0] : undefined;
  } catch {
    return undefined;
  }
}
