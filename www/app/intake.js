// @ts-check
// Drops and pastes, anywhere in the window. A picture let go over a well goes there; anywhere else it goes to the first empty
// well, so that nobody has to aim. What is not exactly one picture and nobody else takes is refused with a reason, and nothing that was there is lost.
import { isTypedInto } from "./dom.js";
import { AtelierError } from "./errors.js";
import { t } from "./text.js";
import { fromFile } from "./wells.js";

/** @typedef {import("./wells.js").Well} Well */

/** What was dropped or pasted, before a well is asked: whoever takes it answers so. `entries` are its files and folders, if there is a folder among them.
 * @typedef {{files: File[], entries: any[], target: EventTarget | null, well: Well}} Dropped */

/** @param {() => Well[]} wells in the order in which they fill; a well inside another comes after it @param {((dropped: Dropped) => boolean)[]} takers */
export function takeIn(wells, takers) {
  const firstEmpty = () => wells().find((well) => !well.picture) ?? wells()[0];
  const wellAt = (/** @type {EventTarget | null} */ target) =>
    wells().reverse().find((well) => target instanceof Node && well.root.contains(target)) ?? firstEmpty();
  const mark = (/** @type {Well | null} */ over) => {
    for (const well of wells()) well.root.toggleAttribute("data-over", well === over);
  };

  addEventListener("dragover", (event) => {
    if (isText(event.dataTransfer, event.target)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    mark(wellAt(event.target));
  });
  // Leaving for another element also fires; only leaving the window has nowhere to go to.
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) mark(null); });
  addEventListener("drop", (event) => {
    if (isText(event.dataTransfer, event.target)) return;
    event.preventDefault();
    mark(null);
    const { dataTransfer, target } = event;
    if (!dataTransfer || isCovered()) return;
    const well = wellAt(target);
    const dropped = droppedFrom(dataTransfer, target, well);
    if (!takers.some((take) => take(dropped))) offer(well, dataTransfer);
  });
  addEventListener("paste", (event) => {
    const { clipboardData, target } = event;
    // Word processors and spreadsheets lay a picture of the text beside it.
    if (!clipboardData?.files.length || (isField(target) && clipboardData.types.includes("text/plain"))) return;
    event.preventDefault();
    if (isCovered()) return;
    const well = wellAt(target);
    if (!takers.some((take) => take(droppedFrom(clipboardData, target, well)))) offer(well, clipboardData, true);
  });
}

/** Whether text can be put there. @param {EventTarget | null} target */
const isField = (target) => isTypedInto(target) && !target.matches("[type=file]");

/** Whether it is text on its way into a field. Anywhere else the browser would go to an address that is let go. @param {DataTransfer | null} data @param {EventTarget | null} target */
const isText = (data, target) => isField(target) && !data?.types.includes("Files");

/** Whether a dialogue is open: what it is about, such as the photo that masks are painted on, must not change behind it. The list of a batch takes
 * files itself. */
const isCovered = () => document.querySelector("dialog[open]:not(#batch)") !== null;

/** @param {DataTransfer} data @param {EventTarget | null} target @param {Well} well @returns {Dropped} */
function droppedFrom(data, target, well) {
  return { files: [...data.files], entries: isPlain(data) ? [] : entriesOf(data), target, well };
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
const isPlain = (data) => !entriesOf(data).some(({ isDirectory }) => isDirectory);

/** @param {DataTransfer} data @returns {any[]} */
const entriesOf = (data) => [...data.items].flatMap((item) => (item.kind === "file" && item.webkitGetAsEntry?.()) || []);
