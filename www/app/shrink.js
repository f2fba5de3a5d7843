// @ts-check
// Small copies of pictures.

/** A copy of which the longer side, or another by `by`, is at most `side`; never enlarged.
 * @param {CanvasImageSource & {width: any, height: any, naturalWidth?: number, naturalHeight?: number}} source @param {number} side
 * @param {(a: number, b: number) => number} [by] @returns {HTMLCanvasElement} */
export function shrunk(source, side, by = Math.max) {
  const [width, height] = [source.naturalWidth ?? source.width, source.naturalHeight ?? source.height];
  const scale = Math.min(1, side / by(width, height));
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [width, height].map((one) => Math.max(1, Math.round(one * scale)));
  const context = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, copy.width, copy.height);
  return copy;
}
