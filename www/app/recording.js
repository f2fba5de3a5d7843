// @ts-check
// Small copies of a painting on its way, evenly spread over it however long it takes: for "How it works".
import { shrunk } from "./shrink.js";

/** A frame comes with the iteration that it shows. @typedef {{iteration: number, canvas: HTMLCanvasElement}} Frame */

const SIDE = 128;
/** With so many, every second one is let go. */
const MOST = 24;

/** @type {Frame[]} */
let frames = [];
let every = 1;
let seen = 0;

export function clearRecording() {
  [frames, every, seen] = [[], 1, 0];
}

/** @param {number} iteration @param {HTMLCanvasElement} canvas */
export function record(iteration, canvas) {
  if (seen++ % every) return;
  frames.push({ iteration, canvas: shrunk(canvas, SIDE) });
  if (frames.length < MOST) return;
  frames = frames.filter((_, at) => at % 2 === 0);
  every *= 2;
}

/** Of the last painting that was optimised. @returns {readonly Frame[]} */
export const recorded = () => frames;
