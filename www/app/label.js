// @ts-check
// The card beside the picture: what hangs there, how it was painted and when.
import { byId } from "./dom.js";
import { put, putComputed, today } from "./text.js";

/** @typedef {import("./text.js").Param} Param */
/** `medium` is the key of a sentence and `facts` what it speaks of; `particulars` is what was not as usual; `when` in milliseconds.
 * @typedef {{content: Param, style: Param, medium: string, facts: Record<string, Param>, particulars: Param, when: number}} Label */

const spoken = (/** @type {Param} */ param) => (typeof param === "function" ? param() : String(param));

/** @param {Label} label */
export function showLabel({ content, style, medium, facts, particulars, when }) {
  put(byId("result-title"), "label.title", { content, style });
  put(byId("medium"), medium, { ...facts, date: () => today(new Date(when)) });
  putComputed(byId("particulars"), () => spoken(particulars));
}

/** Nothing but a title, which is a key. @param {string} title @param {Record<string, Param>} [values] */
export function showTitle(title, values) {
  put(byId("result-title"), title, values);
  for (const id of ["medium", "particulars"]) putComputed(byId(id), () => "");
}

/** The label as it can be stored: in the words of the language in use. @param {Label} label @returns {Label} */
export function written(label) {
  const facts = Object.fromEntries(Object.entries(label.facts).map(([name, fact]) => [name, spoken(fact)]));
  return { ...label, content: spoken(label.content), style: spoken(label.style), particulars: spoken(label.particulars), facts };
}
