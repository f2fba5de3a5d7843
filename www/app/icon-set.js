// @ts-check
// The files of an icon set, made of one picture. It is made square on its plain pixels, and the engine brings it to each size: by Lanczos
// in linear light, with colours weighed by their alpha, which no canvas does.
import { encoded, png } from "./download.js";
import { ico } from "./ico.js";

/** @typedef {import("./mask.js").Pixels} Pixels */
/** @typedef {import("./zip.js").Entry} Entry */
/** `ground`: "#rrggbb" behind a maskable icon; `scale`: the picture's share of its side.
 * @typedef {{sizes: number[], shape: "pad" | "crop", ico: boolean, maskable: boolean, scale: number, ground: string}} Wanted */

export const SIZES = [16, 24, 32, 48, 64, 128, 180, 192, 256, 512, 1024];
const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256];
const MASKABLE_SIZES = [192, 512];
/** What iOS takes for the home screen. */
const APPLE = 180;

/** The picture as a square: with transparent margins, or its middle. @param {Pixels} picture @param {"pad" | "crop"} shape @returns {Pixels} */
export function squared({ width, height, pixels }, shape) {
  const side = shape === "pad" ? Math.max(width, height) : Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const from = new Uint8Array(pixels);
  const to = new Uint8Array(4 * side * side);
  const across = Math.min(side, width);
  for (let row = 0; row < Math.min(side, height); row++) {
    const source = 4 * ((row + Math.max(0, top)) * width + Math.max(0, left));
    to.set(from.subarray(source, source + 4 * across), 4 * ((row + Math.max(0, -top)) * side + Math.max(0, -left)));
  }
  return { width: side, height: side, pixels: to.buffer };
}

/** All files. @param {import("./engine.js").Engine} engine @param {Pixels} picture @param {Wanted} wanted @param {string} name of the site or app
 * @returns {Promise<Entry[]>} */
export async function iconSet(engine, picture, wanted, name) {
  const { square, whole } = await largest(engine, squared(picture, wanted.shape));
  const icon = async (/** @type {number} */ side) => {
    const picture = await at(engine, whole, square, side);
    // What is transparent iOS shows black.
    return png(engine, side === APPLE ? grounded(picture, side, wanted.ground) : picture);
  };
  /** @type {Entry[]} */
  const entries = [];
  for (const side of wanted.sizes) entries.push({ name: `icon-${side}.png`, blob: await icon(side) });
  if (wanted.ico) {
    const pictures = [];
    // The format asks for alpha in each, whether there is anything transparent or not.
    for (const side of ICO_SIZES) pictures.push({ side, blob: await encoded(engine, await at(engine, whole, square, side), "rgba-png", 1) });
    entries.push({ name: "favicon.ico", blob: ico(pictures) });
  }
  for (const side of wanted.maskable ? MASKABLE_SIZES : []) {
    const inner = await at(engine, whole, square, Math.round(side * wanted.scale));
    entries.push({ name: `maskable-${side}.png`, blob: await png(engine, grounded(inner, side, wanted.ground)) });
  }
  entries.push({ name: "site.webmanifest", blob: new Blob([manifest(wanted, name)], { type: "application/manifest+json" }) });
  entries.push({ name: "links.txt", blob: new Blob([links(wanted)], { type: "text/plain" }) });
  return entries;
}

/** The square, no larger than the largest icon: what is made of it needs not be read at its full size a dozen times.
 * @param {import("./engine.js").Engine} engine @param {Pixels} square @returns {Promise<{square: Pixels, whole: Blob}>} also as a file */
async function largest(engine, square) {
  const most = SIZES[SIZES.length - 1];
  const whole = await png(engine, square);
  if (square.width <= most) return { square, whole };
  return largest(engine, (await engine.inspect(whole, most)).preview);
}

/** The square at a size. @param {import("./engine.js").Engine} engine @param {Blob} whole @param {Pixels} square the same @param {number} side @returns {Promise<Pixels>} */
async function at(engine, whole, square, side) {
  if (side === square.width) return square;
  if (side < square.width) return (await engine.inspect(whole, side)).preview;
  return enlarged(square, side);
}

/** The engine only shrinks. @param {Pixels} square @param {number} side @returns {Pixels} */
function enlarged({ width, pixels }, side) {
  const small = new OffscreenCanvas(width, width);
  small.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, width), 0, 0);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(side, side).getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, side, side);
  return { width: side, height: side, pixels: context.getImageData(0, 0, side, side).data.buffer };
}

/** A picture in the middle of a ground without any transparency: systems cut maskable icons as they like.
 * @param {Pixels} picture square @param {number} side @param {string} ground @returns {Pixels} */
export function grounded({ width, pixels }, side, ground) {
  const colour = [1, 3, 5].map((at) => parseInt(ground.slice(at, at + 2), 16));
  const from = new Uint8Array(pixels);
  const to = new Uint8Array(4 * side * side);
  const edge = Math.floor((side - width) / 2);
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [at % side - edge, Math.floor(at / side) - edge];
    const inside = x >= 0 && y >= 0 && x < width && y < width;
    const source = 4 * (y * width + x);
    const alpha = inside ? from[source + 3] / 255 : 0;
    for (let channel = 0; channel < 3; channel++) {
      to[4 * at + channel] = Math.round(colour[channel] + alpha * ((inside ? from[source + channel] : 0) - colour[channel]));
    }
    to[4 * at + 3] = 255;
  }
  return { width: side, height: side, pixels: to.buffer };
}

/** The mean colour of what stands at the border of a square, as "#rrggbb". @param {Pixels} square */
export function borderColour({ width, pixels }) {
  const from = new Uint8Array(pixels);
  const sums = [0, 0, 0, 0];
  const add = (/** @type {number} */ at) => {
    const alpha = from[4 * at + 3];
    for (let channel = 0; channel < 3; channel++) sums[channel] += from[4 * at + channel] * alpha;
    sums[3] += alpha;
  };
  // The four sides, each without the corner that it ends in.
  const last = width - 1;
  for (let along = 0; along < Math.max(1, last); along++) [along, along * width + last, last * width + last - along, (last - along) * width].forEach(add);
  // With nothing there, white is what most icons stand on.
  const colour = sums.slice(0, 3).map((sum) => (sums[3] ? Math.round(sum / sums[3]) : 255));
  return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** What a web app's manifest says of its icons. @param {Wanted} wanted @param {string} name */
function manifest({ sizes, maskable, ground }, name) {
  const icon = (/** @type {string} */ file, /** @type {number} */ side, /** @type {string} */ purpose) => ({ src: file, sizes: `${side}x${side}`, type: "image/png", purpose });
  const plain = sizes.filter((side) => side >= 48).map((side) => icon(`icon-${side}.png`, side, "any"));
  const masked = maskable ? MASKABLE_SIZES.map((side) => icon(`maskable-${side}.png`, side, "maskable")) : [];
  return `${JSON.stringify({ name, icons: [...plain, ...masked], theme_color: ground, background_color: ground, display: "standalone" }, null, 2)}\n`;
}

/** What belongs into a page's head. @param {Wanted} wanted */
function links(wanted) {
  const lines = [
    ...(wanted.ico ? ['<link rel="icon" href="favicon.ico" sizes="16x16 24x24 32x32 48x48 64x64 128x128 256x256">'] : []),
    ...wanted.sizes.filter((side) => side !== APPLE).map((side) => `<link rel="icon" type="image/png" sizes="${side}x${side}" href="icon-${side}.png">`),
    ...(wanted.sizes.includes(APPLE) ? [`<link rel="apple-touch-icon" sizes="${APPLE}x${APPLE}" href="icon-${APPLE}.png">`] : []),
    '<link rel="manifest" href="site.webmanifest">',
  ];
  return `${lines.join("\n")}\n`;
}
