// The worker's side of generators: the site's and the visitor's own, and photos being painted with them.
//
// What was last in use stays: the generator, what it was told of each style, and the photo as it was encoded. So another strength or style
// costs the way out only.

import { about } from "./header.js";
import { isGenerator } from "./networks.js";
import { ENDING, generators as stored } from "./store.js";
import { letGo, read } from "./worker-pictures.js";
import { Job, aside, chosen, describing, failure, free, progressOf, studio } from "./worker-studio.js";
import { StyleMix, fetchModel, listModels } from "./wasm/atelier.js";

export const operations = { listGenerators, importGenerator, readGenerator, removeGenerator, thumbnail, generate };

/** More than anybody mixes; pictures of which each is new must not add up. */
const MOST_DESCRIBED = 256;

/** @type {{id: string, generator: import("./wasm/atelier.js").Generator} | null} */
let current = null;
/** What the current generator was told of each style picture, by the picture's number, the long side of what is painted and the size of strokes. @type {Map<string, Float32Array>} */
const described = new Map();
/** @type {{key: string, work: import("./wasm/atelier.js").Painting} | null} */
let painting = null;

/** The site's generators, and those that are kept on this device; `passing` looks at the site's alone. */
async function listGenerators({ passing = false }) {
  const ofSite = listModels(studio.models).then((models) => models.filter(({ id }) => isGenerator(id)));
  if (passing) return { value: { site: await ofSite, kept: [] } };
  // Without the site those of this device can be painted with all the same.
  const asked = ofSite.then((site) => ({ site }), (failure) => ({ site: null, failure }));
  const files = (await stored.list()).sort((a, b) => a.lastModified - b.lastModified);
  const mine = files.map(async (file) => ({ id: file.name.replace(ENDING, ""), bytes: file.size, ...await about(file) }));
  return { value: { ...await asked, kept: await Promise.all(mine) } };
}

/** Keeps a generator under a name of its own; `unstored` is the file where the browser has no room for it, or nobody wants it stored. */
export async function keep(bytes, wanted = true) {
  const id = `own-${Date.now().toString(36)}`;
  const place = wanted && await stored.write(id + ENDING, bytes);
  const file = new Blob([bytes]);
  return { id, bytes: bytes.length, ...await about(file), unstored: place ? null : file };
}

/** The file of a generator, wherever it is. */
export async function fileOf({ id, unstored, site }, tell) {
  if (site) return fetchModel(studio.models, id, progressOf("generator", tell));
  const file = unstored ?? await stored.read(id + ENDING);
  if (!file) throw failure("generator-lost", "visitor");
  return chosen(file);
}

async function importGenerator({ file }) {
  return aside(() => imported(file));
}

async function imported(file) {
  await describing(() => {});
  const bytes = await chosen(file);
  try {
    studio.engine.generator(bytes, file.name).free();
  } catch (error) {
    if (error?.code !== "model-damaged") throw error;
    throw failure("generator-refused", "visitor", { file: file.name });
  }
  return { value: await keep(bytes) };
}

async function readGenerator({ generator }, tell) {
  return { value: { blob: new Blob([await fileOf(generator, tell)]) } };
}

async function removeGenerator({ name }) {
  await stored.remove(name + ENDING);
  // What a job is painting with it goes on; the next one will not find it.
  if (current?.id === name) current.id = "";
  return { value: {} };
}

/** A small photo, painted by a generator that need not be the one in use. */
async function thumbnail(asked, tell) {
  return aside(() => small(asked, tell));
}

async function small({ generator: wanted, photo, side }, tell) {
  await describing(tell);
  let generator, picture, mix, work;
  try {
    generator = studio.engine.generator(await fileOf(wanted, tell), wanted.id);
    picture = await read(photo);
    mix = new StyleMix();
    work = generator.paint(picture, { size: side, colors: "style", seamless: false });
    await work.begin(mix, 1, 1);
    for (;;) {
      const event = await work.next();
      if (!event) throw failure("internal", "bug", { message: "the painting ended without a result" });
      if (event.kind !== "done") continue;
      const { width, height, pixels } = event;
      return { value: { width, height, pixels }, transfer: [pixels] };
    }
  } finally {
    for (const held of [work, mix, picture, generator]) free(held);
  }
}

async function generate({ id, generator, content, styles, settings, strength, stroke }, tell) {
  if (studio.job) throw failure("run-in-progress", "visitor");
  const job = new Job(id);
  const mix = new StyleMix();
  try {
    await studio.aside;
    const used = await use(generator, tell);
    for (const style of styles) {
      mix.add(await tellOf(used, style, settings, stroke), style.weight);
      await job.turn(null);
      if (job.cancelled) return { value: { cancelled: true } };
    }
    const work = await encoded(used, content, settings);
    await work.begin(mix, strength, stroke);
    for (;;) {
      await job.turn(work);
      if (job.cancelled) return { value: { cancelled: true } };
      const event = await work.next();
      if (event?.kind === "done") {
        const { width, height, pixels } = event;
        return { value: { cancelled: false, width, height, pixels }, transfer: [pixels] };
      }
      if (!event) throw failure("internal", "bug", { message: "the painting ended without a result" });
      tell(event);
    }
  } finally {
    free(mix);
    job.end();
    // Whether they were read or known already.
    letGo([content, ...styles].map(({ file }) => file));
  }
}

/** Puts a generator to use, unless it is already. */
async function use(wanted, tell) {
  await describing(tell);
  if (current?.id === wanted.id) return current.generator;
  const bytes = await fileOf(wanted, tell);
  try {
    const generator = studio.engine.generator(bytes, wanted.name || wanted.id);
    forget();
    current = { id: wanted.id, generator };
    return generator;
  } catch (error) {
    throw await refusalOf(wanted, error);
  }
}

/** What is told of a generator's file that the engine has refused: a stored one that is damaged is gone. */
export async function refusalOf({ id, name, site, unstored }, error) {
  if (site) return error;
  if (error?.code === "model-other-version") return unstored ? error : failure("generator-foreign", "visitor");
  if (error?.code !== "model-damaged") return error;
  if (unstored) return failure("generator-refused", "visitor", { file: name });
  // It would be as damaged the next time.
  await stored.remove(id + ENDING);
  return failure("generator-lost", "visitor");
}

function forget() {
  const held = [painting?.work, current?.generator];
  painting = current = null;
  described.clear();
  held.forEach(free);
}

async function tellOf(generator, { number, file }, settings, stroke) {
  const key = JSON.stringify([number, settings.size, stroke]);
  let told = described.get(key);
  if (!told) {
    const picture = await read(file);
    try {
      told = await generator.describe(picture, settings, stroke);
    } finally {
      picture.free();
    }
    if (described.size >= MOST_DESCRIBED) described.clear();
    described.set(key, told);
  }
  // The mix takes over what it is given.
  return told.slice();
}

async function encoded(generator, { number, file }, settings) {
  const key = JSON.stringify([number, settings]);
  if (painting?.key === key) return painting.work;
  painting?.work.free();
  painting = null;
  const picture = await read(file);
  try {
    painting = { key, work: generator.paint(picture, settings) };
    return painting.work;
  } finally {
    picture.free();
  }
}
