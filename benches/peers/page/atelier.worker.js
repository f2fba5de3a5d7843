// Atelier itself, in the build of `src/`.
import { answer } from "./contender.js";
import { modelFile } from "./model-file.js";
import { NETWORKS, photo, pictures, style, weighted } from "./networks.js";
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
    if (loaded !== name) {
      if (network.file) bench.generator(new Uint8Array(await (await fetch(`${network.file}.safetensors`)).arrayBuffer()));
      else bench.network(modelFile(network, weighted(network)));
    }
    loaded = name;
    if (network.file) bench.photo(photo(side), side, style(network));
    else await bench.pictures(pictures(side), side);
  },
  forward: () => (NETWORKS[loaded].file ? bench.paint() : bench.forward()),
  step: (whole) => bench.step(whole),
});
