// @ts-check
// The dialogue in which masks are painted over a picture. It has no "cancel": every stroke can be undone, and closing keeps all.
import { byId, find } from "./dom.js";
import { Mask } from "./mask.js";
import { put, putComputed } from "./text.js";

/** What one mask is for. @typedef {{name: () => string, mask: Mask | null, keep: (mask: Mask | null) => void}} Target */

// Told apart on any picture, and from each other by those who see fewer colours.
const TINTS = ["#d84a8f", "#e69f00", "#0096e0", "#00a878", "#f4f5f2"];
const MOST_UNDONE = 30;

const dialog = byId("masks");
const canvas = find(dialog, "canvas");
const ring = find(dialog, ".brush");
const brush = byId("brush");
const feather = byId("feather");
const eraser = byId("mask-erase");
const scratch = document.createElement("canvas");

/** @type {CanvasImageSource} */
let picture = scratch;
/** Whether the picture is still where it was. */
let isThere = () => false;
/** @type {{target: Target, mask: Mask}[]} */
let layers = [];
let chosen = 0;
/** @type {{mask: Mask, state: ImageData}[]} */
let past = [];
/** Where the brush is, in the mask's pixels. */
let at = [0, 0];

/** Over a well's picture. One that comes while they are painted has nothing where this one has it, and keeps nothing of them.
 * @param {import("./wells.js").Well} well @param {string} title a key @param {string} about another: what painting does @param {Target[]} targets */
export function paintMasks(well, title, about, targets) {
  const { picture: painted } = well;
  if (!painted) return;
  const of = painted.preview;
  picture = of;
  isThere = () => well.picture === painted;
  // A copy: a painting that has begun was begun with the mask as it was.
  layers = targets.map((target) => ({ target, mask: Mask.of(target.mask?.state() ?? null) ?? new Mask(of) }));
  chosen = 0;
  past = [];
  ({ width: canvas.width, height: canvas.height } = layers[0].mask.canvas);
  scratch.width = canvas.width;
  scratch.height = canvas.height;
  canvas.style.setProperty("--ratio", String(canvas.width / canvas.height));
  put(byId("masks-title"), title);
  put(byId("masks-about"), about);
  byId("mask-targets").hidden = targets.length < 2;
  byId("mask-targets").replaceChildren(...targets.map(choice));
  erase(false);
  dialog.showModal();
  move([canvas.width / 2, canvas.height / 2]);
  draw();
}

/** @param {Target} target @param {number} index */
function choice(target, index) {
  const label = document.createElement("label");
  const radio = document.createElement("input");
  radio.type = "radio";
  radio.name = "mask-target";
  radio.checked = index === 0;
  radio.addEventListener("change", () => { chosen = index; });
  const swatch = document.createElement("span");
  swatch.style.background = TINTS[index];
  const name = document.createElement("span");
  putComputed(name, target.name);
  label.append(radio, swatch, name);
  return label;
}

function draw() {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const tint = /** @type {CanvasRenderingContext2D} */ (scratch.getContext("2d"));
  context.drawImage(picture, 0, 0, width, height);
  context.globalAlpha = .72;
  layers.forEach(({ mask }, index) => {
    tint.globalCompositeOperation = "copy";
    tint.drawImage(mask.canvas, 0, 0);
    tint.globalCompositeOperation = "source-in";
    tint.fillStyle = TINTS[index];
    tint.fillRect(0, 0, width, height);
    context.drawImage(scratch, 0, 0);
  });
  context.globalAlpha = 1;
}

const radius = () => brush.valueAsNumber / 100 * Math.max(canvas.width, canvas.height);

/** @param {number[]} to */
function move(to) {
  at = to;
  for (const [name, share] of [["x", at[0] / canvas.width], ["y", at[1] / canvas.height], ["r", 2 * radius() / canvas.width]]) {
    ring.style.setProperty(`--${name}`, `${Number(share) * 100}%`);
  }
}

/** @param {number[]} from @param {number[]} to */
function stroke(from, to) {
  layers[chosen].mask.stroke(from, to, radius(), feather.valueAsNumber / 100, eraser.ariaPressed === "true");
  move(to);
  draw();
}

function remember() {
  const { mask } = layers[chosen];
  past.push({ mask, state: mask.state() });
  past.splice(0, past.length - MOST_UNDONE);
}

function undo() {
  const last = past.pop();
  last?.mask.restore(last.state);
  draw();
}

/** @param {boolean} on */
function erase(on) {
  eraser.setAttribute("aria-pressed", String(on));
}

/** @param {MouseEvent} event */
function place({ clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [(clientX - left) / width * canvas.width, (clientY - top) / height * canvas.height];
}

canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
  if (event.button !== 0 || !event.isPrimary) return;
  canvas.setPointerCapture(event.pointerId);
  remember();
  stroke(place(event), place(event));
});
canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
  if (!event.isPrimary) return;
  if (!canvas.hasPointerCapture(event.pointerId)) return move(place(event));
  // Fast hands move further between two frames than between two reports of the hardware.
  const events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) stroke(at, place(each));
});
canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  const by = Math.max(4, radius() / 2);
  /** @type {Record<string, number[]>} */
  const ways = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by], " ": [0, 0] };
  const way = ways[event.key];
  if (!way) return;
  event.preventDefault();
  if (event.key !== " ") {
    return move([Math.min(canvas.width, Math.max(0, at[0] + way[0])), Math.min(canvas.height, Math.max(0, at[1] + way[1]))]);
  }
  remember();
  stroke(at, at);
});
dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
});
brush.addEventListener("input", () => move(at));
eraser.addEventListener("click", () => erase(eraser.ariaPressed !== "true"));
byId("mask-undo").addEventListener("click", undo);
byId("mask-clear").addEventListener("click", () => {
  remember();
  layers[chosen].mask.clear();
  draw();
});
byId("mask-done").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  if (isThere()) for (const { target, mask } of layers) target.keep(mask.empty ? null : mask);
});
