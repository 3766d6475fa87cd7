// The few drawings, each 24 by 24 in the colour of the text around it. They are decoration: the names stand in words.
import { html } from "lit/html.js";

const icon = (path: string) => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${path} /></svg>`;

export const bubble = icon("M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5");
export const cross = icon("M6 6l12 12M18 6 6 18");
export const dots = icon("M5 12h.01M12 12h.01M19 12h.01");
export const arrowUp = icon("M12 19V5M6 11l6-6 6 6");
export const arrowDown = icon("M12 5v14M6 13l6 6 6-6");
export const outward = icon("M8 16 17 7M10 7h7v7");
export const chevron = icon("M7 10l5 5 5-5");
export const warning = icon("M12 3 2 20h20zM12 10v4M12 17h.01");
export const thumb = icon("M7 10v10H4V10zl4-7q3 0 3 3v3h5q2 0 2 2l-2 7q0 2-2 2H7");
