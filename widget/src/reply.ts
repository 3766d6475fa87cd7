// Draws one reply of the bot: its blocks, numbered citations, sources, and how helpful it was.
import { html, nothing, type TemplateResult } from "lit/html.js";
import { chevron, outward, thumb, warning } from "./icons.js";
import { cutAtAddresses, safe } from "./links.js";
import type { Options } from "./options.js";
import { plain, type Block, type Citation, type Rating, type Reference, type Reply, type Span } from "./protocol.js";
import { findSection } from "./sections.js";
import { longDate } from "./strings.js";

/** What a reply can ask for. */
export interface Handlers {
  /** Open a source; the event's target is the citation. */
  cite(event: Event, reply: Reply, number: number): void;
  /** Go back from a source to the citation that opened it. */
  back(event: Event): void;
  rate(reply: Reply, rating: Rating): void;
  /** Show the page's section of a topic. */
  showSection(topic: string): void;
}

/** Kinds that say something about the article and can so be of help or not. */
const RATED = ["answer", "not_covered", "out_of_scope", "clarify"];

export function isRated({ kind }: Reply): boolean {
  return RATED.includes(kind);
}

/** A reply; with thumbs if it is the one of its turn that has them. */
export function replyView(reply: Reply, options: Options, handlers: Handlers, thumbs: boolean): TemplateResult {
  const { strings, emergency } = options;
  const label = strings.labels[reply.kind];
  const urgent = reply.kind === "emergency";
  return html`
    ${label ? html`<p class="label">${urgent ? warning : nothing}${label}</p>` : nothing}
    <div class="words" lang=${options.answers}>
      ${grouped(reply.blocks, (block) => html`${block.spans.map((span) => spanView(span, repeats(block, reply), reply, options, handlers))}`)}
    </div>
    ${urgent && emergency ? html`<a class="call" href="tel:${emergency.replace(/[^\d+]/g, "")}">${strings.call(emergency)}</a>` : nothing}
    ${reply.citations.length ? sourcesView(reply, options, handlers) : nothing}
    ${thumbs ? ratingView(reply, options, handlers) : nothing}
  `;
}

/** Blocks as paragraphs, headings, lists, and words of caution. */
function grouped(blocks: readonly Block[], inside: (block: Block) => TemplateResult): TemplateResult[] {
  const drawn: TemplateResult[] = [];
  for (let at = 0; at < blocks.length; at++) {
    const block = blocks[at]!;
    if (block.type === "list_item") {
      const end = blocks.findIndex((other, index) => index > at && other.type !== "list_item");
      const items = blocks.slice(at, end < 0 ? blocks.length : end);
      drawn.push(html`<ul dir="auto">${items.map((item) => html`<li>${inside(item)}</li>`)}</ul>`);
      at += items.length - 1;
    } else if (block.type === "heading") drawn.push(html`<h4 dir="auto">${inside(block)}</h4>`);
    else if (block.type === "caution") drawn.push(html`<p class="caution" part="caution" dir="auto">${warning}<span>${inside(block)}</span></p>`);
    else drawn.push(html`<p dir="auto">${inside(block)}</p>`);
  }
  return drawn;
}

/** Whether a list item cites what stands above it already, so that its numbers would only be noise. */
function repeats(block: Block, reply: Reply): boolean {
  const above = reply.blocks[reply.blocks.indexOf(block) - 1];
  return block.type === "list_item" && above !== undefined && String(cited(above)) === String(cited(block));
}

function cited(block: Block): number[] {
  return block.spans.flatMap((span) => span.citations);
}

function spanView(span: Span, quiet: boolean, reply: Reply, { strings }: Options, handlers: Handlers): TemplateResult {
  const numbers = quiet ? [] : span.citations;
  const name = (number: number) => strings.source(number, reply.citations.find((citation) => citation.number === number)?.section ?? "");
  const pieces = cutAtAddresses(span.text);
  const end = numbers.length ? pieces.pop()! : "";
  // a number stays on the line of the last word, unless that is as long as a line
  const word = /\S{0,24}\s*$/.exec(end)!;
  return html`${linked(pieces)}${end.slice(0, word.index)}<span class="end">${word[0]}${numbers.map(
    (number) => html`<button class="cite" part="citation" aria-label=${name(number)}
      @click=${(event: Event) => handlers.cite(event, reply, number)}>${number}</button>`,
  )}</span>`;
}

function linked(pieces: readonly string[]): unknown[] {
  return pieces.map((piece, index) => {
    const address = index % 2 ? safe(piece) : undefined;
    return address ? html`<a href=${address} target="_blank" rel="noopener noreferrer">${piece}</a>` : piece;
  });
}

function sourcesView(reply: Reply, options: Options, handlers: Handlers): TemplateResult {
  const { strings } = options;
  return html`<div class="sources" part="sources" role="group" aria-label=${strings.sources}>
    ${reply.citations.map((citation) => sourceView(citation, reply, options, handlers))}
  </div>`;
}

function sourceView(citation: Citation, reply: Reply, options: Options, handlers: Handlers): TemplateResult {
  const { strings, language, answers } = options;
  const address = safe(citation.url);
  const topic = reply.passages.find((passage) => passage.id === citation.passage)?.topic ?? "";
  const { author, publisher, published } = citation;
  return html`<details class="source" part="source">
    <summary><span class="number">${citation.number}</span><bdi lang=${answers}>${citation.section}</bdi>${chevron}</summary>
    <div class="passage">
      <blockquote lang=${answers}>${grouped(plain(citation.text), (block) => html`${block.spans.map((span) => span.text)}`)}</blockquote>
      <p class="origin"><cite dir="auto" lang=${answers}>${citation.title}</cite><br /><bdi>${[author, publisher].filter(Boolean).join(", ")}</bdi>${published ? html` · <time datetime=${published}>${longDate(published, language)}</time>` : nothing}</p>
      ${citation.references.length ? referencesView(citation.references, options) : nothing}
      <p class="ways">
        ${address
          ? html`<a href=${address} target="_blank" rel="noopener noreferrer">${strings.read}${outward}<span class="hidden"> (${strings.newWindow})</span></a>`
          : nothing}
        ${topic && findSection(topic)
          ? html`<button @click=${() => handlers.showSection(topic)}>${strings.show}</button>`
          : nothing}
        <button @click=${handlers.back}>${strings.back}</button>
      </p>
    </div>
  </details>`;
}

function referencesView(references: readonly Reference[], { strings, language, answers }: Options): TemplateResult {
  const year = (published: string) => (published ? html` <time datetime=${published}>(${longDate(published, language)})</time>` : nothing);
  return html`<div class="references">
    <p>${strings.lists}</p>
    <ul>${references.map(({ title, published }) => html`<li><bdi lang=${answers}>${title}</bdi>${year(published)}</li>`)}</ul>
  </div>`;
}

function ratingView(reply: Reply, { strings }: Options, handlers: Handlers): TemplateResult {
  const choice = (rating: Rating, name: string) => html`<button class="rate"
    aria-label=${name} title=${name} aria-pressed=${reply.rating === rating} @click=${() => handlers.rate(reply, rating)}>${thumb}</button>`;
  return html`<div class="rating">${choice("helpful", strings.helpful)}${choice("unhelpful", strings.unhelpful)}</div>`;
}
