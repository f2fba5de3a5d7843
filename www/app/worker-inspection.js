// The worker's side of "How it works": what the network sees of pictures.

import { read } from "./worker-pictures.js";
import { aside, describing, free, studio } from "./worker-studio.js";

export const operations = { look };

/** What is seen of each picture, and how far each is from the style, which is one of them. It borrows the engine, so runs wait for it. */
function look({ pictures, style, side }, tell) {
  return aside(() => seen(pictures, style, side, tell));
}

async function seen(pictures, style, side, tell) {
  await describing(tell);
  const inspections = [];
  try {
    for (const given of pictures) {
      const picture = await read(given);
      try {
        inspections.push(await studio.engine.inspect(picture, side));
      } finally {
        picture.free();
      }
    }
    const value = inspections.map((one) => ({ taps: one.taps(), losses: one.styleLosses(inspections[style]) }));
    return { value, transfer: value.flatMap(({ taps }) => taps.flatMap(({ maps, peaks, gram }) => [maps.buffer, peaks.buffer, gram.buffer])) };
  } finally {
    inspections.forEach(free);
  }
}
