// The conversation as plain text, to keep.
import type { Options } from "./options.js";
import type { Citation, Reply } from "./protocol.js";
import type { Turn } from "./store.js";

export function transcript(turns: readonly Turn[], { strings, title, notice }: Options): string {
  const parts = [title, notice];
  for (const turn of turns) {
    parts.push(`${strings.youSaid}: ${turn.question.text}`);
    for (const reply of turn.replies) parts.push([`${strings.botSaid}: ${words(reply)}`, ...reply.citations.map(line)].join("\n"));
  }
  return parts.filter(Boolean).join("\n\n") + "\n";
}

/** A reply's words with the numbers of its sources. */
function words(reply: Reply): string {
  const blocks = reply.blocks.map(({ type, spans }) => {
    const text = spans.map((span) => span.text + span.citations.map((number) => ` [${number}]`).join("")).join("");
    return type === "list_item" ? `- ${text}` : text;
  });
  return blocks.join("\n");
}

function line({ number, title, section, author, publisher, published, url }: Citation): string {
  return `[${number}] ${[title, section, author, publisher, published, url].filter(Boolean).join(", ")}`;
}

/** Have the browser save a text as a file. */
export function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
