// What every library's worker does: answers the page's requests one by one.

/**
 * @param {{open(backend: string): Promise<string>, load(network: object, weighted: object[], side: number): Promise<void>,
 *          forward?(): Promise<Float32Array>, step?(whole: boolean): Promise<Float32Array>}} library
 * `open` answers with the library's version; `load` takes a network and prepares for pictures of a side; `forward` gives the deepest
 * features by planes; `step` gives the loss and the gradient's sum, or with `whole` the gradient itself by planes.
 */
export function answer(library) {
  const operations = {
    open: (backend) => library.open(backend),
    load: (network, side) => library.load(network, side),
    outcome: (work) => (work === "forward" ? library.forward() : library.step(true)),
    async time(work) {
      const began = performance.now();
      await (work === "forward" ? library.forward() : library.step(false));
      return (performance.now() - began) / 1000;
    },
  };
  self.addEventListener("message", async ({ data: { operation, values } }) => {
    try {
      self.postMessage({ value: await operations[operation](...values) });
    } catch (error) {
      self.postMessage({ error: String(error?.message ?? error) });
    }
  });
  self.postMessage({ value: "there" });
}
