// @ts-check
// Asks before the page is left with something in it that is nowhere else. Only then, as a page that listens for its end is not kept for the way
// back to it.

/** What would be lost. @type {Set<string>} */
const held = new Set();

/** @param {Event} event */
const stay = (event) => event.preventDefault();

/** @param {string} what @param {boolean} toLose whether it would be lost now */
export function guard(what, toLose) {
  if (toLose) held.add(what);
  else held.delete(what);
  if (held.size) addEventListener("beforeunload", stay);
  else removeEventListener("beforeunload", stay);
}
