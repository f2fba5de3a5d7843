// @ts-check
// What stays at the window's edge while the page scrolls lies over what is below it: so much room is kept that nothing comes to lie there with the
// focus (WCAG 2.4.11, "Focus Not Obscured").
import { byId, find } from "./dom.js";

const root = document.documentElement.style;
const start = find(document, ".go");
const error = byId("error");
const update = byId("update");

/** Keeps room for what lies over the edges, as long as it does. */
export function keepClear() {
  const observer = new ResizeObserver(() => {
    const below = [start.offsetHeight, getComputedStyle(error).position === "fixed" ? error.offsetHeight : 0];
    root.setProperty("--below", `${Math.max(...below)}px`);
    root.setProperty("--above", `${update.offsetHeight}px`);
  });
  for (const over of [start, error, update]) observer.observe(over);
}
