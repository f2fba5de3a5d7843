// @ts-check
// The file format of presets (docs/presets.md), which the command line reads too (src/bin/atelier/preset.rs): the settings of both ways
// of painting, by the names that the engine has for them. What a version does not know it leaves alone and says so.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { LAYERS, reaches, slideTo, value } from "./settings.js";

/** One setting: as it stands, and set to something; `write` says whether the page can do that.
 * @typedef {{read: () => unknown, write: (value: unknown) => boolean}} Field */

export const ENDING = ".atelier.json";
const FORMAT = "atelier-preset";
const VERSION = 1;
const DIGITS = 6;

const changed = (/** @type {HTMLElement} */ field) => field.dispatchEvent(new Event("change", { bubbles: true }));
const short = (/** @type {number} */ value) => Number(value.toPrecision(DIGITS));

/** @param {string} id @returns {Field} */
const slider = (id) => ({ read: () => short(value(id)), write: (value) => slideTo(id, value) });

/** @param {string} id @param {(text: string) => unknown} [meant] what an option stands for @returns {Field} */
function choice(id, meant = (text) => text) {
  const list = () => byId(id);
  return {
    read: () => meant(list().value),
    write(value) {
      const option = [...list().options].find((option) => meant(option.value) === value && !option.disabled && !option.hidden);
      if (!option) return false;
      list().value = option.value;
      changed(list());
      return true;
    },
  };
}

/** @param {string} id @returns {Field} */
const whole = (id) => ({
  read: () => byId(id).valueAsNumber,
  write(value) {
    const field = byId(id);
    if (!Number.isInteger(value) || Number(value) < Number(field.min) || Number(value) > Number(field.max)) return false;
    field.value = String(value);
    changed(field);
    return true;
  },
});

/** @param {string} id @returns {Field} */
const flag = (id) => ({
  read: () => byId(id).checked,
  write(value) {
    if (typeof value !== "boolean") return false;
    byId(id).checked = value;
    changed(byId(id));
    return true;
  },
});

/** @returns {Field} */
function start() {
  const from = choice("from");
  // A preset has no picture to start from.
  return { read: () => (from.read() === "picture" ? "content" : from.read()), write: (value) => value !== "picture" && from.write(value) };
}

/** @type {Field} */
const layers = {
  read: () => LAYERS.map((id) => short(value(id))),
  write: (values) => Array.isArray(values) && values.length === LAYERS.length && values.every((value, index) => reaches(LAYERS[index], value))
    && values.every((value, index) => slideTo(LAYERS[index], value)),
};

const power = (/** @type {string} */ id) => choice(id, (text) => text || "none");

/** In the order in which they are set: the sides say which sizes there are. @type {Record<"optimise" | "generate", Record<string, Field>>} */
const FIELDS = {
  optimise: {
    powerOfTwo: power("power"), size: choice("size", Number), strength: slider("strength"), stroke: slider("stroke"), colors: choice("colors"), detail: slider("detail"),
    seamless: flag("seamless"), start: start(), seed: whole("seed"), model: choice("model"), recipe: choice("recipe"), iterations: whole("iterations"),
    method: choice("method"), smoothness: slider("smoothness"), pooling: choice("pooling"), layers,
  },
  generate: {
    generator: choice("generator"), powerOfTwo: power("generate-power"), size: choice("generate-size", Number), strength: slider("generate-strength"),
    stroke: slider("generate-stroke"), colors: choice("generate-colors"), seamless: flag("generate-seamless"),
  },
};

/** The settings as they stand, as the text of a file. @param {"generate" | "optimise"} mode */
export function writePreset(mode) {
  const read = (/** @type {Record<string, Field>} */ fields) => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.read()]));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, mode, optimise: read(FIELDS.optimise), generate: read(FIELDS.generate) }, null, 2)}\n`;
}

/** @typedef {{mode: "generate" | "optimise" | null, optimise: Record<string, unknown>, generate: Record<string, unknown>, unknown: string[]}} Preset */

/** Understands the text of a file. @param {string} text @param {string} file its name @returns {Preset} */
export function readPreset(text, file) {
  const refused = new AtelierError("preset-unreadable", "visitor", { file });
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw refused;
  }
  if (!isObject(found) || found.format !== FORMAT || !Number.isInteger(found.version)) throw refused;
  if (found.version > VERSION) throw new AtelierError("preset-newer", "visitor", { file, version: String(found.version) });
  const { format, version, mode = null, optimise = {}, generate = {}, ...others } = found;
  if (!isObject(optimise) || !isObject(generate) || ![null, "optimise", "generate"].includes(mode)) throw refused;
  return { mode, optimise, generate, unknown: Object.keys(others) };
}

/** Sets everything that the page can. @param {Preset} preset @returns {string[]} what was left as it is */
export function applyPreset(preset) {
  const left = [...preset.unknown];
  for (const group of /** @type {const} */ (["optimise", "generate"])) {
    const fields = FIELDS[group];
    const given = preset[group];
    for (const [name, field] of Object.entries(fields)) {
      if (name in given && !field.write(given[name])) left.push(`${group}.${name}`);
    }
    left.push(...Object.keys(given).filter((name) => !Object.hasOwn(fields, name)).map((name) => `${group}.${name}`));
  }
  return left;
}

/** @param {any} thing @returns {thing is Record<string, any>} */
const isObject = (thing) => typeof thing === "object" && thing !== null && !Array.isArray(thing);
