// The networks, their weights, and the pictures that they are given: the same numbers for every library, from a fixed seed.

/** @typedef {{name: string, input: number, output: number, block: number, rectified: string}} Layer */

const TORCHVISION = { scale: [1 / 0.229, 1 / 0.224, 1 / 0.225], shift: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225] };

/** A VGG: `content` is where content is compared; style is compared at the first layer of each block. Another network is another entry. */
export const NETWORKS = {
  lite: { blocks: [[32, 32], [64, 64], [128, 128, 128], [256]], preprocess: { scale: [4, 4, 4], shift: [-1.8, -1.8, -1.8] }, content: "3_2" },
  vgg19: { blocks: [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512]], preprocess: TORCHVISION, content: "4_2" },
  // A generator, as a file of ours and as the ONNX model that is exported from it. What it is told of a style has so many values.
  generator: { file: "any-style", style: 960 },
};

/** Brings both losses to one order of magnitude, so that a mistake in either shows. As in `src/workload.rs`. */
export const STYLE_WEIGHT = 1e6;

/** Every convolution in order: its place as the paper writes it, its block, its channels. */
export function layers({ blocks }) {
  let input = 3;
  return blocks.flatMap((widths, block) =>
    widths.map((output, layer) => {
      const made = { place: `${block + 1}_${layer + 1}`, block: block + 1, first: layer === 0, input, output };
      input = output;
      return made;
    }),
  );
}

/** The network's layers with `weight` `[output, input, 3, 3]` and `bias` `[output]`, scaled so that features keep their size (He et al. 2015). */
export function weighted(network) {
  const random = uniform(1);
  return layers(network).map((layer) => {
    const reach = Math.sqrt(6 / (9 * layer.input));
    const weight = Float32Array.from({ length: 9 * layer.input * layer.output }, () => reach * (2 * random() - 1));
    const bias = Float32Array.from({ length: layer.output }, () => 0.1 * (random() - 0.5));
    return { ...layer, weight, bias };
  });
}

/** The picture, the content and the style one after the other, RGB in 0…1 by planes. The style has a tint and less contrast, or there would
 * be next to nothing to compare. */
export function pictures(side) {
  const random = uniform(2);
  const plane = side * side;
  return Float32Array.from({ length: 9 * plane }, (_, index) => {
    const value = random();
    return index < 6 * plane ? value : 0.2 * (Math.floor(index / plane) - 5) + 0.3 * value;
  });
}

/** A photo of bytes, RGB in 0…1 by planes: a ramp with some noise, so that a mistake in place shows. */
export function photo(side) {
  const random = uniform(3);
  return Float32Array.from({ length: 3 * side * side }, (_, index) => Math.round(55 + (index % side) * 120 / side + 80 * random()) / 255);
}

/** What a generator is told of a style. */
export function style({ style }) {
  const random = uniform(4);
  return Float32Array.from({ length: style }, () => 0.5 * random());
}

/** Marsaglia's xorshift, 0…1. */
function uniform(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
