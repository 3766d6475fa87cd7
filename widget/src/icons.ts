// The few drawings, each 24 by 24 in the colour of the text around it. They are decoration: the names stand in words.
import { svg, html, type TemplateResult } from "lit/html.js";

const icon = (path: TemplateResult) => html`<svg viewBox="0 0 24 24" aria-hidden="true">${path}</svg>`;

export const bubble = icon(svg`<path d="M4 5h16v11H11l-5 4v-4H4z"/><path d="M8 9h8M8 12.2h5"/>`);
export const cross = icon(svg`<path d="M6 6l12 12M18 6 6 18"/>`);
export const dots = icon(svg`<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3"/>`);
export const arrowUp = icon(svg`<path d="M12 19V5M6 11l6-6 6 6"/>`);
export const arrowDown = icon(svg`<path d="M12 5v14M6 13l6 6 6-6"/>`);
export const outward = icon(svg`<path d="M8 16 17 7M10 7h7v7"/>`);
export const chevron = icon(svg`<path d="M7 10l5 5 5-5"/>`);
export const warning = icon(svg`<path d="M12 3 2 20h20zM12 10v4M12 17h.01"/>`);
const hand = svg`<path d="M7 10v10H3.5V10zM7 11l4-8c1.7 0 2.5 1 2.5 2.6V9H19c1.2 0 2 1 1.7 2.2l-1.7 7.1c-.2 1-1 1.7-2 1.7H7"/>`;
export const thumbUp = icon(hand);
export const thumbDown = icon(svg`<g transform="rotate(180 12 12)">${hand}</g>`);
