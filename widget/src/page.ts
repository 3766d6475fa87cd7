// What the page around the chat is like: light or dark, and whether a dialog of its own lies over it.

const WAIT = 100; // milliseconds in which several changes of a page count as one
const LOOKS = ["class", "style", "hidden", "open", "dir", "aria-modal", "aria-hidden"];

/** Whether the page is light or dark where an element stands; empty where it leaves that to the system. */
export function scheme(element: Element): string {
  for (let around = element.parentElement; around; around = around.parentElement) {
    const channels = /^rgba?\((.*)\)$/.exec(getComputedStyle(around).backgroundColor)?.[1]!.match(/[\d.]+/g) ?? [];
    const [red = 0, green = 0, blue = 0, alpha = 1] = channels.map(Number);
    if (channels.length && alpha > 0.5) return red * 0.299 + green * 0.587 + blue * 0.114 < 128 ? "dark" : "light";
  }
  const { colorScheme } = getComputedStyle(document.documentElement);
  const named = colorScheme === "normal" ? (document.querySelector<HTMLMetaElement>("meta[name=color-scheme]")?.content ?? "") : colorScheme;
  const dark = named.includes("dark");
  return dark && named.includes("light") ? "" : dark ? "dark" : "light";
}

/** Whether a dialog of the page is open. */
export function hasDialog(): boolean {
  return [...document.querySelectorAll("dialog[open], [aria-modal=true]")].some((dialog) => dialog.checkVisibility());
}

/** Call `swapped` when the page has another body, and `changed` some time after anything that can be seen has changed. */
export function watch(swapped: () => void, changed: () => void): void {
  let { body } = document;
  let timer = 0;
  const later = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      changed();
    }, WAIT);
  };
  new MutationObserver(() => {
    if (document.body && document.body !== body) {
      ({ body } = document);
      swapped();
    }
    later();
  }).observe(document, { childList: true, subtree: true, attributeFilter: LOOKS });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
