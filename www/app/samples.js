// @ts-check
// The shelf of sample pictures under each well, so that a visitor without a picture at hand can begin with one press. A shelf
// that cannot be fetched is simply not there: everything else works without it.
import { find } from "./dom.js";
import { AtelierError } from "./errors.js";
import { fetched } from "./fetched.js";
import { current, onLanguage } from "./text.js";

/** @typedef {{id: string, file: string, thumb?: string, title: Record<string, string>}} Sample */
/** @typedef {import("./wells.js").Well} Well */

/** Hangs a sample. @typedef {() => Promise<void>} Hang */

/** @param {{content: Well, style: Well}} wells @param {() => Well} nextStyle the well that a style goes into
 * @returns {Promise<{contents: Hang[], styles: Hang[]}>} what the shelves' buttons do */
export async function fillShelves(wells, nextStyle) {
  const base = new URL("samples/", document.baseURI);
  const { contents, styles } = await list(base);
  return { contents: fill(wells.content, () => wells.content, contents, base), styles: fill(wells.style, nextStyle, styles, base) };
}

/** What each is called, once they are known. @type {Map<string, () => string>} */
const titles = new Map();

/** What a sample is called in the language in use. @param {string | undefined} id */
export const titleOf = (id) => titles.get(id ?? "");

/** @param {URL} base @returns {Promise<{contents: Sample[], styles: Sample[]}>} */
async function list(base) {
  try {
    const response = await fetch(new URL("samples.json", base));
    if (response.ok) return await response.json();
  } catch (reason) {
    console.debug("samples", reason);
  }
  return { contents: [], styles: [] };
}

/** @param {Well} well @param {() => Well} into @param {Sample[]} samples @param {URL} base @returns {Hang[]} */
function fill(well, into, samples, base) {
  const shelf = find(well.root, ".shelf");
  const buttons = samples.map((sample) => button(into, sample, base));
  shelf.replaceChildren(...buttons.map(({ element }) => {
    const item = document.createElement("li");
    item.append(element);
    return item;
  }));
  // Until now room was kept for it, so that nothing below is pushed down.
  shelf.removeAttribute("aria-busy");
  shelf.hidden = find(well.root, ".shelf-title").hidden = samples.length === 0;
  return buttons.map(({ hang }) => hang);
}

/** @param {() => Well} into @param {Sample} sample @param {URL} base */
function button(into, sample, base) {
  const name = () => sample.title[current()] ?? sample.title.en ?? sample.id;
  titles.set(sample.id, name);
  const thumb = new Image();
  thumb.src = new URL(sample.thumb ?? sample.file, base).href;
  thumb.alt = "";
  thumb.width = thumb.height = 56;
  thumb.decoding = "async";
  thumb.draggable = false; // or it could be dragged into a well as a picture without its name
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.sample = sample.id;
  element.setAttribute("aria-pressed", "false");
  element.append(thumb);
  const label = () => {
    element.setAttribute("aria-label", name());
    element.title = name();
  };
  onLanguage(label);
  label();
  const file = async () => {
    try {
      return await (await fetched(new URL(sample.file, base))).blob();
    } catch (reason) {
      console.debug("sample", reason);
      throw new AtelierError("network-lost", "host", { file: sample.file });
    }
  };
  const hang = () => into().offer({ file, name, base: sample.id, sample: sample.id });
  element.addEventListener("click", hang);
  return { element, hang };
}
