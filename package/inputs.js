// @ts-check
// Pictures as a page has them, made into what can be sent to the worker. It gets copies: nothing of the caller's is detached.
import { checkNumbers } from "./options.js";
import { platform } from "./platform.js";

/** Numbers for what never changes, by which the worker knows it again. @type {WeakMap<object, number>} */
const numbers = new WeakMap();
let count = 0;

/** Whether it is an instance of a class that not every place has. @param {any} thing @param {string} name */
const isA = (thing, name) => {
  const kind = /** @type {any} */ (globalThis)[name];
  return typeof kind === "function" && thing instanceof kind;
};

/** Those of another window's are of another class. @param {any} thing */
const isBlob = (thing) => isA(thing, "Blob") || ["[object Blob]", "[object File]"].includes(Object.prototype.toString.call(thing));

/** The pictures of one job. */
export class Loan {
  /** Made here, and closed when the job is over. @type {ImageBitmap[]} */
  #bitmaps = [];
  #over = false;

  /** @param {any} picture @returns {Promise<any>} */
  async picture(picture) {
    if (isBlob(picture)) return platform.portable(picture);
    if (isPixels(picture) && !isWide(picture)) return pixels(picture);
    if (isA(picture, "HTMLImageElement")) {
      // One that is there is copied at once: the caller may show another in its place.
      if (!(picture.complete && picture.naturalWidth)) await picture.decode().catch(unreadable);
    } else if (!["HTMLCanvasElement", "OffscreenCanvas", "ImageBitmap", "ImageData"].some((name) => isA(picture, name))) throw unusable(picture);
    if (isA(picture, "ImageBitmap") && !picture.width) throw new TypeError("this ImageBitmap is closed");
    const bitmap = await createImageBitmap(picture).catch(unreadable);
    if (this.#over) bitmap.close();
    else this.#bitmaps.push(bitmap);
    return bitmap;
  }

  /** With a number: the same one for the same picture, as far as that cannot have been drawn on meanwhile. @param {any} picture */
  async numbered(picture) {
    const number = numbers.get(picture) ?? ++count;
    if (isBlob(picture) || isA(picture, "ImageBitmap")) numbers.set(picture, number);
    return { number, file: await this.picture(picture) };
  }

  /** One style or several, each a picture or one with its weight and masks.
   * @template {object} T @param {any} styles @param {(picture: any) => Promise<T>} take @returns {Promise<(T & {weight: number})[]>} */
  async styles(styles, take) {
    const list = Array.isArray(styles) ? styles : styles === null || styles === undefined ? [] : [styles];
    return Promise.all(list.map(async (style) => {
      const { picture, weight = 1, mask, region } = "picture" in Object(style) ? style : { picture: style };
      checkNumbers({ weight });
      // Before anything is waited for.
      const masks = { mask: mask && this.mask(mask), region: region && this.mask(region) };
      return { ...await take(picture), weight, ...masks };
    }));
  }

  /** @param {any} mask */
  mask(mask) {
    if (!isPixels(mask)) throw new TypeError("a mask is pixels: ImageData, or { width, height, data }");
    return pixels(mask);
  }

  /** Whether there is one of another origin among them: that can be shown, and not be looked into. */
  get foreign() {
    return this.#bitmaps.some((bitmap) => {
      try {
        structuredClone(bitmap).close();
        return false;
      } catch {
        return true;
      }
    });
  }

  end() {
    this.#over = true;
    for (const bitmap of this.#bitmaps.splice(0)) bitmap.close();
  }
}

/** @param {any} picture */
const isPixels = (picture) => {
  const { width, height, data } = Object(picture);
  return isA(data, "Uint8ClampedArray") && Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && data.length === 4 * width * height;
};

/** Whether its colours are of a larger space than sRGB, from which a bitmap brings them. @param {any} picture */
const isWide = (picture) => isA(picture, "ImageData") && ![undefined, "srgb"].includes(picture.colorSpace);

/** A copy: the caller may go on drawing. @param {ImageData} picture */
const pixels = ({ width, height, data }) => ({ width, height, pixels: data.slice().buffer });

/** @param {any} thing */
const unusable = (thing) => new TypeError(`${Object.prototype.toString.call(thing).slice(8, -1)} is no picture that Atelier takes`);

/** @returns {never} */
function unreadable() {
  throw { code: "picture-undecodable-here", party: "visitor", details: { format: "" } };
}
