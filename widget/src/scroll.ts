// Scrolls the conversation for a reader, never away from what they are reading.

const NEAR = 48; // pixels from the end that still count as being there
const GAP = 12; // pixels kept free above what is scrolled to

/** What scrolls: the log, or the whole panel where the screen is too low for a log of its own. */
function scroller(log: HTMLElement): HTMLElement {
  return getComputedStyle(log).overflowY === "visible" ? log.parentElement! : log;
}

export function atEnd(log: HTMLElement): boolean {
  const { scrollHeight, scrollTop, clientHeight } = scroller(log);
  return scrollHeight - scrollTop - clientHeight < NEAR;
}

export function toEnd(log: HTMLElement): void {
  const box = scroller(log);
  box.scrollTop = box.scrollHeight;
}

/** Bring the start of something to the top. */
export function toStart(log: HTMLElement, element: Element): void {
  const box = scroller(log);
  box.scrollTop += element.getBoundingClientRect().top - box.getBoundingClientRect().top - GAP;
}

/** Scroll as little as it takes to show all of something, or its start if it is too tall. */
export function into(log: HTMLElement, element: Element): void {
  const box = scroller(log);
  const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
  const below = Math.min(inner.bottom - outer.bottom, inner.top - outer.top) + GAP;
  if (inner.top < outer.top + GAP) toStart(log, element);
  else if (inner.bottom > outer.bottom - GAP) box.scrollTop += below;
}
