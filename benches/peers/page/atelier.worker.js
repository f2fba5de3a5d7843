// Atelier itself, in the build of `src/`.
import { answer } from "./contender.js";
import { modelFile } from "./model-file.js";
import { NETWORKS, pictures, weighted } from "./networks.js";
import init, { Bench } from "./wasm/peers.js";

let bench;
let loaded;

answer({
  async open(backend) {
    await init();
    bench = await Bench.open(backend);
    return "";
  },
  async load(name, side) {
    const network = NETWORKS[name];
    if (loaded !== name) bench.network(modelFile(network, weighted(network)));
    loaded = name;
    await bench.pictures(pictures(side), side);
  },
  forward: () => bench.forward(),
  step: (whole) => bench.step(whole),
});
