// Keeps the conversation over page loads: in this tab, in this browser for a day, or not at all.
import { TROUBLES, type Question, type Trouble } from "./client.js";
import { fields, list, oneOf, readReply, string, type Fields, type Reply } from "./protocol.js";

export type Persist = "session" | "local" | "none";

/** A question and what came of it. `words` is what the bot itself says about trouble, `wait` the seconds until it may be gone. */
export interface Turn {
  id: string;
  question: Question;
  replies: Reply[];
  state: "waiting" | "done" | Trouble;
  words?: string;
  wait?: number;
}

export interface Conversation {
  sender: string;
  turns: readonly Turn[];
}

const DAY = 86_400_000; // milliseconds
const MAX_MESSAGES = 100;
const SENDER = /^[A-Za-z0-9_-]{22,64}$/;

/** An id nobody can guess: 144 random bits. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}

export class Store {
  readonly #storage: Storage | undefined;
  readonly #tab: Storage | undefined;

  constructor(
    persist: Persist,
    readonly key: string,
  ) {
    this.#storage = open(persist);
    this.#tab = open(persist === "none" ? persist : "session");
  }

  /** Whether the chat was open when this tab last showed it; undefined where that is not known. */
  get open(): boolean | undefined {
    const kept = this.#tab?.getItem(`${this.key} open`);
    return kept ? kept === "true" : undefined;
  }

  set open(value: boolean) {
    put(this.#tab, `${this.key} open`, value);
  }

  /** What is kept; undefined when nothing is, it cannot be read, or it is older than a day. */
  read(): Conversation | undefined {
    try {
      const data = fields(JSON.parse(this.#storage?.getItem(this.key) ?? "null"));
      const fresh = Math.abs(Date.now() - Number(data.saved)) < DAY;
      return fresh && SENDER.test(string(data.sender))
        ? { sender: string(data.sender), turns: list(data.turns, MAX_MESSAGES, readTurn) }
        : undefined;
    } catch {
      return undefined;
    }
  }

  write({ sender, turns }: Conversation): void {
    put(this.#storage, this.key, { sender, turns: latest(turns), saved: Date.now() });
  }

  /** Whether a storage event is about this conversation. */
  concerns(event: StorageEvent): boolean {
    return event.storageArea === this.#storage && event.key === this.key;
  }
}

function put(storage: Storage | undefined, key: string, value: unknown): void {
  try {
    storage?.setItem(key, JSON.stringify(value));
  } catch {
    // full or denied: it lasts as long as the page
  }
}

/** The last turns, 100 messages at most. */
function latest(turns: readonly Turn[]): Turn[] {
  let messages = 0;
  const start = turns.findLastIndex((turn) => (messages += 1 + turn.replies.length) > MAX_MESSAGES);
  return turns.slice(start + 1);
}

function open(persist: Persist): Storage | undefined {
  try {
    return persist === "none" ? undefined : persist === "local" ? localStorage : sessionStorage;
  } catch {
    return undefined;
  }
}

function readTurn(data: Fields): Turn | undefined {
  const question = fields(data.question);
  const text = string(question.text, 2000); // 1,000 characters, some of which count twice here
  const payload = string(question.payload, 1000);
  if (!text) return undefined;
  return {
    id: string(data.id) || randomId(),
    question: payload ? { text, payload } : { text },
    replies: list(data.replies, 20, readReply),
    state: oneOf(data.state, ["broken", "waiting", "done", ...TROUBLES]),
    words: string(data.words, 500),
  };
}
