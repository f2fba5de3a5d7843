// @ts-check
// The three things that the studio does. The body's data-mode says which; the style sheet shows what belongs to it.
import { find } from "./dom.js";

/** @typedef {"generate" | "optimise" | "train"} Mode */

/** @type {NodeListOf<HTMLInputElement>} */
const choices = document.querySelectorAll("input[name=mode]");

/** @returns {Mode} */
export const mode = () => /** @type {Mode} */ (document.body.dataset.mode);

/** Listens to the choice, and makes the one that the address asks for. @param {() => void} onChange */
export function watchModes(onChange) {
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      document.body.dataset.mode = choice.value;
      onChange();
    });
  }
  const asked = new URLSearchParams(location.search).get("mode");
  if (asked && [...choices].some(({ value }) => value === asked)) enterMode(/** @type {Mode} */ (asked));
}

/** @param {Mode} wanted */
export function enterMode(wanted) {
  const choice = find(document, `input[name=mode][value="${wanted}"]`);
  choice.checked = true;
  choice.dispatchEvent(new Event("change"));
}

/** @param {boolean} busy nothing else can be done meanwhile */
export function lockModes(busy) {
  for (const choice of choices) choice.disabled = busy;
}
