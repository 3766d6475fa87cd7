// Which addresses of the bot or the page may become links.

const SCHEMES = ["https:", "http:", "mailto:", "tel:"];

/** The address if it is absolute and of a scheme that runs nothing, else undefined. */
export function safe(address: string): string | undefined {
  try {
    const url = new URL(address);
    return SCHEMES.includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Text cut where a web address begins and ends: every second piece is one. */
export function cutAtAddresses(text: string): string[] {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/);
}
