// @ts-check
// What a batch does with each of its pictures: the chosen mode with the settings of the bench, as they are when the batch begins.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { numbered, particulars, readGenerating } from "./generate.js";
import { nameOf } from "./generators.js";
import { mode } from "./modes.js";
import { methodName, readSettings, unusual } from "./settings.js";

/** @typedef {import("./wells.js").Picture} Picture */
/** @typedef {import("./styles.js").Style} Style */
/** `base` is for the file's name, `name` for people. @typedef {{base: string, name: () => string, styles: Style[]}} Look */
/** What a painting in progress can be told; `content` is the photo in the shape that it is painted in. @typedef {{result: Promise<any>, content: Picture, pause: () => void, resume: () => void}} Work */
/** @typedef {(photo: Picture, look: Look, listener: import("./engine.js").Listener) => Promise<Work>} Begin */
/** How the card beside a picture says that it was made. @typedef {Pick<import("./label.js").Label, "medium" | "facts" | "particulars">} Made */
/** @typedef {{begin: Begin, made: Made}} Way */
/** @typedef {Way & {looks: Look[]}} Plan */
/** @typedef {{engine: import("./engine.js").Engine, styles: import("./styles.js").Styles, generators: import("./generators.js").Generators,
 *   models: import("./models.js").Models, texture: import("./texture.js").Texture}} Bench */

// What is shaped here is a copy of each photo: its other shape goes with it, where that of the bench's photo is kept for the next wish.

/** @param {Bench} bench @param {boolean} mixed all styles go into one picture, rather than each into its own @returns {Plan} */
export function plan(bench, mixed) {
  return mode() === "generate" ? generating(bench, mixed) : optimising(bench, mixed);
}

/** @param {Bench} bench @param {boolean} mixed @returns {Plan} */
function generating({ engine, styles, generators, texture }, mixed) {
  const generator = generators.chosen;
  if (!generator) throw new AtelierError("generator-missing", "visitor");
  const { strength, stroke, settings, shape } = readGenerating();
  const own = () => nameOf(generator);
  return {
    made: { medium: "label.generated", facts: { generator: () => nameOf(generator) }, particulars: particulars({ strength, stroke, settings }) },
    looks: generator.ownStyle ? [{ base: own(), name: own, styles: [] }] : looks(styles.list, mixed),
    async begin(photo, look, listener) {
      const content = await texture.shaped({ ...photo }, shape, settings.size);
      const told = look.styles.map(({ picture, weight }) => ({ ...numbered(picture.file), weight }));
      const work = engine.generate({ generator, content: numbered(content.file), styles: told, strength, stroke, settings }, listener);
      return { ...work, content };
    },
  };
}

/** @param {Bench} bench @param {boolean} mixed @returns {Plan} */
function optimising({ engine, styles, models, texture }, mixed) {
  const from = byId("from").value;
  // The last result is of another photo.
  const { settings: { model, ...settings }, error } = readSettings(from === "picture" ? "content" : from);
  if (error) throw error;
  const shape = byId("power").value;
  const { unstored } = models;
  return {
    made: {
      medium: "label.medium",
      facts: { method: methodName(settings), iterations: settings.iterations },
      particulars: () => unusual({ model, ...settings }),
    },
    looks: looks(styles.list, mixed),
    async begin(photo, look, listener) {
      const content = await texture.shaped({ ...photo }, shape, settings.size);
      const told = look.styles.map(({ picture, weight, mask }) => ({ file: picture.file, weight, mask: mask?.pixels() }));
      const work = engine.optimise({ content: content.file, styles: told, model, unstored, settings }, listener);
      return { ...work, content };
    },
  };
}

/** @param {Style[]} styles @param {boolean} mixed @returns {Look[]} */
function looks(styles, mixed) {
  if (!styles.length) throw new AtelierError("style-missing", "visitor");
  const look = (/** @type {Style[]} */ styles) => ({
    base: styles.map(({ picture }) => picture.base).join("+"),
    name: () => styles.map(({ picture }) => picture.name()).join(" + "),
    styles,
  });
  return mixed ? [look(styles)] : styles.map((style) => look([{ ...style, weight: 1 }]));
}
