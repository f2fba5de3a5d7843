// @ts-check
// The controls under "How to paint it": reading them, with the limits that the page offers, and showing their values.
import { AtelierError } from "./errors.js";
import { number, onLanguage, put, putComputed } from "./text.js";

/** @typedef {import("./run.js").Settings} Settings */

const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (document.getElementById(id));

/** The settings as they stand, and the first that cannot be used with the field it is in.
 * @returns {{settings: Settings, error: AtelierError | null, field: HTMLElement}} */
export function readSettings() {
  const field = input("iterations");
  const settings = {
    size: Number(select("size").value),
    iterations: field.valueAsNumber,
    method: /** @type {"lbfgs" | "adam"} */ (select("method").value),
    strength: input("strength").valueAsNumber / 100,
  };
  const [min, max] = [Number(field.min), Number(field.max)];
  const usable = Number.isInteger(settings.iterations) && settings.iterations >= min && settings.iterations <= max;
  field.setAttribute("aria-invalid", String(!usable));
  if (!usable) /** @type {HTMLDetailsElement} */ (document.getElementById("advanced")).open = true;
  return { settings, error: usable ? null : new AtelierError("settings-iterations", "visitor", { min, max }), field };
}

/** The next size below the chosen one, for a device that ran out of memory. */
export function smallerSize() {
  const chosen = Number(select("size").value);
  const below = [...select("size").options].map((option) => Number(option.value)).filter((side) => side < chosen);
  return below.length ? Math.max(...below) : null;
}

/** @param {number} side */
export function useSize(side) {
  select("size").value = String(side);
}

/** Keeps the printed values beside their sliders true. */
export function watchSettings() {
  for (const id of ["strength", "quality"]) {
    const output = /** @type {HTMLElement} */ (document.getElementById(`${id}-value`));
    const update = () => putComputed(output, () => number(input(id).valueAsNumber));
    input(id).addEventListener("input", update);
    update();
  }
  for (const option of select("size").options) put(option, "run.scale-px", { side: () => option.value });
  onLanguage(() => input("iterations").setAttribute("aria-invalid", "false"));
}
