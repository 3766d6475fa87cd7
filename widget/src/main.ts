// Runs when a page loads the script: puts the widget on the page and `fascicle` on its window.
import { FascicleChat } from "./chat.js";
import { readOptions } from "./options.js";

const script = document.currentScript;

function start(script: HTMLScriptElement): void {
  const chat = new FascicleChat(readOptions(script));
  window.fascicle = {
    open: () => chat.open(),
    close: () => chat.close(),
    send: (text) => chat.send(text),
    restart: () => chat.restart(),
    on: (event, listener) => {
      const heard = (said: Event) => listener((said as CustomEvent).detail);
      chat.addEventListener(`fascicle-${event}`, heard);
      return () => chat.removeEventListener(`fascicle-${event}`, heard);
    },
  };
  const append = () => chat.place();
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", append, { once: true });
  else append();
}

// a page that has the tag twice gets one chat
if (script instanceof HTMLScriptElement && !customElements.get("fascicle-chat")) {
  customElements.define("fascicle-chat", FascicleChat);
  start(script);
}

declare global {
  interface Window {
    fascicle: {
      open(): void;
      close(): void;
      send(text: string): void;
      restart(): void;
      /** Calls `listener` on each event of a name; what it returns ends that. */
      on(event: string, listener: (detail: unknown) => void): () => void;
    };
  }
}
