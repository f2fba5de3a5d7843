// @ts-check
// A question before something that cannot be undone: the first press of its button asks, the second does it, and turning to something else
// takes the question back.
import { put } from "./text.js";

/** What is written into a place that is there already is read out. */
const HEARD_MS = 100;

/** What takes each button's question back. @type {WeakMap<HTMLElement, () => void>} */
const asked = new WeakMap();

/** @param {HTMLElement} button @param {string} question @param {Record<string, import("./text.js").Param>} values @param {() => void} deed
 * @param {HTMLElement} [label] the part of the button that says what it does */
export function sure(button, question, values, deed, label = button) {
  if (asked.has(button)) {
    calm(button);
    return deed();
  }
  const { text = "" } = label.dataset;
  // A button that has the focus already is not read again by all screen readers.
  const heard = Object.assign(document.createElement("p"), { className: "offstage", role: "status" });
  (button.closest("dialog") ?? document.body).append(heard);
  setTimeout(() => put(heard, question, values), HEARD_MS);
  asked.set(button, () => {
    put(label, text);
    heard.remove();
  });
  put(label, question, values);
  // Not every browser gives it to what is clicked, and without it there is nothing to turn from.
  button.focus({ preventScroll: true });
  button.addEventListener("blur", () => calm(button), { once: true });
}

// The second press of a double click is no answer.
addEventListener("click", (event) => {
  const button = event.detail > 1 && event.target instanceof Element ? event.target.closest("button") : null;
  if (!button || !asked.has(button)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

/** What the question was about is not at hand any more. @param {HTMLElement} button */
export function calm(button) {
  asked.get(button)?.();
  asked.delete(button);
}
