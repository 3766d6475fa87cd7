// What the bot sends, as records. Every field is checked for type and length: what does not fit is cut or left out, and
// fields we do not know are ignored. Stored history passes through here too.

export interface Span {
  text: string;
  citations: number[];
}

export interface Block {
  type: "paragraph" | "list_item" | "heading" | "caution";
  spans: Span[];
}

export interface Reference {
  title: string;
  published: string;
}

export interface Citation {
  number: number;
  passage: string;
  article: string;
  section: string;
  paragraphs: number[];
  /** Whether the text says in other words what stands in the article; otherwise it is quoted. */
  restated: boolean;
  text: string;
  title: string;
  author: string;
  publisher: string;
  published: string;
  url: string;
  references: Reference[];
}

export interface Passage {
  id: string;
  article: string;
  topic: string;
}

export interface Offer {
  title: string;
  payload: string;
}

/** What a reply can be; the widget draws some of them in their own way. */
const KINDS = ["notice", "answer", "not_covered", "emergency", "out_of_scope", "clarify", "checkin", "sources", "smalltalk"] as const;

export type Rating = "helpful" | "unhelpful";

export interface Reply {
  id: string;
  kind: string;
  text: string;
  blocks: Block[];
  passages: Passage[];
  citations: Citation[];
  buttons: Offer[];
  /** Whether the bot has deleted what was said. */
  erased: boolean;
  rating: Rating | undefined;
}

export type Fields = Record<string, unknown>;

const LONG = 4000;
const SHORT = 300;
const URL_LENGTH = 2000;

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

export function string(value: unknown, limit = SHORT): string {
  return typeof value === "string" ? value.slice(0, limit) : "";
}

/** The choice that a value is; the first where it is none. */
export function oneOf<const Choice>(value: unknown, choices: readonly [Choice, ...Choice[]]): Choice {
  return choices.find((choice) => choice === value) ?? choices[0];
}

/** The items of a list that `read` makes something of, `limit` at most. */
export function list<T>(value: unknown, limit: number, read: (item: Fields) => T | undefined): T[] {
  const items: unknown[] = Array.isArray(value) ? value.slice(0, limit) : [];
  return items.map((item) => read(fields(item))).filter((item) => item !== undefined);
}

/** A message of the bot; undefined when there is nothing in it to show. */
export function readReply(value: unknown): Reply | undefined {
  const data = fields(value);
  const text = string(data.text, LONG);
  const citations = list(data.citations, 20, readCitation);
  const numbers = new Set(citations.map((citation) => citation.number));
  const blocks = list(data.blocks, 100, (block) => readBlock(block, numbers));
  if (!blocks.length) blocks.push(...plain(text));
  if (!blocks.length) return undefined;
  return {
    id: string(data.id),
    kind: oneOf(data.kind, KINDS),
    text: text || blocks.map((block) => block.spans.map((span) => span.text).join("")).join("\n"),
    blocks,
    passages: list(data.passages, 20, readPassage),
    citations,
    buttons: list(data.buttons, 12, readOffer),
    erased: data.erased === true,
    rating: oneOf(data.rating, [undefined, "helpful", "unhelpful"]),
  };
}

/** Have the sources of a reply counted on from those of the replies before it, so that no two have the same number. */
export function renumber(reply: Reply, before: readonly Reply[]): void {
  const last = Math.max(0, ...before.flatMap(({ citations }) => citations.map(({ number }) => number)));
  for (const citation of reply.citations) citation.number += last;
  for (const { spans } of reply.blocks) for (const span of spans) span.citations = span.citations.map((number) => number + last);
}

/** Paragraphs of plain text, and list items where a line starts with a hyphen. */
export function plain(text: string): Block[] {
  const lines = text.split("\n").filter((line) => line.trim());
  return lines.map((line) => {
    const item = line.startsWith("- ");
    return { type: item ? "list_item" : "paragraph", spans: [{ text: item ? line.slice(2) : line, citations: [] }] };
  });
}

function readBlock(data: Fields, numbers: ReadonlySet<number>): Block | undefined {
  const spans = list(data.spans, 50, (span) => readSpan(span, numbers));
  const type = oneOf(data.type, ["paragraph", "list_item", "heading", "caution"]);
  if (!spans.length) spans.push(...list([data], 1, (block) => readSpan(block, numbers)));
  return spans.length ? { type, spans } : undefined;
}

function readSpan(data: Fields, numbers: ReadonlySet<number>): Span | undefined {
  const text = string(data.text, LONG);
  const cited: unknown[] = Array.isArray(data.citations) ? data.citations : [];
  const citations = [...numbers].filter((number) => cited.includes(number));
  return text ? { text, citations } : undefined;
}

function readCitation(data: Fields): Citation | undefined {
  const { number } = data;
  if (!isInteger(number) || number < 1 || number > 99) return undefined;
  return {
    number,
    passage: string(data.passage),
    article: string(data.article),
    section: string(data.section),
    paragraphs: (Array.isArray(data.paragraphs) ? data.paragraphs.slice(0, 20) : []).filter(isInteger),
    restated: data.restated === true,
    text: string(data.text, LONG),
    title: string(data.title),
    author: string(data.author),
    publisher: string(data.publisher),
    published: string(data.published, 40),
    url: string(data.url, URL_LENGTH),
    references: list(data.references, 20, readReference),
  };
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function readReference(data: Fields): Reference | undefined {
  const title = string(data.title);
  return title ? { title, published: string(data.published, 40) } : undefined;
}

function readPassage(data: Fields): Passage | undefined {
  const id = string(data.id);
  return id ? { id, article: string(data.article), topic: string(data.topic) } : undefined;
}

function readOffer(data: Fields): Offer | undefined {
  const offer = { title: string(data.title), payload: string(data.payload, 1000) };
  return offer.title && offer.payload ? offer : undefined;
}
