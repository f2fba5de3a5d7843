// @ts-check
// The controls as a plain object, and back: for the address, and for results that are kept with how they were made. Only what is not
// as the page has it is noted, so that an old note means the same when a control is added.
import { byId } from "./dom.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */
/** By the control's id: `true` and `false` for a box, else its value. @typedef {Record<string, string | boolean>} FormState */

/** The forms that say how a picture is made: by a generator, and by optimising. */
export const FORMS = ["generating", "settings"];

/** @returns {Control[]} */
const controls = () => FORMS.flatMap((form) => [...byId(form).elements]).filter((one) =>
  one.id && !one.closest(".network") && (one instanceof HTMLSelectElement || (one instanceof HTMLInputElement && one.type !== "file")));

const isBox = (/** @type {Control} */ control) => control.type === "checkbox";
const get = (/** @type {Control} */ control) => (isBox(control) ? /** @type {HTMLInputElement} */ (control).checked : control.value);

/** @param {Control} control */
function usual(control) {
  if (control instanceof HTMLSelectElement) return ([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value ?? "";
  return isBox(control) ? control.defaultChecked : control.defaultValue;
}

/** @returns {FormState} what is not as usual */
export const readForms = () =>
  Object.fromEntries(controls().filter((one) => get(one) !== usual(one)).map((one) => [one.id, get(one)]));

/** Sets every control: to what `state` says, or as usual. What it cannot be set to, it is not. @param {Record<string, unknown>} state */
export function writeForms(state) {
  // Which sizes there are depends on the shape; how large strokes can be on the generator and the size.
  const rank = (/** @type {Control} */ { id }) => [/power$/, /^generator$/, /size$/, /(?:)/].findIndex((first) => first.test(id));
  for (const control of controls().sort((one, other) => rank(one) - rank(other))) {
    const before = get(control);
    set(control, state[control.id] ?? usual(control));
    if (get(control) === before) continue;
    for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, { bubbles: true }));
  }
}

/** @param {Control} control @param {unknown} wanted */
function set(control, wanted) {
  if (control instanceof HTMLSelectElement) {
    if ([...control.options].some(({ value, disabled }) => value === wanted && !disabled)) control.value = String(wanted);
  } else if (isBox(control)) control.checked = wanted === true || wanted === "true";
  else {
    control.value = String(wanted);
    if (!control.checkValidity()) control.value = String(usual(control));
  }
}
