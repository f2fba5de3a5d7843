// @ts-check
// Finding the parts of the page, and hearing of files that are chosen. The parts are all in index.html, so they are there and of the kind that whoever asks knows them to be.

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {ParentNode} root @param {string} css @returns {any} */
export const find = (root, css) => root.querySelector(css);

/** Whether it is a field of its own use for what is typed. @param {EventTarget | null} target @returns {target is HTMLElement} */
export const isTypedInto = (target) => target instanceof HTMLElement && target.matches("input:not([type=range], [type=checkbox], [type=radio]), textarea");

/** Calls `take` with the files that are chosen, if any are. The input is emptied at once: choosing the same file again would not count as a change.
 * @param {HTMLInputElement} input @param {(files: File[]) => void} take */
export function onFiles(input, take) {
  input.addEventListener("change", () => {
    const files = [...input.files ?? []];
    input.value = "";
    if (files.length) take(files);
  });
}

/** Shows a blob in an image. Its address lasts until it is read, however soon another image takes this one's place. @param {HTMLImageElement} image @param {Blob} blob */
export function showBlob(image, blob) {
  image.src = URL.createObjectURL(blob);
  for (const read of ["load", "error"]) image.addEventListener(read, () => URL.revokeObjectURL(image.src), { once: true });
}
