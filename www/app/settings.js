// @ts-check
// The controls under "How to paint it": reading them, with the limits that the page offers, and saying in words what was chosen.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { OPTIMISING } from "./networks.js";
import { number } from "./text.js";

/** What the engine takes at any time. @typedef {{strength: number, layers: number[], smoothness: number, detail: number}} Live */
/** @typedef {Live & {size: number, iterations: number, method: string, model: string, recipe: string, start: string, seed?: number, stroke: number,
 *   colors: string, seamless: boolean, pooling: string}} Settings */

export const LAYERS = [1, 2, 3, 4, 5].map((layer) => `layer-${layer}`);
/** The controls that a run follows. */
export const LIVE = ["strength", ...LAYERS, "smoothness", "detail"];
/** Sliders of doublings. */
const DOUBLINGS = new Set(["stroke", "generate-stroke"]);
const PERCENT = new Set(["strength", "smoothness", "detail", "generate-strength", "train-adversarial"]);
/** What the caption need not mention. @type {Record<string, unknown>} */
const USUAL = {
  strength: .5, layers: "1,1,1,1,1", smoothness: .1, detail: 0, model: OPTIMISING, recipe: "quality", start: "content", stroke: 1, colors: "style", seamless: false,
  pooling: "max",
};

/** What a slider stands for. @param {string} id */
export function value(id) {
  const position = byId(id).valueAsNumber;
  if (DOUBLINGS.has(id)) return 2 ** position;
  return PERCENT.has(id) ? position / 100 : position;
}

/** Where a slider stands for a value. @param {string} id @param {unknown} value */
const positionOf = (id, value) => (DOUBLINGS.has(id) ? Math.log2(Number(value)) : Number(value) * (PERCENT.has(id) ? 100 : 1));

/** Whether a slider goes as far as that. @param {string} id @param {unknown} value */
export function reaches(id, value) {
  const { min, max } = byId(id);
  const position = positionOf(id, value);
  // A little room for decimals.
  return typeof value === "number" && position > Number(min) - .01 && position < Number(max) + .01;
}

/** Moves a slider to where it stands for `value`, as a hand would. @param {string} id @param {unknown} value @returns {boolean} whether it goes that far */
export function slideTo(id, value) {
  if (!reaches(id, value)) return false;
  const slider = byId(id);
  slider.value = String(positionOf(id, value));
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

/** A slider's value for people. @param {string} id @param {number} value */
export function shown(id, value) {
  if (DOUBLINGS.has(id)) return `${number(value, { maximumSignificantDigits: 2 })}×`;
  return number(PERCENT.has(id) ? Math.round(value * 100) : value);
}

/** @returns {Live} */
export const readLive = () =>
  ({ strength: value("strength"), layers: LAYERS.map(value), smoothness: value("smoothness"), detail: value("detail") });

/** The settings as they stand, and the first that cannot be used with the field it is in. @param {string} [start]
 * @returns {{settings: Settings, error: AtelierError | null, field: HTMLElement}} */
export function readSettings(start = byId("from").value) {
  const field = byId("iterations");
  /** @type {Settings} */
  const settings = {
    ...readLive(),
    size: Number(byId("size").value),
    iterations: field.valueAsNumber,
    method: byId("method").value,
    model: byId("model").value,
    recipe: byId("recipe").value,
    start,
    stroke: value("stroke"),
    colors: byId("colors").value,
    seamless: byId("seamless").checked,
    pooling: byId("pooling").value,
  };
  if (start === "noise") {
    // Any number is a seed: what is none becomes one, and is shown.
    settings.seed = byId("seed").valueAsNumber >>> 0;
    byId("seed").value = String(settings.seed);
  }
  const [min, max] = [Number(field.min), Number(field.max)];
  const usable = Number.isInteger(settings.iterations) && settings.iterations >= min && settings.iterations <= max;
  field.setAttribute("aria-invalid", String(!usable));
  if (!usable) byId("advanced").open = true;
  return { settings, error: usable ? null : new AtelierError("settings-iterations", "visitor", { min, max }), field };
}

/** What is not as usual, in the words that the controls have for it. @param {Settings} settings */
export function unusual(settings) {
  const facts = Object.entries(settings).flatMap(([name, value]) => {
    if (name in USUAL ? String(value) === String(USUAL[name]) : name !== "seed") return [];
    const id = name === "start" ? "from" : name;
    // What the other recipes leave out needs no mention.
    if (settings.recipe !== "quality" && ["detail", "smoothness"].includes(name)) return [];
    const label = document.querySelector(`label[for="${id}"], #${id} > summary`)?.textContent ?? "";
    if (value === true) return [label];
    const words = typeof value === "string" ? document.querySelector(`#${id} [value="${value}"]`)?.textContent
      : Array.isArray(value) ? value.map((one) => number(one)).join(" ") : shown(id, Number(value));
    return [`${label}: ${words}`];
  });
  return facts.join("\u00a0· ");
}

/** What people call the method. @param {{method: string}} settings */
export const methodName = ({ method }) => (method === "adam" ? "Adam" : "L-BFGS");

/** The sizes below the chosen one, or another, the largest first, for a device that runs out of memory. @param {string} [field] @param {number} [than] @returns {number[]} */
export function smallerSizes(field = "size", than = Number(byId(field).value)) {
  const sides = [...byId(field).options].filter(({ disabled }) => !disabled).map(({ value }) => Number(value));
  return sides.filter((side) => side < than).reverse();
}

/** Sets one control as another of its kind stands, as a hand would. @param {string} from @param {string} to */
export function copyControl(from, to) {
  const what = byId(from).type === "checkbox" ? "checked" : "value";
  byId(to)[what] = byId(from)[what];
  byId(to).dispatchEvent(new Event("change", { bubbles: true }));
}

/** Chooses a size, as a hand would. @param {number} side @param {string} [field] */
export function useSize(side, field = "size") {
  byId(field).value = String(side);
  byId(field).dispatchEvent(new Event("change", { bubbles: true }));
}
