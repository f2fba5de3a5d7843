// @ts-check
// Where the wall is not beside the bench, the picture is out of sight while its sliders are moved: then a small copy of what was just painted looks in
// from the window's edge for a moment. Pressing it leads to the picture.
import { byId } from "./dom.js";
import { shrunk } from "./shrink.js";

const STAYS_MS = 3000;
/** Pixels on the longer side: as large as it is shown on a dense screen. */
const SIDE = 480;
/** A picture of which less than this is in the window is out of sight. */
const ENOUGH = .4;

const peek = byId("peek");
let inSight = true;
let timer = 0;

const leave = () => { peek.hidden = true; };

new IntersectionObserver((crossings) => {
  inSight = crossings[crossings.length - 1].intersectionRatio >= ENOUGH;
  if (inSight) leave();
}, { threshold: ENOUGH }).observe(byId("picture"));
peek.addEventListener("click", () => byId("picture").scrollIntoView({ block: "center" }));

/** @param {HTMLCanvasElement} canvas */
export function showPeek(canvas) {
  if (inSight) return;
  peek.replaceChildren(shrunk(canvas, SIDE));
  peek.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(leave, STAYS_MS);
}
