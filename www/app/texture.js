// @ts-check
// Sides that are powers of two, as textures of games have them. The photo gets that shape before it is painted, stretched or cropped as
// the visitor says: the result is painted at its very size, and a seamless tile stays one, as nothing is resized behind it.
import { byId } from "./dom.js";
import { number, put, putComputed } from "./text.js";
import { paint } from "./wells.js";

/** @typedef {import("./wells.js").Picture} Picture */
/** How a photo gets its shape; "" is as it is. @typedef {"" | "stretch" | "crop"} Shape */
/** @typedef {{pixels: () => import("./mask.js").Pixels}} Drawn */
/** A part of a picture, as shares of its sides. @typedef {{left: number, top: number, width: number, height: number}} Part */

/** Below this a network sees nothing. */
const SHORTEST = 16;
const WHOLE = { left: 0, top: 0, width: 1, height: 1 };
export const isPower = (/** @type {number} */ side) => Number.isInteger(Math.log2(side));

/** The sides nearest to a picture's shape of which both are powers of two.
 * @param {{width: number, height: number}} picture @param {number} longest about what the longer side is to be @returns {[number, number]} */
function powerSides({ width, height }, longest) {
  const nearest = (/** @type {number} */ side) => Math.max(SHORTEST, 2 ** Math.round(Math.log2(side)));
  const long = nearest(longest);
  const short = nearest(long * Math.min(width, height) / Math.max(width, height));
  return width >= height ? [long, short] : [short, long];
}

/** The part of a picture that is seen: all of it, or its middle in the shape of `sides`.
 * @param {{width: number, height: number}} picture @param {Shape} shape @param {[number, number]} sides @returns {Part} */
function partOf({ width, height }, shape, [across, down]) {
  if (shape !== "crop") return WHOLE;
  const wider = width * down / (height * across);
  if (wider > 1) return { left: (1 - 1 / wider) / 2, top: 0, width: 1 / wider, height: 1 };
  return { left: 0, top: (1 - wider) / 2, width: 1, height: wider };
}

export class Texture {
  /** The last version of each photo. @type {WeakMap<Picture, {key: string, made: Promise<Picture>}>} */
  #made = new WeakMap();

  /** @param {import("./engine.js").Engine} engine @param {() => Picture | null} photo the one on the bench */
  constructor(engine, photo) {
    this.engine = engine;
    this.photo = photo;
    for (const prefix of ["", "generate-"]) {
      byId(`${prefix}power`).addEventListener("change", () => this.describe());
      byId(`${prefix}size`).addEventListener("change", () => this.describe());
    }
  }

  /** Offers the sizes that there are, and says what becomes of the photo. */
  describe() {
    for (const prefix of ["", "generate-"]) {
      const sizes = byId(`${prefix}size`);
      const shape = /** @type {Shape} */ (byId(`${prefix}power`).value);
      for (const option of sizes.options) option.disabled = shape !== "" && !isPower(Number(option.value));
      if (sizes.selectedOptions[0]?.disabled) {
        sizes.value = [...sizes.options].find(({ value, disabled }) => !disabled && Number(value) > Number(sizes.value))?.value ?? "4096";
      }
      this.#say(byId(`${prefix}power-about`), shape, Number(sizes.value));
    }
  }

  /** @param {HTMLElement} line @param {Shape} shape @param {number} size */
  #say(line, shape, size) {
    const photo = this.photo();
    if (!photo || !shape) return putComputed(line, () => "");
    const [width, height] = powerSides(photo, size);
    const part = partOf(photo, "crop", [width, height]);
    const lost = 1 - part.width * part.height;
    const percent = () => number(shape === "crop" ? lost : 1 / (1 - lost) - 1, { style: "percent" });
    // Less than half a percent is nothing that anybody sees.
    const key = lost < .005 ? "texture.as-is" : shape === "crop" ? "texture.cropped" : "texture.stretched";
    put(line, key, { width: String(width), height: String(height), percent });
  }

  /** The sides that a photo is painted with. @param {Picture} photo @param {Shape} shape @param {number} size @returns {{width: number, height: number}} */
  sides(photo, shape, size) {
    const [width, height] = shape ? powerSides(photo, size) : [photo.width, photo.height];
    return { width, height };
  }

  /** A photo in its shape: itself, or a picture made of it, which stays the same for the same wish.
   * @param {Picture} photo @param {Shape} shape @param {number} size the longer side of the result @returns {Promise<Picture>} */
  async shaped(photo, shape, size) {
    if (!shape) return photo;
    const sides = powerSides(photo, size);
    const key = [shape, ...sides].join();
    const last = this.#made.get(photo);
    if (last?.key === key) return last.made;
    const made = this.#make(photo, shape, sides);
    this.#made.set(photo, { key, made });
    // What failed is tried again the next time.
    made.catch(() => this.#made.delete(photo));
    return made;
  }

  /** The same for a photo of which there is only the file. @param {Blob} file @param {Shape} shape @param {number} size @returns {Promise<Blob>} */
  async shapedFile(file, shape, size) {
    if (!shape) return file;
    const { width, height } = await this.engine.inspect(file, 1);
    const photo = { file, name: () => "", base: "", width, height, preview: document.createElement("canvas") };
    return (await this.shaped(photo, shape, size)).file;
  }

  /** @param {Picture} photo @param {Shape} shape @param {[number, number]} sides @returns {Promise<Picture>} */
  async #make(photo, shape, [width, height]) {
    const part = partOf(photo, shape, [width, height]);
    const scale = Math.max(width / (photo.width * part.width), height / (photo.height * part.height));
    // The engine shrinks better than a canvas does; what is left is a stretch of less than half.
    const near = Math.ceil(Math.max(photo.width, photo.height) * Math.min(1, scale));
    const source = document.createElement("canvas");
    paint(source, (await this.engine.inspect(photo.file, near)).preview);
    const preview = document.createElement("canvas");
    [preview.width, preview.height] = [width, height];
    const context = /** @type {CanvasRenderingContext2D} */ (preview.getContext("2d"));
    context.imageSmoothingQuality = "high";
    const from = [part.left * source.width, part.top * source.height, part.width * source.width, part.height * source.height];
    context.drawImage(source, from[0], from[1], from[2], from[3], 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height).data.buffer;
    const { blob } = await this.engine.encode({ width, height, pixels, format: "png", quality: 1 });
    return { ...photo, file: blob, width, height, preview, origin: photo, shape };
  }

  /** What was painted over a photo, for that photo in its shape.
   * @param {Drawn | null} mask @param {Picture} photo @param {Shape} shape @param {number} size @returns {Drawn | null} */
  mask(mask, photo, shape, size) {
    if (!mask) return null;
    if (shape !== "crop") return mask;
    return { pixels: () => cropped(mask.pixels(), partOf(photo, shape, powerSides(photo, size))) };
  }
}

/** @param {import("./mask.js").Pixels} pixels @param {Part} part @returns {import("./mask.js").Pixels} */
function cropped({ width, height, pixels }, part) {
  const [left, top] = [Math.round(part.left * width), Math.round(part.top * height)];
  const across = Math.min(width - left, Math.max(1, Math.round(part.width * width)));
  const down = Math.min(height - top, Math.max(1, Math.round(part.height * height)));
  const rows = new Uint8Array(pixels);
  const middle = new Uint8Array(4 * across * down);
  for (let row = 0; row < down; row++) {
    const begin = 4 * ((top + row) * width + left);
    middle.set(rows.subarray(begin, begin + 4 * across), 4 * across * row);
  }
  return { width: across, height: down, pixels: middle.buffer };
}
