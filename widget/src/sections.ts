// Shows the section of the page that a citation comes from, where the page marks one with data-fascicle-section="<topic>".

export function findSection(topic: string): HTMLElement | null {
  return document.querySelector(`[data-fascicle-section="${CSS.escape(topic)}"]`);
}

/** Scroll to a section, light it up for a while, and let reading and tabbing go on there. */
export function showSection(section: HTMLElement): void {
  section.scrollIntoView(); // smoothly where the page's style says so
  if (!section.hasAttribute("tabindex")) section.tabIndex = -1;
  section.focus({ preventScroll: true });
  const lit = { backgroundColor: "rgb(255 213 79 / 30%)", boxShadow: "0 0 0 10px rgb(255 213 79 / 30%)" };
  // an animation needs no style from the page, and none that its policy could forbid
  section.animate([lit, { ...lit, offset: 0.7 }, {}], { duration: 4000 });
}
