// The conversation with the bot: what was asked, what came of it, and what is kept. Knows nothing of how it looks.
import { ask, erase, Failure, rate, type Question } from "./client.js";
import { renumber, type Rating, type Reply } from "./protocol.js";
import { randomId, type Conversation, type Store, type Turn } from "./store.js";

/** What the dialogue tells its view: that something changed; a reply arrived; a turn ended. */
export interface Listener {
  changed(): void;
  replied(turn: Turn, reply: Reply): void;
  ended(turn: Turn): void;
}

export class Dialogue {
  #conversation: Conversation;
  #running: { turn: string; abort: AbortController } | undefined;
  /** The conversation that was forgotten last, and can be taken back. */
  #dropped: Conversation | undefined;
  /** Who asked in conversations that the bot still has to delete. */
  readonly #doomed = new Set<string>();

  constructor(
    readonly base: string,
    readonly country: string,
    readonly store: Store,
    readonly listener: Listener,
  ) {
    this.#conversation = store.read() ?? { sender: randomId(), turns: [] };
    // nobody waits any more for what the last page asked
    this.#conversation.turns = this.#given();
    addEventListener("pagehide", () => this.#stop());
    addEventListener("pageshow", (event) => event.persisted && this.#save(this.#given()));
    addEventListener("storage", (event) => {
      if (store.concerns(event)) this.#adopt();
    });
  }

  get turns(): readonly Turn[] {
    return this.#conversation.turns;
  }

  /** Whether an answer is on its way, here or in another tab. */
  get waiting(): boolean {
    return this.turns.at(-1)?.state === "waiting";
  }

  /** Whether an answer is on its way here, so that nothing else can be asked. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Ask something; false while the last question is still being answered. */
  ask(question: Question): boolean {
    if (this.busy) return false;
    const turn: Turn = { id: randomId(), question, replies: [], state: "waiting" };
    this.#save([...this.turns, turn]);
    void this.#run(turn);
    return true;
  }

  /** Ask the last question again; what came of it so far will come again. */
  retry(): void {
    const last = this.turns.at(-1);
    if (!last || this.busy) return;
    const turn: Turn = { ...last, replies: [], state: "waiting", words: "" };
    this.#save([...this.turns.slice(0, -1), turn]);
    void this.#run(turn);
  }

  /** Forget everything, also who is asking; it can be taken back until it is settled. */
  restart(): void {
    this.#stop();
    this.settle();
    this.#dropped = this.#conversation;
    this.#conversation = { sender: randomId(), turns: [] };
    this.#save([]);
  }

  /** Have what was forgotten last gone for good. */
  settle(): void {
    if (this.#dropped?.turns.length) this.#doomed.add(this.#dropped.sender);
    this.#dropped = undefined;
  }

  /** Take back the last `restart`, unless it is settled. */
  restore(): void {
    if (!this.#dropped) return;
    this.#conversation = this.#dropped;
    this.#dropped = undefined;
    this.#save(this.#given());
  }

  /** Have the bot delete what is gone for good here. Throws when it could not. */
  async erase(): Promise<void> {
    for (const sender of this.#doomed) {
      await erase(this.base, sender);
      this.#doomed.delete(sender);
    }
  }

  /** Rate a reply. Throws when the bot could not be told; the rating is then taken back. */
  async rate(reply: Reply, rating: Rating): Promise<void> {
    const before = reply.rating;
    const set = (value: Rating | undefined) => {
      reply.rating = value;
      this.#save(this.turns);
    };
    set(rating);
    try {
      await rate(this.base, this.#conversation.sender, reply, rating);
    } catch (error) {
      set(before);
      throw error;
    }
  }

  async #run(turn: Turn): Promise<void> {
    const abort = new AbortController();
    this.#running = { turn: turn.id, abort };
    try {
      for await (const reply of ask(this.base, this.#conversation.sender, turn, this.country, abort.signal)) {
        if (abort.signal.aborted) return;
        renumber(reply, turn.replies);
        // an emergency comes first, whatever else was asked
        if (reply.kind === "emergency") turn.replies.unshift(reply);
        else turn.replies.push(reply);
        if (reply.erased) this.#conversation = { ...this.#conversation, turns: [turn] };
        this.#update(turn);
        this.listener.replied(turn, reply);
      }
      turn.state = "done";
    } catch (error) {
      if (abort.signal.aborted) return;
      const failure = error instanceof Failure ? error : new Failure("broken");
      turn.state = failure.trouble;
      turn.words = failure.words;
      turn.wait = failure.wait;
    }
    this.#running = undefined;
    this.#update(turn);
    this.listener.ended(turn);
  }

  /** The turns, with an answer that was on its way given up. */
  #given(): Turn[] {
    return this.turns.map((turn) => (turn.state === "waiting" ? { ...turn, state: "broken" } : turn));
  }

  #stop(): void {
    this.#running?.abort.abort();
    this.#running = undefined;
  }

  #update(turn: Turn): void {
    this.#save(this.turns.map((other) => (other.id === turn.id ? turn : other)));
  }

  #save(turns: readonly Turn[]): void {
    this.#conversation = { ...this.#conversation, turns };
    this.store.write(this.#conversation);
    this.listener.changed();
  }

  /** Take over what another tab of this site wrote; an answer that is on its way here is not lost by it. */
  #adopt(): void {
    const stored = this.store.read();
    if (!stored) return;
    const running = this.turns.find((turn) => turn.id === this.#running?.turn);
    if (stored.sender !== this.#conversation.sender) this.#stop();
    else if (running) {
      const others = stored.turns.filter((turn) => turn.id !== running.id);
      stored.turns = [...others, running];
    }
    this.#conversation = stored;
    this.listener.changed();
  }
}
