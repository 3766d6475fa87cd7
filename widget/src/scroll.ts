// Scrolls the conversation for a reader, never away from what they are reading.

const NEAR = 48; // pixels from the end that still count as being there
const GAP = 12; // pixels kept free above what is scrolled to

/** What scrolls: the log, or what stands around it where the screen is too low for a log of its own. */
function scroller(log: HTMLElement): HTMLElement {
  return getComputedStyle(log).overflowY === "visible" ? log.parentElement! : log;
}

export function atEnd(log: HTMLElement): boolean {
  const { scrollHeight, scrollTop, clientHeight } = scroller(log);
  return scrollHeight - scrollTop - clientHeight < NEAR;
}

export function toTop(log: HTMLElement, top: number): void {
  scroller(log).scrollTop = top;
}

export function toEnd(log: HTMLElement): void {
  const box = scroller(log);
  box.scrollTop = box.scrollHeight;
}

/** Bring the start of something to the top; that of what stands around it, if that leaves most of the room. */
export function toStart(log: HTMLElement, element: Element, around = element): void {
  const box = scroller(log);
  const before = element.getBoundingClientRect().top - around.getBoundingClientRect().top;
  box.scrollTop += above(box, before < box.clientHeight / 3 ? around : element);
}

/** Scroll as little as it takes to show all of something, or its start if it is too tall. */
export function into(log: HTMLElement, element: Element): void {
  const box = scroller(log);
  const below = element.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom + GAP;
  box.scrollTop += Math.min(above(box, element), Math.max(below, 0));
}

export function isBelow(log: HTMLElement, element: Element): boolean {
  return element.getBoundingClientRect().top > scroller(log).getBoundingClientRect().bottom - GAP;
}

function above(box: HTMLElement, element: Element): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top - GAP;
}
