// @ts-check
// Drops and pastes, anywhere in the window. A picture let go over a well goes there; anywhere else it goes to the first empty
// well, so that nobody has to aim. What is not exactly one picture is refused with a reason, and nothing that was there is lost.
import { AtelierError } from "./errors.js";
import { t } from "./text.js";
import { fromFile } from "./wells.js";

/** @typedef {import("./wells.js").Well} Well */

/** @param {() => Well[]} wells in the order in which they fill; a well inside another comes after it
 * @param {(files: File[], target: EventTarget | null) => boolean} gather whether a set of pictures takes what was dropped instead */
export function takeIn(wells, gather) {
  const firstEmpty = () => wells().find((well) => !well.picture) ?? wells()[0];
  const wellAt = (/** @type {EventTarget | null} */ target) =>
    wells().reverse().find((well) => target instanceof Node && well.root.contains(target)) ?? firstEmpty();
  const mark = (/** @type {Well | null} */ over) => {
    for (const well of wells()) well.root.toggleAttribute("data-over", well === over);
  };

  addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    mark(wellAt(event.target));
  });
  // Leaving for another element also fires; only leaving the window has nowhere to go to.
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) mark(null); });
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(null);
    const { dataTransfer, target } = event;
    if (dataTransfer && !(isPlain(dataTransfer) && gather([...dataTransfer.files], target))) offer(wellAt(target), dataTransfer);
  });
  addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    offer(wellAt(event.target), event.clipboardData, true);
  });
}

/** @param {Well} well @param {DataTransfer} data @param {boolean} [pasted] */
function offer(well, data, pasted = false) {
  const files = [...data.files];
  if (!isPlain(data)) return well.refuse(new AtelierError("folder-dropped", "visitor"));
  if (files.length > 1) return well.refuse(new AtelierError("too-many-files", "visitor", { count: files.length }));
  if (!files.length) return well.refuse(new AtelierError("picture-unrecognised", "visitor"));
  const offered = fromFile(files[0]);
  // The clipboard calls every picture "image.png": say where it came from instead.
  well.offer(pasted ? { ...offered, name: () => t("well.pasted") } : offered);
}

/** Whether there is no folder among what was dropped. Must be asked before the event ends: a folder looks like a file of strange size otherwise.
 * @param {DataTransfer} data */
const isPlain = (data) => ![...data.items].some((item) => item.kind === "file" && item.webkitGetAsEntry?.()?.isDirectory);
