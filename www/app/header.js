// @ts-check
// What a file of ours says of itself, as safetensors have it: a length, and then a header in JSON.

/** The networks. */
const NETWORK = "atelier-vgg-1";
/** The checkpoints of a training: of a generator without deep blocks, of one with some, and on styles at several sizes. */
export const CHECKPOINTS = ["atelier-training-2", "atelier-training-3", "atelier-training-4"];
const MOST_BYTES = 1e6;
/** Long sides at which pictures are described to a generator that paints in any style. @type {[number, number]} */
const ANY_SIZES = [256, 1024];

/** What is wrong with a generator's file is said when it is used. @param {Blob} file */
export async function about(file) {
  try {
    const { name, style, steps } = JSON.parse((await told(file)).about);
    return { name, ownStyle: style !== null, sizes: sizesOf(style), steps };
  } catch (reason) {
    console.debug("generator", reason);
    return { name: "", ownStyle: true, sizes: null, steps: 0 };
  }
}

/** Long sides of the smallest and of the largest paintings for which a style was learnt, where it was at several sizes: of one size it is a list of numbers.
 * @param {null | number[] | {size: number}[]} style @returns {[number, number] | null} */
function sizesOf(style) {
  if (style === null) return ANY_SIZES;
  const sizes = style.flatMap((at) => (typeof at === "object" ? [at.size] : []));
  return sizes.length > 1 ? [sizes[0], sizes[sizes.length - 1]] : null;
}

/** Whether another version of Atelier made the file, rather than an accident this version's. @param {Blob} file @param {string[]} expected */
export async function isForeign(file, expected) {
  const format = await formatOf(file);
  return typeof format === "string" && format.startsWith("atelier-") && !expected.includes(format);
}

/** Whether a checkpoint is of a training whose losses another network measures than the one that describes styles. @param {Blob} file */
export const hasLossNetwork = (file) => told(file).then(({ training }) => JSON.parse(training).loss_network === true).catch(() => false);

/** Whether it ends before the header says that it does. @param {Blob} file */
export async function isCutShort(file) {
  const { header, end } = await headerOf(file);
  const ends = Object.values(header).map(({ data_offsets: offsets }) => offsets?.[1] ?? 0);
  return file.size < end + Math.max(0, ...ends);
}

/** Whether it is a network as we write it. @param {Blob} file */
export const isNetwork = async (file) => (await formatOf(file)) === NETWORK;

/** @param {Blob} file @returns {Promise<string | undefined>} */
const formatOf = (file) => told(file).then(({ format }) => format, () => undefined);

/** @param {Blob} file @returns {Promise<Record<string, string>>} */
const told = async (file) => (await headerOf(file)).header.__metadata__ ?? {};

/** The header, and where it ends. @param {Blob} file @returns {Promise<{header: Record<string, any>, end: number}>} */
async function headerOf(file) {
  const length = new DataView(await file.slice(0, 8).arrayBuffer()).getUint32(0, true);
  // A file of another kind begins with anything.
  if (length > MOST_BYTES) return { header: {}, end: 0 };
  return { header: JSON.parse(await file.slice(8, 8 + length).text()), end: 8 + length };
}
