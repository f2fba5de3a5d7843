// @ts-check
// All sentences for people, in two languages. Code elsewhere names a key and its numbers; this module remembers which element
// shows what, so that switching the language rewrites everything in place, running jobs included, without a reload.

const LANGUAGES = ["en", "zh-CN"];
const REMEMBERED = "atelier-language";

/** @typedef {string | number | (() => string)} Param A function is evaluated at every rendering, so it follows the language. */

/** @type {Record<string, Record<string, string>>} */
const tables = {};
/** @type {WeakMap<Element, Record<string, Param> | (() => string)>} */
const bound = new WeakMap();
/** @type {Set<() => void>} */
const listeners = new Set();
let language = "en";
let arrived = false;

/** The language in use, as a BCP 47 tag. */
export const current = () => language;

/** Calls `listener` after every change of language. @param {() => void} listener */
export const onLanguage = (listener) => listeners.add(listener);

/** The sentence for `key`, or an empty string where there is none. @param {string} key @param {Record<string, Param>} [params] */
export function t(key, params = {}) {
  const sentence = tables[language]?.[key] ?? tables.en?.[key] ?? "";
  return sentence.replace(/\{(\w+)\}/g, (_, name) => {
    const value = params[name];
    if (typeof value === "function") return value();
    return typeof value === "number" ? number(value) : String(value ?? "?");
  });
}

/** Whether there is a sentence for `key` in any language. @param {string} key */
export const has = (key) => key in (tables.en ?? {}) || key in (tables[language] ?? {});

/** Shows a sentence in an element and keeps it in the visitor's language from then on.
 * @param {Element} element @param {string} key @param {Record<string, Param>} [params] */
export function put(element, key, params = {}) {
  /** @type {HTMLElement} */ (element).dataset.text = key;
  bound.set(element, params);
  render(element);
}

/** The same for what happened once more: it is said again although the words may be those that stand there. @param {Element} element @param {string} key @param {Record<string, Param>} [params] */
export function announce(element, key, params) {
  element.textContent = "";
  put(element, key, params);
}

/** The same for text that is computed rather than looked up. @param {Element} element @param {() => string} compute */
export function putComputed(element, compute) {
  /** @type {HTMLElement} */ (element).dataset.text = "";
  bound.set(element, compute);
  render(element);
}

/** @param {Element} element */
function render(element) {
  const key = /** @type {HTMLElement} */ (element).dataset.text ?? "";
  const params = bound.get(element);
  // English is already in index.html: what stands there stays where a sentence is missing. What was put there by code has
  // nothing to fall back on but its key, which at least can be reported.
  const text = typeof params === "function" ? params() : t(key, params) || (params && arrived ? key : "");
  if ((text || typeof params === "function") && element.textContent !== text) element.textContent = text;
}

/** Puts all that is said in `root` into the visitor's language. @param {ParentNode} root */
export function speak(root) {
  for (const element of root.querySelectorAll("[data-text]")) render(element);
  for (const element of root.querySelectorAll("[data-text-label]")) {
    const label = t(/** @type {HTMLElement} */ (element).dataset.textLabel ?? "");
    if (!label) continue;
    element.setAttribute("aria-label", label);
    // What shows a drawing only tells those who point at it what it is.
    if (element.matches(".tool, .drawn")) /** @type {HTMLElement} */ (element).title = label;
  }
}

function renderAll() {
  document.documentElement.lang = language;
  speak(document);
  for (const button of document.querySelectorAll("button[data-lang]")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.lang === language));
  }
  for (const listener of listeners) listener();
}

/** @param {string} wanted */
async function load(wanted) {
  if (tables[wanted]) return;
  const response = await fetch(new URL(`./text/${wanted}.json`, import.meta.url));
  if (!response.ok) throw new Error(`text ${wanted}: ${response.status}`);
  tables[wanted] = await response.json();
}

/** How often a language was asked for. */
let asked = 0;

/** Switches to `wanted`; remembers it when a visitor asked for it. @param {string} wanted @param {boolean} remember */
export async function use(wanted, remember) {
  const turn = ++asked;
  // A text file that does not arrive leaves the language as it is: the page goes on with the words it has.
  const there = await Promise.all([load("en"), load(wanted)]).then(() => true, (reason) => console.warn(reason));
  // What was chosen later counts, whichever came first.
  if (turn !== asked) return;
  if (there) language = wanted;
  arrived = true;
  if (remember) storage((store) => store.setItem(REMEMBERED, wanted));
  renderAll();
}

/** The language from the address, else the remembered one, else the browser's first choice that we speak. */
export function negotiate() {
  const asked = new URLSearchParams(location.search).get("lang");
  const candidates = [asked, storage((store) => store.getItem(REMEMBERED)), ...navigator.languages];
  for (const tag of candidates) {
    if (tag && LANGUAGES.includes(tag)) return tag;
    if (tag && /^zh\b/i.test(tag)) return "zh-CN";
    if (tag && /^en\b/i.test(tag)) return "en";
  }
  return "en";
}

// Storage throws where the visitor forbids it; the page then simply does not remember.
/** @template T @param {(store: Storage) => T} action @returns {T | null} */
function storage(action) {
  try { return action(localStorage); } catch { return null; }
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options) => new Intl.NumberFormat(language, options).format(value);

/** A loss: three digits that matter, whatever its size. @param {number} value */
export function loss(value) {
  const plain = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6);
  return number(value, { maximumSignificantDigits: 3, notation: plain ? "standard" : "scientific" });
}

/** A file size. @param {number} bytes */
export function size(bytes) {
  const units = /** @type {const} */ ([[1e9, "gigabyte"], [1e6, "megabyte"], [1e3, "kilobyte"]]);
  const [one, unit] = units.find(([one]) => bytes >= one) ?? units[2];
  const value = bytes / one;
  return number(value, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** A span of time, coarser the longer it is: nobody needs "3 minutes 7 seconds left". @param {number} seconds */
export function duration(seconds) {
  const unit = (/** @type {number} */ value, /** @type {string} */ name) =>
    number(value, { style: "unit", unit: name, unitDisplay: "short" });
  const whole = seconds < 10 ? Math.ceil(seconds) : Math.round(seconds / 5) * 5;
  if (whole < 60) return unit(Math.max(1, whole), "second");
  // Rounded before it is split, or 115 seconds would be a minute and none.
  const coarse = seconds < 595 ? Math.round(seconds / 10) * 10 : Math.round(seconds / 60) * 60;
  const [minutes, rest] = [Math.floor(coarse / 60), coarse % 60];
  if (minutes >= 60) return `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`;
  return rest ? `${unit(minutes, "minute")} ${unit(rest, "second")}` : unit(minutes, "minute");
}

/** Today, as a label on a wall gives it. */
export const today = (when = new Date()) => new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(when);
