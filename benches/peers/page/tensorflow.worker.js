// TensorFlow.js. A classic worker, since its modules import each other by names that only a bundler knows.
importScripts("npm/tfjs/tf.min.js");

let network;
let weights = [];
let images;
let targets;

async function start() {
  const { answer } = await import("./contender.js");
  const { NETWORKS, STYLE_WEIGHT, pictures, weighted } = await import("./networks.js");

  /** The network's features at the places in `wanted`, each after its ReLU, `[1, h, w, c]`. */
  function features(picture, wanted, convolve) {
    const found = {};
    let x = tf.add(tf.mul(picture, network.scale), network.shift);
    for (const layer of weights) {
      if (layer.first && layer.block > 1) x = tf.maxPool(x, 2, 2, "valid");
      x = convolve(x, layer);
      if (wanted.includes(layer.place)) found[layer.place] = x;
      if (layer.place === wanted.at(-1)) return found;
    }
    return found;
  }

  /** As fast as the library can; under a gradient it would compute the filter's too. */
  const fused = (x, { weight, bias }) => tf.fused.conv2d({ x, filter: weight, strides: 1, pad: "same", bias, activation: "relu" });
  const plain = (x, { weight, bias }) => tf.relu(tf.add(tf.conv2d(x, weight, 1, "same"), bias));

  function gram(features) {
    const [, height, width, channels] = features.shape;
    const flat = tf.reshape(features, [height * width, channels]);
    return tf.div(tf.matMul(flat, flat, true, false), height * width);
  }

  /** Gatys et al. (2016), eqs. 1 and 4. */
  function loss(picture) {
    const found = features(picture, network.taps, plain);
    const content = tf.mul(tf.sum(tf.square(tf.sub(found[network.content], targets.content))), 0.5);
    const styles = network.styleTaps.map((tap, index) => {
      const difference = tf.sub(gram(found[tap]), targets.styles[index]);
      return tf.mul(tf.sum(tf.square(difference)), STYLE_WEIGHT / network.styleTaps.length / (2 * found[tap].shape[3]) ** 2);
    });
    return styles.reduce((sum, style) => tf.add(sum, style), content);
  }

  /** `[1, h, w, c]` → by planes */
  const planes = async (x) => {
    const turned = tf.transpose(x, [0, 3, 1, 2]);
    const values = await turned.data();
    tf.dispose(turned);
    return values;
  };

  answer({
    async open(backend) {
      importScripts(`npm/tfjs-backend-${backend}/tf-backend-${backend}.min.js`);
      if (backend === "wasm") {
        tf.wasm.setWasmPaths(new URL("npm/tfjs-backend-wasm/", self.location.href).href);
        tf.wasm.setThreadsCount(1);
      }
      tf.enableProdMode();
      await tf.setBackend(backend);
      await tf.ready();
      return tf.version_core;
    },
    async load(name, side) {
      tf.dispose([network?.scale, network?.shift, images, targets, weights.map(({ weight, bias }) => [weight, bias])].filter(Boolean));
      const { preprocess, content, blocks } = NETWORKS[name];
      const styleTaps = blocks.map((_, index) => `${index + 1}_1`);
      const taps = [...styleTaps, content].sort();
      network = { content, styleTaps, taps, scale: tf.tensor(preprocess.scale), shift: tf.tensor(preprocess.shift) };
      weights = weighted(NETWORKS[name]).map(({ weight, bias, ...layer }) => ({
        ...layer,
        weight: tf.tidy(() => tf.transpose(tf.tensor(weight, [layer.output, layer.input, 3, 3]), [2, 3, 1, 0])),
        bias: tf.tensor(bias),
      }));
      const values = pictures(side);
      const plane = 3 * side * side;
      images = [0, 1, 2].map((index) =>
        tf.tidy(() => tf.transpose(tf.tensor(values.subarray(index * plane, (index + 1) * plane), [1, 3, side, side]), [0, 2, 3, 1])),
      );
      targets = tf.tidy(() => {
        const style = features(images[2], styleTaps, fused);
        return { content: features(images[1], [content], fused)[content], styles: styleTaps.map((tap) => gram(style[tap])) };
      });
    },
    async forward() {
      const deepest = network.styleTaps.at(-1);
      const found = tf.tidy(() => features(images[0], [deepest], fused)[deepest]);
      try {
        return await planes(found);
      } finally {
        found.dispose();
      }
    },
    async step(whole) {
      const { value, grad } = tf.tidy(() => tf.valueAndGrad(loss)(images[0]));
      const read = whole ? await planes(grad) : await tf.tidy(() => tf.sum(grad)).data();
      const outcome = Float32Array.from([...(await value.data()), ...read]);
      tf.dispose([value, grad]);
      return outcome;
    },
  });
}

start();
