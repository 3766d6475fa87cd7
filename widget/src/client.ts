// Talks to the bot over the web channel: one question, and its replies as they arrive.
import { fields, readReply, string, type Rating, type Reply } from "./protocol.js";

/** Why a question got no (whole) answer. `refused` is final: the same question would be refused again. */
export const TROUBLES = ["offline", "unreachable", "busy", "failed", "refused", "timeout", "broken"] as const;
export type Trouble = (typeof TROUBLES)[number];

/** What is asked: the words the person sees, and the payload they stand for if they were a suggestion. */
export interface Question {
  text: string;
  payload?: string;
}

export class Failure {
  /** `words` is what the bot itself says about it, `wait` how many seconds it wants to be left alone; 0 where it does not say. */
  constructor(
    readonly trouble: Trouble,
    readonly words = "",
    readonly wait = 0,
  ) {}
}

const SILENCE = 60_000; // milliseconds
const DELETION = 35_000; // the bot waits for a turn that runs
const MAX_REPLIES = 20;
const MAX_LINE = 100_000; // characters

let hasExplained = false;

/** The replies to a question of a turn; asked again with the turn's id, it is no second turn. Throws a `Failure` when something is missing, also after some replies. */
export async function* ask(base: string, sender: string, { id, question }: { id: string; question: Question }, country: string, stopped: AbortSignal): AsyncGenerator<Reply> {
  const body = question.payload ? { payload: question.payload } : { message: question.text };
  const silence = new AbortController();
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE);
  };
  wait();
  try {
    const response = await post(`${base}message`, { sender, id, ...body, ...(country && { country }) }, AbortSignal.any([stopped, silence.signal]));
    let count = 0;
    for await (const data of lines(response.body!, wait)) {
      if (data.done === true) {
        if (!count) throw new Failure("failed");
        return;
      }
      if (data.kind === "error") throw new Failure("failed", string(data.text, 500));
      const reply = readReply(data);
      if (reply && ++count <= MAX_REPLIES) yield reply;
    }
    throw new Failure("broken");
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof SyntaxError) throw new Failure("broken");
    const trouble = silence.signal.aborted ? "timeout" : navigator.onLine ? "unreachable" : "offline";
    if (trouble === "unreachable" && !stopped.aborted) explain(base);
    throw new Failure(trouble);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Tell the bot how good a reply was, without any words of the person. Throws when that fails. */
export async function rate(base: string, sender: string, reply: Reply, rating: Rating): Promise<void> {
  const passages = reply.passages.map((passage) => passage.id);
  await post(`${base}feedback`, { sender, message: reply.id, rating, passages, kind: reply.kind });
}

/** Have the bot delete a conversation, also while this page is being closed. Throws when that fails. */
export async function erase(base: string, sender: string): Promise<void> {
  const signal = AbortSignal.timeout(DELETION);
  await request(`${base}conversations/${sender}`, { method: "DELETE", keepalive: true, signal });
}

/** Tell the owner of the page what may be wrong: the browser does not say whether the bot refused the page. */
function explain(base: string): void {
  const { origin } = location;
  if (hasExplained || new URL(base).origin === origin) return;
  hasExplained = true;
  console.warn(`${base} does not answer. If it runs, add "${origin}" to allowed_origins in its credentials.yml`);
}

function post(url: string, body: unknown, signal: AbortSignal | null = null): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return request(url, { method: "POST", headers, body: JSON.stringify(body), signal });
}

async function request(url: string, how: RequestInit): Promise<Response> {
  // the bot may know which page asks, but not what stands behind its question mark
  const { origin, pathname } = location;
  const page = origin.startsWith("http") ? { referrer: origin + pathname } : {};
  const response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer-when-downgrade", ...page, ...how });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<Failure> {
  const after = response.headers.get("Retry-After") ?? "";
  const wait = Math.max(0, Math.ceil(Number(after) || (Date.parse(after) - Date.now()) / 1000)) || 0;
  const said: unknown = await response.json().catch(() => undefined);
  const words = string(fields(said).text, 500);
  if (response.status === 429) return new Failure("busy", words, wait);
  if (response.status < 400 || response.status >= 500) return new Failure("failed", words, wait);
  return new Failure("refused", words, wait);
}

/** The objects of a stream that has one a line; what breaks off in the middle of a line is no object. */
async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>, alive: () => void) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const complete = (rest + value).split("\n");
    rest = complete.pop() ?? "";
    if (rest.length > MAX_LINE) throw new Failure("broken");
    for (const line of complete) if (line.trim()) yield fields(JSON.parse(line));
  }
}
