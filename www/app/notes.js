// @ts-check
// What is remarkable about a picture, a set of them or a training: a list of short sentences.
import { put } from "./text.js";

/** Shows these and no others. @param {HTMLElement} list @param {string[]} codes */
export function listNotes(list, codes) {
  list.replaceChildren(...codes.map((code) => note(code)));
}

/** Adds one. @param {HTMLElement} list @param {string} code @param {Record<string, string | number>} [params] */
export function addNote(list, code, params) {
  list.append(note(code, params));
}

/** @param {string} code @param {Record<string, string | number>} [params] */
function note(code, params) {
  const item = document.createElement("li");
  item.dataset.note = code;
  put(item, `note.${code}`, params);
  return item;
}
