// @ts-check
// "How it works": what the network sees of the photo, the style and the result, layer by layer; what of it is style; and how a painting came
// to have it. Everything shown is computed from the pictures at hand, or from samples where there are none.
import { byId } from "./dom.js";
import { AtelierError, showError } from "./errors.js";
import { shrunk } from "./shrink.js";
import { number, onLanguage, put, t } from "./text.js";

/** @typedef {import("./engine.js").Tap} Tap */
/** @typedef {import("./engine.js").Seen} Seen */
/** @typedef {"content" | "style" | "result"} Kind */
/** `frames`: how the result came to be, where that was recorded.
 * @typedef {{content: CanvasImageSource | null, style: CanvasImageSource | null, result: CanvasImageSource | null, frames: readonly import("./recording.js").Frame[]}} Pictures */

/** Large enough for the deepest block to see shapes, small enough to take a moment. */
const SIDE = 224;
const FRAME_SIDE = 128;
const MAPS = 12;
/** Channels of a Gram matrix that are drawn: the strongest of the style's. */
const ROWS = 40;
const CHART = { width: 320, height: 130, left: 4, right: 4, top: 6, bottom: 6 };
/** @type {Kind[]} */
const KINDS = ["content", "style", "result"];

const dialog = byId("how");
const line = byId("how-error");
const busy = byId("how-busy");
const body = byId("how-body");
const layers = byId("how-layers");
const kinds = byId("how-kinds");

/** @type {Partial<Record<Kind, Seen>>} */
let seen = {};
/** The style losses of the painting on its way. @type {{iteration: number, losses: Float32Array}[]} */
let course = [];
let layer = 2;
/** @type {Kind} */
let kind = "style";
/** Another opening overtakes one that is still looked at. */
let turn = 0;

/** @param {import("./engine.js").Engine["look"]} look @param {Pictures} pictures */
export async function explain(look, pictures) {
  const mine = ++turn;
  dialog.showModal();
  line.hidden = true;
  busy.hidden = false;
  body.hidden = true;
  try {
    const [content, style] = await Promise.all([pictures.content ?? sample("content"), pictures.style ?? sample("style")]);
    const there = { content, style, result: pictures.result };
    const given = KINDS.filter((one) => there[one]);
    const looked = await look({ pictures: given.map((one) => pixels(/** @type {CanvasImageSource} */ (there[one]), SIDE)), style: given.indexOf("style"), side: SIDE });
    const { frames } = pictures;
    const small = [style, ...frames.map(({ canvas }) => canvas)].map((one) => pixels(one, FRAME_SIDE));
    const along = frames.length > 1 ? await look({ pictures: small, style: 0, side: FRAME_SIDE }) : [];
    if (mine !== turn) return;
    seen = Object.fromEntries(given.map((one, at) => [one, looked[at]]));
    course = frames.map(({ iteration }, at) => ({ iteration, losses: along[at + 1]?.losses })).filter(({ losses }) => losses);
    if (!seen[kind]) kind = "style";
    choices();
    body.hidden = false;
    draw();
  } catch (thrown) {
    showError(line, AtelierError.from(thrown));
  } finally {
    if (mine === turn) busy.hidden = true;
  }
}

/** The first of the shelf stands in for a picture that is not there yet. @param {"content" | "style"} well @returns {Promise<CanvasImageSource>} */
async function sample(well) {
  const image = document.querySelector(`#${well}-shelf img`);
  if (!(image instanceof HTMLImageElement)) throw new AtelierError(`${well}-missing`, "visitor");
  await image.decode();
  return image;
}

/** @param {any} source @param {number} side @returns {import("./mask.js").Pixels} */
function pixels(source, side) {
  const canvas = shrunk(source, side);
  const { width, height, data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(0, 0, canvas.width, canvas.height);
  return { width, height, pixels: data.buffer };
}

/** Which layer, and of which picture. */
function choices() {
  const taps = seen.style?.taps ?? [];
  layer = Math.min(layer, taps.length - 1);
  layers.replaceChildren(...taps.map((tap, at) => radio("how-layer", at === layer, () => `${t(`layer.${at + 1}`)} (${tap.name})`, () => { layer = at; })));
  kinds.replaceChildren(...KINDS.filter((one) => seen[one]).map((one) => radio("how-kind", one === kind, () => t(`how.${one}`), () => { kind = one; })));
}

/** @param {string} name @param {boolean} checked @param {() => string} words @param {() => void} choose */
function radio(name, checked, words, choose) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name, checked });
  input.addEventListener("change", () => {
    choose();
    draw();
  });
  label.append(input, words());
  return label;
}

function draw() {
  const shown = seen[kind];
  const style = seen.style;
  if (!shown || !style) return;
  const tap = shown.taps[layer];
  const order = strongest(tap).slice(0, MAPS);
  byId("how-maps").replaceChildren(...order.map((channel) => mapOf(tap, channel)));
  put(byId("how-maps-about"), "how.maps", { count: order.length, channels: tap.channels, width: tap.width, height: tap.height });
  const rows = strongest(style.taps[layer]).slice(0, ROWS);
  const most = Math.max(...rows.map((row) => style.taps[layer].gram[row * style.taps[layer].channels + row]));
  byId("how-grams").replaceChildren(...KINDS.filter((one) => seen[one]).map((one) => {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const loss = /** @type {Seen} */ (seen[one]).losses[layer];
    caption.textContent = one === "style" ? t("how.style") : t("how.apart", { what: () => t(`how.${one}`), percent: number(loss, { style: "percent", maximumFractionDigits: loss < .1 ? 1 : 0 }) });
    figure.append(gramOf(/** @type {Seen} */ (seen[one]).taps[layer], rows, most), caption);
    return figure;
  }));
  chart(style.taps.length);
}

/** Channels by how much they see. @param {Tap} tap @returns {number[]} */
function strongest({ channels, gram }) {
  return [...Array(channels).keys()].sort((a, b) => gram[b * channels + b] - gram[a * channels + a]);
}

/** @param {Tap} tap @param {number} channel */
function mapOf({ width, height, maps }, channel) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    const value = maps[channel * width * height + at];
    image.data.set([value, value, value, 255], 4 * at);
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/** The rows and columns of these channels; bright is often together, relative to `most`. @param {Tap} tap @param {number[]} rows @param {number} most */
function gramOf({ channels, gram }, rows, most) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = rows.length;
  const image = new ImageData(rows.length, rows.length);
  rows.forEach((row, y) => rows.forEach((column, x) => {
    const value = Math.sqrt(Math.max(0, gram[row * channels + column]) / most);
    image.data.set([Math.min(255, 300 * value), Math.min(255, 40 + 190 * value), Math.min(255, 60 + 80 * value), 255], 4 * (y * rows.length + x));
  }));
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/** The style loss of each layer over the painting, on a logarithmic scale. @param {number} taps */
function chart(taps) {
  byId("how-course").hidden = course.length < 2;
  if (course.length < 2) return;
  const { width, height, left, right, top, bottom } = CHART;
  const all = course.flatMap(({ losses }) => [...losses]).map((loss) => Math.log10(Math.max(loss, 1e-6)));
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const last = course[course.length - 1].iteration || 1;
  const x = (/** @type {number} */ iteration) => left + iteration / last * (width - left - right);
  const y = (/** @type {number} */ loss) => top + (most - Math.log10(Math.max(loss, 1e-6))) / Math.max(most - least, 1e-6) * (height - top - bottom);
  const lines = [...Array(taps).keys()].map((at) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M${course.map(({ iteration, losses }) => `${x(iteration).toFixed(1)} ${y(losses[at]).toFixed(1)}`).join("L")}`);
    path.setAttribute("class", `course course-${at + 1}`);
    path.toggleAttribute("data-chosen", at === layer);
    return path;
  });
  byId("how-chart").replaceChildren(...lines);
  const ends = [0, course.length - 1].map((at) => number(course[at].losses[layer], { style: "percent", maximumFractionDigits: 1 }));
  put(byId("how-course-about"), "how.course", { layer: () => t(`layer.${layer + 1}`), from: ends[0], to: ends[1], iterations: last });
  byId("how-legend").replaceChildren(...[...Array(taps).keys()].map((at) => {
    const item = document.createElement("li");
    item.className = `course-${at + 1}`;
    item.textContent = t(`layer.${at + 1}`);
    return item;
  }));
}

byId("how-close").addEventListener("click", () => dialog.close());
onLanguage(() => {
  if (!dialog.open || body.hidden) return;
  choices();
  draw();
});
