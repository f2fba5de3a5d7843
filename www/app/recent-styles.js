// @ts-check
// The visitor's own styles that were used lately, on a shelf below the samples.
import { byId, showBlob } from "./dom.js";
import { AtelierError } from "./errors.js";
import { t } from "./text.js";

/** @typedef {import("./history-store.js").StyleRef} StyleRef */
/** @typedef {import("./wells.js").Well} Well */

const MOST = 8;

const shelf = byId("recent-shelf");
const title = byId("recent-shelf-title");

/** @param {import("./history.js").History} history @param {() => Well} into the well that the next one goes into */
export function showRecent(history, into) {
  const own = history.styles.filter(({ base, sample = base }) => !sample || !document.querySelector(`#style-shelf [data-sample="${CSS.escape(sample)}"]`));
  const styles = own.slice(0, MOST);
  title.hidden = shelf.hidden = !styles.length;
  const focused = document.activeElement instanceof HTMLElement && shelf.contains(document.activeElement) ? document.activeElement.dataset.hash : "";
  shelf.replaceChildren(...styles.map((style) => {
    const item = document.createElement("li");
    item.append(button(history, style, into));
    return item;
  }));
  /** @type {HTMLElement | null} */
  const same = focused ? shelf.querySelector(`[data-hash="${CSS.escape(focused)}"]`) : null;
  same?.focus({ preventScroll: true });
}

/** @param {import("./history.js").History} history @param {StyleRef} style @param {() => Well} into */
function button(history, { hash, base, name, thumb }, into) {
  const image = new Image();
  showBlob(image, thumb);
  image.alt = "";
  image.draggable = false;
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.hash = hash;
  element.title = name;
  element.append(image);
  element.setAttribute("aria-label", t("well.recent-one", { name }));
  const file = async () => {
    const kept = await history.picture(hash);
    if (!kept) throw new AtelierError("history-lost", "visitor");
    return kept;
  };
  element.addEventListener("click", () => into().offer({ file, base, name: () => name }));
  return element;
}
