// @ts-check
// How large strokes can be in the mode "Generate": between those of the smallest and of the largest painting that a generator knows. The slider has the range in which it does something.
import { byId } from "./dom.js";

const slider = byId("generate-stroke");
/** Doublings of the usual size that are offered at most. */
const RANGE = [Number(slider.min), Number(slider.max)];

/** Fits the slider to a generator and to the size that is chosen; where all strokes are of one size it is not there.
 * @param {[number, number] | null | undefined} sizes long sides of the paintings whose strokes are known: `null` for those of one size, `undefined` while nobody knows */
export function limitStrokes(sizes) {
  const [min, max] = sizes === undefined ? RANGE : sizes === null ? [0, 0] : reach(sizes, Number(byId("generate-size").value));
  byId("generate-stroke-field").hidden = min === max;
  if (Number(slider.min) === min && Number(slider.max) === max) return;
  // The browser brings the value to where the range ends.
  [slider.min, slider.max] = [String(min), String(max)];
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Doublings, down and up, from the strokes of a painting of this size. @param {[number, number]} sizes @param {number} size */
function reach([least, most], size) {
  const own = Math.min(Math.max(size, least), most);
  const step = Number(slider.step);
  const doublings = (/** @type {number} */ end) => Math.trunc(Math.log2(end / own) / step) * step;
  return [Math.max(doublings(least), RANGE[0]), Math.min(doublings(most), RANGE[1])];
}
