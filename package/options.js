// @ts-check
// What a caller asked for, as far as it is checked before the worker sees it.
import { AtelierError } from "./engine/atelier-error.js";

const OUTPUTS = new Set(["image-data", "png", "jpeg"]);

/** @param {string} message */
export const malformed = (message) => new AtelierError("settings-malformed", "visitor", { message });

/** What the caller has said something about: `undefined` is the default. Lists are copied: the caller may go on changing them, and a framework's are proxies,
 * which cannot be sent. @param {Record<string, any>} options */
export function given(options) {
  for (const [name, value] of Object.entries(options)) if (typeof value === "function") throw new TypeError(`\`${name}\` is no option here`);
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said.map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]));
}

/** The names of a training's settings as the engine has them. @param {Record<string, any>} settings */
export const kebab = (settings) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]));

/** That they are numbers, of any size: where the engine takes bare numbers, `null` would be 0. @param {Record<string, any>} options */
export function checkNumbers(options) {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== "number") throw malformed(`${name}: ${value === null ? "null" : `a ${typeof value}`}, where a number is expected`);
  }
}

/** @param {string} [output] @param {number} [quality] */
export function checkOutput(output = "image-data", quality = 1) {
  if (!OUTPUTS.has(output)) throw malformed(`there is no output "${output}"`);
  checkNumbers({ quality });
  if (!(quality >= 0 && quality <= 1)) throw malformed(`quality: ${quality}, where 0…1 is expected`);
}
