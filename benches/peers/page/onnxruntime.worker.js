// ONNX Runtime Web. It has no gradients, so no step.
import { answer } from "./contender.js";
import { NETWORKS, photo, pictures, style, weighted } from "./networks.js";
import { onnxFile } from "./onnx.js";

let ort;
let provider;
let session;
let inputs;

answer({
  async open(backend) {
    provider = backend;
    const library = new URL("./npm/onnxruntime-web/", import.meta.url).href;
    ort = await import(`${library}ort.${backend}.min.mjs`);
    ort.env.wasm.wasmPaths = library;
    ort.env.wasm.numThreads = 1;
    return ort.env.versions.web;
  },
  async load(name, side) {
    await session?.release();
    const network = NETWORKS[name];
    const file = network.file ? new Uint8Array(await (await fetch(`${network.file}.onnx`)).arrayBuffer()) : onnxFile(network, weighted(network), side);
    session = await ort.InferenceSession.create(file, { executionProviders: [provider] });
    const planes = (values) => new ort.Tensor("float32", values, [1, 3, side, side]);
    inputs = network.file
      ? { content: planes(photo(side)), style: new ort.Tensor("float32", style(network), [1, network.style]) }
      : { picture: planes(pictures(side).subarray(0, 3 * side * side)) };
  },
  async forward() {
    const outcome = await session.run(inputs);
    return outcome[session.outputNames[0]].data;
  },
});
