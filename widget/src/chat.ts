// The widget on the page: launcher, panel, and where the focus goes. What is said is the dialogue's business.
import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { Failure, type Question } from "./client.js";
import { Dialogue, type Listener } from "./dialogue.js";
import { arrowDown, arrowUp, bubble, cross, dots } from "./icons.js";
import type { Options } from "./options.js";
import type { Offer, Rating, Reply } from "./protocol.js";
import { hasDialog, scheme, watch } from "./page.js";
import { isRated, replyView, type Handlers } from "./reply.js";
import { atEnd, into, isBelow, toEnd, toStart, toTop } from "./scroll.js";
import { findSection, showSection } from "./sections.js";
import { Store, type Turn } from "./store.js";
import { count } from "./strings.js";
import stylesheet from "./style.css";
import { save, transcript } from "./transcript.js";

const MAX_LENGTH = 1000;
const COUNT_FROM = 200; // characters left from which on they are counted
const NOTE_TIME = 6000; // milliseconds
const UNDO_TIME = 8000; // milliseconds in which a deleted chat can be brought back
const KEYBOARD = 80; // pixels that are covered at least where a keyboard is on the screen
const COMPOSING = 229; // code of a key that an input method takes, also of the one that ends a word in Safari

const sheet = new CSSStyleSheet();
sheet.replaceSync(stylesheet);

export class FascicleChat extends HTMLElement implements Listener, Handlers {
  readonly #root = this.attachShadow({ mode: "open" });
  readonly #dialogue!: Dialogue;
  readonly #small = matchMedia("(max-width: 479.98px)");
  readonly #openers = new WeakMap<Element, HTMLElement>();
  #drawing: Promise<void> | undefined;
  #unread = 0;
  /** Id of the first answer that came while nobody was looking. */
  #unseen = "";
  #announced: string[] = [];
  #note = "";
  #left = MAX_LENGTH;
  /** Id of the turn that failed while this page was open: older trouble is not announced again. */
  #failed = "";
  /** What is said where the bot could not be told to delete a chat; empty where it could. */
  #undeleted = "";
  /** Ends the time in which a deleted chat can be brought back; 0 when there is none. */
  #undo = 0;
  /** How far the conversation was scrolled. */
  #top = 0;

  constructor(readonly options: Options) {
    super();
    if (!options) return; // a copy that the page made of the element, such as Turbo's of a page that is left
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.addEventListener("keydown", (event) => this.#pressed(event as KeyboardEvent));
    this.#root.addEventListener("keyup", (event) => event.stopPropagation());
    this.#dialogue = new Dialogue(options.base, options.country, new Store(options.persist, `fascicle ${options.base}`), this);
    this.#small.addEventListener("change", () => {
      const dialog = this.#dialog;
      if (!dialog?.open) return;
      dialog.close();
      this.#show(dialog);
    });
    for (const event of ["online", "offline"]) addEventListener(event, () => this.#draw());
    for (const event of ["resize", "scroll"]) visualViewport?.addEventListener(event, () => this.#fit());
    addEventListener("pagehide", () => this.#finish());
  }

  /** A copy is no chat. */
  connectedCallback(): void {
    if (!this.options) this.remove();
  }

  /** Put the widget on the page. */
  place(): void {
    const { theme, open, icon, language } = this.options;
    this.setAttribute("theme", theme);
    this.toggleAttribute("icon", icon);
    this.lang = language;
    this.dir = "ltr"; // as every language of ours
    this.#append();
    void this.#draw().then(() => {
      // shown from the start, it leaves the focus alone; a small screen it would cover, so there it stays closed
      if ((this.#dialogue.store.open ?? open) && this.#dialog && !this.#small.matches) this.#dialog.open = true;
      toEnd(this.#log);
      this.#draw();
    });
    watch(
      () => this.#move(),
      () => this.#match(),
    );
  }

  open(): void {
    if (!this.isConnected) this.#move();
    if (this.#dialog?.open) return;
    this.#dialogue.store.open = true;
    if (this.#dialog) this.#show(this.#dialog);
    else this.scrollIntoView({ block: "nearest" });
    const unseen = this.#unseen;
    this.#unread = 0;
    this.#unseen = "";
    this.#draw();
    this.#settle();
    const answer = this.#answer(unseen);
    if (answer) toStart(this.#log, answer);
    else toEnd(this.#log);
    this.#emit("open");
  }

  close(): void {
    const dialog = this.#dialog;
    if (!dialog?.open) return;
    const focused = dialog.matches(":focus-within");
    dialog.close();
    this.#dialogue.store.open = false;
    this.#draw();
    if (focused) void this.#draw().then(() => this.#find(".launcher").focus());
    this.#emit("close");
  }

  /** Open and ask something; ignored while an answer is on its way. What is too long is put where it can be shortened. */
  send(text: string): void {
    this.open();
    const words = String(text).trim();
    if (room(words) < 0) {
      this.#input.value = words;
      this.#typed();
      this.#tooLong();
    } else if (words) this.#ask({ text: words });
  }

  /** Delete the chat, here and where the bot keeps it, and begin a new one. */
  restart(): void {
    this.#forget();
    this.#dialogue.settle();
    this.#say(this.options.strings.erased);
    this.#erase();
  }

  // what the dialogue tells

  changed(): void {
    this.#draw();
  }

  replied(turn: Turn, reply: Reply): void {
    const { kind, passages } = reply;
    this.#announced = [...this.#announced, this.#spoken(reply)];
    const id = `${turn.id}-${turn.replies.indexOf(reply)}`;
    if (this.#dialog && !this.#dialog.open) {
      this.#unread++;
      this.#unseen ||= id;
    } else if (atEnd(this.#log)) this.#follow(turn);
    else void this.#draw().then(() => this.#missed(id));
    this.#emit("reply", { kind, passages: passages.map((passage) => passage.id) });
  }

  ended(turn: Turn): void {
    if (atEnd(this.#log)) this.#follow(turn);
    if (turn.state === "done") return;
    this.#failed = turn.id;
    this.#emit("trouble", { trouble: turn.state });
  }

  // what a reply can ask for

  cite(event: Event, reply: Reply, number: number): void {
    const citation = event.currentTarget as HTMLElement;
    const index = reply.citations.findIndex((other) => other.number === number);
    const source = citation.closest(".bot")!.querySelectorAll<HTMLDetailsElement>(".source")[index]!;
    source.open = true;
    this.#openers.set(source, citation);
    source.querySelector("summary")!.focus({ preventScroll: true });
    into(this.#log, source);
    this.#emit("citation", { passage: reply.citations[index]!.passage });
  }

  back(event: Event): void {
    const source = (event.target as Element).closest<HTMLDetailsElement>(".source")!;
    source.open = false;
    const citation = this.#openers.get(source) ?? source.querySelector("summary")!;
    citation.focus({ preventScroll: true });
    into(this.#log, citation);
  }

  rate(reply: Reply, rating: Rating): void {
    const { strings } = this.options;
    const turn = this.#dialogue.turns.find((turn) => turn.replies.includes(reply))!;
    const rated = turn.replies.filter(isRated);
    Promise.all(rated.map((each) => this.#dialogue.rate(each, rating))).then(
      () => this.#say(strings.thanks),
      (error: unknown) => this.#say(this.#because(strings.notRated, error)),
    );
    this.#emit("feedback", { rating, kind: reply.kind, passages: rated.flatMap((each) => each.passages.map((passage) => passage.id)) });
  }

  showSection(topic: string): void {
    const section = findSection(topic);
    if (!this.#emit("section", { topic }) || !section) return;
    if (this.#small.matches) this.close();
    // after the focus has gone back to the launcher
    void this.#draw().then(() => setTimeout(() => showSection(section)));
  }

  // how it looks

  /** Draw what has changed, once for all changes made by what runs now. */
  #draw(): Promise<void> {
    return (this.#drawing ??= Promise.resolve().then(() => {
      this.#drawing = undefined;
      render(this.#view(), this.#root, { host: this });
    }));
  }

  #view(): TemplateResult {
    const { title } = this.options;
    if (this.hasAttribute("inline")) return html`<section class="panel" part="panel" aria-labelledby="title">${this.#panel()}</section>`;
    const { strings } = this.options;
    const name = this.#unread ? `${title}, ${count(this.#unread, strings.unread)}` : nothing;
    return html`
      <button class="launcher" part="launcher" aria-haspopup="dialog" aria-label=${name}
        ?hidden=${this.#dialog?.open} @click=${this.open}>
        ${bubble}<span class=${this.options.icon ? "hidden" : ""} dir="auto">${title}</span>${this.#unread ? html`<span class="badge" aria-hidden="true">${this.#unread}</span>` : nothing}
      </button>
      <dialog class="panel" part="panel" aria-labelledby="title" @cancel=${this.#cancelled}>${this.#panel()}</dialog>
    `;
  }

  #panel(): TemplateResult {
    const { strings, notice, reads, emergency, title } = this.options;
    const { waiting, busy } = this.#dialogue;
    return html`
      <header part="header">
        <h2 id="title" part="title" tabindex="-1" dir="auto">${title}</h2>
        ${this.#menu()}
        ${this.hasAttribute("inline") ? nothing : html`<button class="icon" aria-label=${strings.close} title=${strings.close} @click=${this.close}>${cross}</button>`}
      </header>
      <div class="middle" @scroll=${this.#scrolled}>
      <p class="notice" part="notice" dir="auto">${[notice, reads, strings.emergency(emergency || strings.localNumber)].filter(Boolean).join(" ")}</p>
      <div class="log" part="log" role="log" aria-live="off" aria-label=${strings.conversation} tabindex="0"
        @scroll=${this.#scrolled}>
        ${this.#undeleted ? this.#alert(this.#undeleted, this.#erase, true) : nothing}
        ${this.#dialogue.turns.length ? nothing : this.#welcome()}
        ${this.#dialogue.turns.map((turn) => this.#turn(turn))}
      </div>
      </div>
      ${this.#unseen ? html`<button class="newer" @click=${this.#toNewer}>${strings.newer}${arrowDown}</button>` : nothing}
      ${navigator.onLine ? nothing : html`<p class="offline">${strings.trouble.offline}</p>`}
      <p class="status ${waiting ? "waiting" : ""}" role="status">${waiting ? strings.waiting : this.#note}</p>
      ${this.#undo ? html`<button class="undo" @click=${this.#restore}>${strings.undo}</button>` : nothing}
      <form part="form" @submit=${this.#submitted}>
        <label class="hidden" for="input">${strings.ask}</label>
        <textarea id="input" part="input" rows="1" aria-invalid=${this.#left < 0} aria-describedby="left" placeholder=${strings.ask} enterkeyhint="send"
          autocomplete="off" dir="auto" @input=${this.#typed}></textarea>
        <button class="send" part="send" type="submit" aria-label=${strings.send} title=${strings.send} aria-disabled=${busy}>${arrowUp}</button>
        ${this.#left < COUNT_FROM ? html`<p class="left" id="left">${this.#left < 0 ? count(-this.#left, strings.over) : count(this.#left, strings.left)}</p>` : nothing}
      </form>
      <div class="hidden announcer" aria-live="polite">${this.#announced.map((text) => html`<p>${text}</p>`)}</div>
    `;
  }

  #menu(): TemplateResult {
    const { strings } = this.options;
    const choose = (act: () => void) => () => {
      this.#closeMenu();
      act.call(this);
    };
    return html`<details class="menu" @focusout=${this.#leftMenu}>
      <summary class="icon" aria-label=${strings.options} title=${strings.options}>${dots}</summary>
      <div tabindex="-1">
        <button @click=${choose(() => save(transcript(this.#dialogue.turns, this.options), "conversation.txt"))}>${strings.save}</button>
        <button @click=${choose(this.#delete)}>${strings.erase}</button>
      </div>
    </details>`;
  }

  #welcome(): TemplateResult {
    const { strings, suggestions } = this.options;
    return html`<div class="welcome"><p>${strings.welcome}</p><p>${strings.welcomeMore}</p></div>
      ${this.#chips(suggestions.map((text) => ({ text })), "")}`;
  }

  #turn(turn: Turn): TemplateResult {
    const { strings } = this.options;
    const last = turn === this.#dialogue.turns.at(-1);
    // one pair of thumbs, under the last answer there is to rate
    const rated = turn.state === "waiting" ? undefined : turn.replies.findLast(isRated);
    const offers = last && turn.state === "done" ? (turn.replies.at(-1)?.buttons ?? []) : [];
    const asked = ({ title, payload }: Offer) => ({ text: title, payload });
    return html`<div class="turn">
      <div class="you" part="question"><h3 class="hidden">${strings.youSaid}</h3><p dir="auto">${turn.question.text}</p></div>
      ${turn.replies.map(
        (reply, index) => html`<div class="bot" part="answer" data-kind=${reply.kind} id="${turn.id}-${index}" tabindex="-1">
          <h3 class="hidden">${strings.botSaid}</h3>
          ${replyView(reply, this.options, this, reply === rated)}
        </div>`,
      )}
      ${this.#chips(offers.map(asked), turn.replies.at(-1)?.kind ?? "")}
      ${turn.state === "done" || turn.state === "waiting" ? nothing : this.#trouble(turn, last)}
    </div>`;
  }

  #chips(questions: Question[], kind: string): TemplateResult | typeof nothing {
    if (!questions.length) return nothing;
    const { strings, answers } = this.options;
    return html`<div class="chips" data-kind=${kind} role="group" aria-label=${strings.suggestions}>
      ${questions.map(
        (question) => html`<button part="chip" lang=${answers} dir="auto" @click=${() => this.#ask(question)}>${question.text}</button>`,
      )}
    </div>`;
  }

  #trouble({ id, state, words, wait }: Turn, last: boolean): TemplateResult {
    const { strings, emergency } = this.options;
    // the bot's own words say what to do in an emergency; ours do too
    const text = words || `${strings.trouble[state as keyof typeof strings.trouble]} ${strings.emergency(emergency || strings.localNumber)}`;
    return this.#alert(text + this.#until(wait), last && state !== "refused" && this.#retry, id === this.#failed);
  }

  /** Trouble, with a button where it can be tried again; read out at once if it is new. */
  #alert(text: string, retry: false | ((event: Event) => void), isNew: boolean): TemplateResult {
    return html`<div class="trouble" role=${isNew ? "alert" : nothing}>
      <p>${text}</p>
      ${retry ? html`<button @click=${retry}>${this.options.strings.again}</button>` : nothing}
    </div>`;
  }

  // what the person does

  #ask(question: Question): void {
    if (!this.#dialogue.ask(question)) return;
    this.#asked();
    this.#emit("send", { offered: question.payload !== undefined });
  }

  #retry(): void {
    this.#dialogue.retry();
    this.#asked();
  }

  /** Delete the chat here, and soon where the bot keeps it, unless it is brought back until then. */
  #delete(): void {
    const had = this.#dialogue.turns.length;
    this.#forget();
    if (had) this.#undo = setTimeout(() => this.#finish(), UNDO_TIME);
    this.#say(this.options.strings.erased, UNDO_TIME);
    this.#settle();
  }

  #restore(): void {
    clearTimeout(this.#undo);
    this.#undo = 0;
    this.#dialogue.restore();
    this.#say("");
    this.#settle();
    void this.#draw().then(() => toEnd(this.#log));
  }

  /** Have the bot delete what can no longer be brought back. */
  #finish(): void {
    if (!this.#undo) return;
    clearTimeout(this.#undo);
    this.#undo = 0;
    this.#dialogue.settle();
    this.#erase();
  }

  #forget(): void {
    this.#finish();
    this.#dialogue.restart();
    this.#announced = [];
    this.#unread = 0;
    this.#unseen = "";
    this.#say("");
    this.#emit("restart");
  }

  /** Have the bot delete what was deleted here. */
  #erase(event?: Event): void {
    const { strings } = this.options;
    this.#undeleted = "";
    this.#dialogue.erase().then(
      () => event && this.#say(strings.erased),
      (error: unknown) => {
        this.#undeleted = this.#because(strings.notErased, error);
        this.#draw();
      },
    );
    // the button is gone now
    if (event) this.#settle();
  }

  #asked(): void {
    this.#announced = [];
    this.#unseen = "";
    this.#failed = "";
    this.#finish();
    this.#say("");
    // what was pressed is gone now
    this.#settle();
    void this.#draw().then(() => toEnd(this.#log));
  }

  #submitted(event: Event): void {
    event.preventDefault();
    const input = this.#input;
    const text = input.value.trim();
    if (!text || this.#dialogue.busy) return;
    if (room(text) < 0) return this.#tooLong();
    input.value = "";
    this.#typed();
    this.#ask({ text });
  }

  #typed(): void {
    this.#left = room(this.#input.value.trim());
    this.#draw();
  }

  #tooLong(): void {
    this.#say(this.options.strings.tooLong);
  }

  #pressed(event: KeyboardEvent): void {
    const target = event.target as Element;
    if (!target.closest(".panel")) return;
    // keys pressed in here are no shortcuts of the page
    event.stopPropagation();
    if (event.isComposing || event.keyCode === COMPOSING) return;
    if (event.key === "Enter" && !event.shiftKey && target === this.#input) this.#submitted(event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (target.closest(".menu[open]")) {
      this.#closeMenu();
      this.#find(".menu summary").focus();
    } else if (target.closest(".source[open]")) this.back(event);
    else this.close();
  }

  #cancelled(event: Event): void {
    event.preventDefault();
    this.close();
  }

  #scrolled(event: Event): void {
    this.#top = (event.currentTarget as Element).scrollTop;
    if (!this.#unseen || !atEnd(this.#log)) return;
    this.#unseen = "";
    this.#draw();
  }

  #toNewer(): void {
    const answer = this.#answer(this.#unseen);
    this.#unseen = "";
    this.#draw();
    if (!answer) return;
    toStart(this.#log, answer);
    answer.focus({ preventScroll: true });
  }

  #leftMenu(event: FocusEvent): void {
    const menu = event.currentTarget as Element;
    if (!menu.contains(event.relatedTarget as Node | null)) this.#closeMenu();
  }

  #closeMenu(): void {
    this.#find<HTMLDetailsElement>(".menu").open = false;
  }

  // where it stands

  /** Put the element where it belongs on the page as it is now. */
  #append(): void {
    const { target } = this.options;
    const box = target ? document.querySelector(target) : null;
    this.toggleAttribute("inline", box !== null);
    (box ?? document.body).append(this);
    this.#match();
  }

  /** Go on where the page has left the element behind, as it was. */
  #move(): void {
    const top = this.#top;
    this.#append();
    void this.#draw().then(() => {
      const dialog = this.#dialog;
      if (dialog?.open) {
        dialog.close();
        this.#show(dialog);
      }
      toTop(this.#log, top);
    });
  }

  /** Match what the page looks like, and keep out of the way of its dialogs. */
  #match(): void {
    if (!this.isConnected) return;
    const isRight = (this.options.position === "end") !== (getComputedStyle(this.parentElement!).direction === "rtl");
    this.setAttribute("side", isRight ? "right" : "left");
    this.setAttribute("scheme", scheme(this));
    this.toggleAttribute("covered", hasDialog());
  }

  /** Keep the panel where the keyboard on the screen leaves it in sight. */
  #fit(): void {
    const style = this.#dialog?.style;
    const { height, offsetTop, scale } = visualViewport!;
    const covered = scale > 1.01 ? 0 : innerHeight - height;
    const set = (name: string, pixels: number) => style?.setProperty(name, covered < KEYBOARD ? "" : `${Math.round(pixels)}px`);
    set("--seen", height);
    set("--above", offsetTop);
    set("--covered", covered - offsetTop);
  }

  // helpers

  /** What is said about trouble, with the bot's own words on it and how long it wants to be left alone. */
  #because(text: string, error: unknown): string {
    return error instanceof Failure ? `${text} ${error.words}`.trim() + this.#until(error.wait) : text;
  }

  #until(wait = 0): string {
    return wait ? ` ${count(wait, this.options.strings.wait)}` : "";
  }

  /** Show the panel: over the page where it covers the page, beside it elsewhere. */
  #show(dialog: HTMLDialogElement): void {
    if (this.#small.matches) dialog.showModal();
    else dialog.open = true;
  }

  /** Put the focus where typing goes on; on touch screens not into the input, which would bring up the keyboard. */
  #settle(): void {
    const touch = matchMedia("(pointer: coarse)").matches;
    this.#find(touch ? "#title" : "#input").focus({ preventScroll: true });
  }

  #answer(id: string): HTMLElement | null {
    return this.#root.getElementById(id);
  }

  /** Once drawn, show a turn's answer from its start, under its question where there is room for both. */
  #follow(turn: Turn): void {
    void this.#draw().then(() => {
      const answer = this.#answer(`${turn.id}-0`);
      if (answer) toStart(this.#log, answer, answer.parentElement!);
      else toEnd(this.#log);
    });
  }

  /** Offer to go to an answer that came below what is being read. */
  #missed(id: string): void {
    const answer = this.#answer(id);
    if (!answer || !isBelow(this.#log, answer)) return;
    this.#unseen ||= id;
    this.#draw();
  }

  /** A reply as it is read out. */
  #spoken({ kind, text, citations, buttons }: Reply): string {
    const { strings } = this.options;
    const extras = [
      citations.length ? count(citations.length, strings.cited) : "",
      buttons.length ? count(buttons.length, strings.offered) : "",
    ];
    const label = strings.labels[kind];
    return `${label ? `${label}. ` : ""}${text} ${extras.filter(Boolean).join(", ")}`.trim();
  }

  /** A short word on what was just done. */
  #say(note: string, time = NOTE_TIME): void {
    this.#note = note;
    this.#draw();
    if (note) setTimeout(() => this.#note === note && this.#say(""), time);
  }

  /** Tell the page; false when it takes care of the event itself. Nothing that anyone typed or read is told. */
  #emit(name: string, detail: object = {}): boolean {
    return this.dispatchEvent(new CustomEvent(`fascicle-${name}`, { detail, bubbles: true, cancelable: true }));
  }

  get #dialog(): HTMLDialogElement | null {
    return this.#root.querySelector("dialog");
  }

  get #log(): HTMLElement {
    return this.#find(".log");
  }

  get #input(): HTMLTextAreaElement {
    return this.#find("#input");
  }

  #find<T extends HTMLElement>(selector: string): T {
    return this.#root.querySelector<T>(selector)!;
  }
}

/** How many characters more a question may have, counted as the bot counts them. */
function room(text: string): number {
  return MAX_LENGTH - [...text].length;
}
