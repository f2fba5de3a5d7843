// What the package promises, one function for each promise, run in the browser by tests/e2e/package.rs. A function answers what the test looks at,
// and throws where a promise is broken.
import * as api from "atelier-studio";
import type { Painted, Picture, TrainedGenerator } from "atelier-studio";

const { Atelier, AtelierError } = api;
const SIZE = 64;

const canvas = (width: number, height: number, draw: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement => {
  const element = Object.assign(document.createElement("canvas"), { width, height });
  draw(element.getContext("2d") as CanvasRenderingContext2D);
  return element;
};
const photo = canvas(96, 72, (context) => {
  const sky = context.createLinearGradient(0, 0, 0, 72);
  sky.addColorStop(0, "#8ac");
  sky.addColorStop(1, "#241");
  context.fillStyle = sky;
  context.fillRect(0, 0, 96, 72);
  context.fillStyle = "#fc6";
  context.fillRect(30, 20, 20, 30);
});
const style = canvas(96, 96, (context) => {
  for (let line = 0; line < 96; line += 6) {
    context.fillStyle = line % 12 ? "#c22" : "#226";
    context.fillRect(0, line, 96, 6);
  }
});
const pixels = (element: HTMLCanvasElement): ImageData => (element.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, element.width, element.height);
const file = (element: HTMLCanvasElement): Promise<Blob> => new Promise((resolve) => element.toBlob((blob) => resolve(blob as Blob)));

function check(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Mean difference of two pictures' samples, 0…255. */
function difference(one: ImageData, other: ImageData): number {
  check(one.width === other.width && one.height === other.height, `${one.width}×${one.height} and ${other.width}×${other.height}`);
  return one.data.reduce((sum, value, index) => sum + Math.abs(value - other.data[index]), 0) / one.data.length;
}

async function decoded(blob: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(blob);
  return pixels(canvas(bitmap.width, bitmap.height, (context) => context.drawImage(bitmap, 0, 0)));
}

async function failure(promise: Promise<unknown>): Promise<any> {
  return promise.then(() => { throw new Error("it was expected to fail"); }, (reason) => reason);
}

/** With an Atelier of its own. */
const alone = <T>(use: (atelier: InstanceType<typeof Atelier>) => Promise<T>) => async (): Promise<T> => {
  const atelier = new Atelier({ backend: "cpu" });
  try {
    return await use(atelier);
  } finally {
    atelier.dispose();
  }
};

export const promises: Record<string, () => Promise<unknown>> = {
  exports: async () => Object.keys(api).sort(),

  opens: async () => {
    let last = 0;
    // Who comes while it is on its way is told as well.
    const first = api.init();
    await Promise.all([first, api.init({ onProgress: (loaded) => { last = loaded; } })]);
    return alone(async (atelier) => [await atelier.ready, await atelier.generators(), last])();
  },

  // Every kind of picture gives the same result, and stays the caller's.
  takesPictures: alone(async (atelier) => {
    const blob = await file(photo);
    const bitmap = await createImageBitmap(photo);
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    const offscreen = new OffscreenCanvas(photo.width, photo.height);
    (offscreen.getContext("2d") as OffscreenCanvasRenderingContext2D).drawImage(photo, 0, 0);
    const kinds: Picture[] = [bitmap, pixels(photo), image, photo, offscreen];
    const expected = (await atelier.stylize(blob, style, { size: SIZE })).picture;
    check(difference(expected, (await atelier.stylize(blob, null, { size: SIZE, generator: "style-great-wave" })).picture) > 5, "styles differ");
    for (const kind of kinds) {
      const { picture } = await atelier.stylize(kind, [{ picture: style, weight: 2 }], { size: SIZE });
      // A picture that a canvas has drawn may be off by one.
      check(difference(picture, expected) < 2, `${kind}: ${difference(picture, expected)}`);
    }
    check(bitmap.width === 96, "the bitmap is still there");
    const copy = canvas(photo.width, photo.height, (context) => context.drawImage(photo, 0, 0));
    const early = atelier.stylize(copy, style, { size: SIZE });
    (copy.getContext("2d") as CanvasRenderingContext2D).fillRect(0, 0, copy.width, copy.height);
    check(difference((await early).picture, expected) < 2, "what is drawn after the call is another picture");
    const reused = atelier.stylize(image, style, { size: SIZE });
    image.src = "data:,";
    check(difference((await reused).picture, expected) < 2, "what is shown after the call is another picture");
    const wide = new OffscreenCanvas(photo.width, photo.height).getContext("2d", { colorSpace: "display-p3" }) as OffscreenCanvasRenderingContext2D;
    wide.drawImage(photo, 0, 0);
    const colours = wide.getImageData(0, 0, photo.width, photo.height, { colorSpace: "display-p3" });
    check(difference((await atelier.stylize(colours, style, { size: SIZE })).picture, expected) < 2, "colours of another space");
    bitmap.close();
    check(await failure(atelier.stylize(bitmap, style)) instanceof TypeError, "a closed bitmap");
    const refused = await failure(atelier.stylize("photo.png" as unknown as Picture, style));
    check(refused instanceof TypeError, String(refused));
    const nothing = await failure(atelier.stylize({ width: 0, height: 0, data: new Uint8ClampedArray() }, style));
    check(nothing instanceof TypeError, String(nothing));
    const many = await failure(atelier.train(Array.from({ length: 51 }, () => style), { contents: [photo] }).result());
    check(many instanceof TypeError, String(many));
    return kinds.length;
  }),

  givesPictures: alone(async (atelier) => {
    const exact = await atelier.stylize(photo, style, { size: SIZE });
    const png = await atelier.stylize(photo, style, { size: SIZE, output: "png" });
    const jpeg: Painted<"jpeg"> = await atelier.stylize(photo, style, { size: SIZE, output: "jpeg", quality: 0.95 });
    check(exact.picture instanceof ImageData && exact.width === 64 && exact.height === 48, "64 × 48 pixels");
    check(png.picture.type === "image/png" && jpeg.picture.type === "image/jpeg", "types");
    check(difference(await decoded(png.picture), exact.picture) < 1, "PNG loses nothing");
    check(difference(await decoded(jpeg.picture), exact.picture) < 12, "JPEG loses little");
    check(exact.backend === "cpu" && exact.seconds > 0, "how it was made");
    return "given";
  }),

  followsStrength: alone(async (atelier) => {
    const at = async (strength: number) => (await atelier.stylize(photo, style, { size: SIZE, strength })).picture;
    const [none, half, all] = [await at(0), await at(0.5), await at(1)];
    return [difference(none, half), difference(none, all)];
  }),

  // Asked for at once, done one after the other.
  takesTurns: alone(async (atelier) => {
    const order: number[] = [];
    const jobs = [0, 1, 2].map(async (index) => {
      await atelier.stylize(photo, style, { size: SIZE });
      order.push(index);
    });
    const stop = new AbortController();
    const waiting = failure(atelier.stylize(photo, style, { size: SIZE, signal: stop.signal }));
    stop.abort();
    check((await waiting).name === "AbortError" && order.length === 0, "who waits can leave at once");
    await Promise.all([...jobs, atelier.stylize(photo, style, { size: SIZE })]);
    return order;
  }),

  tellsOptimisation: alone(async (atelier) => {
    const kinds = new Set<string>();
    let last = "";
    let losses: number[] = [];
    for await (const event of atelier.optimize(photo, style, { size: SIZE, iterations: 12, output: "png" })) {
      kinds.add(last = event.kind);
      if (event.kind === "iteration") losses.push(event.loss);
      if (event.kind === "preview") check(event.picture instanceof ImageData, "a preview can be shown");
      if (event.kind === "done") check(event.picture.type === "image/png", "the result is as asked for");
    }
    check(last === "done", `the end is ${last}`);
    check(losses.at(-1)! < losses[0], `the loss falls: ${losses}`);
    const masked = { picture: style, region: pixels(canvas(96, 72, (context) => { context.fillStyle = "#fff"; context.fillRect(0, 0, 48, 72); })) };
    const keep = pixels(canvas(96, 72, (context) => { context.fillStyle = "#fff"; context.fillRect(0, 36, 96, 36); }));
    const { picture } = await atelier.optimize(photo, masked, { size: SIZE, iterations: 4, keep }).result();
    // Of a photo that is as large as the result, what is left alone is as it was to the pixel, and the rest is not.
    const small = canvas(SIZE, 48, (context) => context.drawImage(photo, 0, 0, SIZE, 48));
    const kept = await atelier.optimize(small, style, { size: SIZE, iterations: 4, keep }).result();
    const half = (image: ImageData, row: number) => new ImageData(image.data.slice(4 * SIZE * row, 4 * SIZE * (row + 20)), SIZE, 20);
    const [above, below] = [0, 28].map((row) => difference(half(kept.picture, row), half(pixels(small), row)));
    check(below < 1 && above > 5, `what is kept differs by ${below}, the rest by ${above}`);
    // A run goes on from what it is given.
    const on = await atelier.optimize(small, style, { size: SIZE, iterations: 1, from: kept.picture, strength: 0.1 }).result();
    check(difference(on.picture, kept.picture) < difference(on.picture, pixels(small)), "it goes on from there");
    // Any picture will do, a file too.
    await atelier.optimize(small, style, { size: SIZE, iterations: 1, from: await file(small) }).result();
    // Transparency is kept.
    const hole = canvas(SIZE, 48, (context) => { context.drawImage(photo, 0, 0, SIZE, 48); context.clearRect(0, 0, 20, 48); });
    const holed = await atelier.stylize(hole, style, { size: SIZE, output: "png" });
    const alpha = (await decoded(holed.picture)).data;
    check(alpha[3] === 0 && alpha[4 * 40 + 3] === 255, "what is transparent stays so");
    // A list as a framework hands it out.
    const layers: [number, number, number, number, number] = new Proxy([1, 1, 1, 1, 1], {});
    await atelier.optimize(photo, style, { size: SIZE, iterations: 2, from: picture, layers }).result();
    return [...kinds].sort();
  }),

  // There are two networks, and no third.
  choosesNetworks: alone(async (atelier) => {
    const losses: string[] = [];
    for (const network of [undefined, "vgg-lite-wide", "vgg-lite"] as const) {
      const seen: number[] = [];
      for await (const event of atelier.optimize(photo, style, { size: SIZE, iterations: 2, network })) if (event.kind === "iteration") seen.push(event.loss);
      losses.push(String(seen));
    }
    check(losses[0] !== "" && losses[0] === losses[1] && losses[1] !== losses[2], `the wide one is usual: ${losses.join(" ")}`);
    const error = await failure(atelier.optimize(photo, style, { network: "vgg-nobody" as any }).result());
    check(error instanceof TypeError, String(error));
  }),

  // Aborting ends the loop at once with an AbortError, and the next job goes well.
  aborts: alone(async (atelier) => {
    const stop = new AbortController();
    let began = 0;
    const watched = (async () => {
      for await (const event of atelier.optimize(photo, style, { size: 256, iterations: 2000, signal: stop.signal })) {
        if (event.kind !== "iteration" || began) continue;
        began = performance.now();
        stop.abort();
      }
    })();
    const reason = await failure(watched);
    check(reason instanceof DOMException && reason.name === "AbortError", String(reason));
    const took = performance.now() - began;
    const own = new Error("mine");
    check(await failure(atelier.stylize(photo, style, { signal: AbortSignal.abort(own) })) === own, "a reason of one's own");
    await atelier.stylize(photo, style, { size: SIZE });
    return took;
  }),

  // Leaving the loop cancels.
  breaks: alone(async (atelier) => {
    for await (const event of atelier.optimize(photo, style, { size: 128, iterations: 2000 })) if (event.kind === "iteration") break;
    const began = performance.now();
    await atelier.stylize(photo, style, { size: SIZE });
    return performance.now() - began;
  }),

  // Who asks before the last answer has come is answered as well, and a mistake is told once.
  answersEveryone: alone(async (atelier) => {
    const run = atelier.optimize(photo, style, { size: SIZE, iterations: 3 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => run.next()));
    const ends = answers.filter(({ value }) => value?.kind === "done").length;
    check(ends === 1 && answers.at(-1)!.done, `${ends} ends`);
    let unhandled = 0;
    const count = () => { unhandled += 1; };
    addEventListener("unhandledrejection", count);
    const refused = await failure(atelier.optimize("a" as any, style, { keep: "b" as any }).result());
    await new Promise((go) => setTimeout(go, 100));
    removeEventListener("unhandledrejection", count);
    check(refused instanceof TypeError && unhandled === 0, `${refused}, ${unhandled} unhandled`);
    return answers.length;
  }),

  pauses: alone(async (atelier) => {
    const run = atelier.optimize(photo, style, { size: SIZE, iterations: 2000 });
    let told = 0;
    const watching = (async () => { for await (const event of run) if (event.kind === "iteration") told += 1; })();
    const until = async (holds: () => boolean) => { while (!holds()) await new Promise((go) => setTimeout(go, 20)); };
    await until(() => told > 2);
    run.pause();
    // The iteration in hand is still finished, which on a busy processor takes its time; unpaused there are several in a second.
    let paused = -1;
    for (let look = 0; look < 10 && paused !== told; look++) {
      paused = told;
      await new Promise((go) => setTimeout(go, 1000));
    }
    check(told === paused, "it goes on while paused");
    // Paused, it takes settings all the same.
    await run.adjust({ strength: 0.8 });
    run.resume();
    await until(() => told > paused);
    await run.adjust({ strength: 0.9 });
    const refused = await failure(run.adjust({ strength: 7 }));
    check(refused instanceof AtelierError && refused.code === "settings-strength" && refused.details.max === 1, String(refused));
    await run.return();
    await watching;
    // Before there is anything to adjust, and before anybody has been told.
    const unbegun = atelier.optimize(photo, style, { size: SIZE, iterations: 2 });
    await unbegun.adjust({ strength: 7 });
    check((await failure(unbegun.result())).code === "settings-strength", "what it begins with");
    const begun = atelier.optimize(photo, style, { size: SIZE, iterations: 40 });
    const result = begun.result();
    check((await failure(begun.adjust({ strength: 7 }))).code === "settings-strength", "what it is told as soon as it can be");
    await result;
    return paused;
  }),

  codesErrors: alone(async (atelier) => {
    const found = [
      atelier.stylize(new Blob(["words"]), style),
      atelier.stylize(photo, style, { size: 10 }),
      atelier.stylize(photo, style, { colors: "plaid" } as object),
      atelier.stylize(photo, null),
      atelier.stylize(photo, null, { generator: "style-nobody" }),
      atelier.stylize(photo, null, { generator: new Blob(["words"]) }),
      atelier.optimize(photo, style, { iterations: 0 }).result(),
      atelier.optimize(photo, []).result(),
      atelier.optimize(photo, style, { network: new Blob(["words"]) }).result(),
      atelier.train([style], { contents: [] }).result(),
      atelier.train([], { contents: [photo] }).result(),
      atelier.train([style], { contents: [photo], patch: 33 }).result(),
      atelier.stylize(photo, style, { output: "jpg" as any }),
      atelier.optimize(photo, style, { strenght: 1 } as object).result(),
      atelier.stylize(photo, [{ picture: style, weight: 2 }, { picture: style, weight: -1 }]),
      atelier.stylize(photo, style, { strength: Symbol("half") as any }),
      atelier.stylize(photo, style, { strength: null as any }),
      atelier.stylize(photo, style, { output: "jpeg", quality: 92 }),
      atelier.stylize(photo, [{ picture: style, weight: "2" as any }]),
      atelier.optimize(photo, style, { detail: 80 }).result(),
      atelier.stylize(null as any, style),
      atelier.train([style], { contents: [photo], name: null as any }).result(),
    ];
    const errors = await Promise.all(found.map(failure));
    check(errors.every((error) => error instanceof AtelierError && error instanceof Error), String(errors));
    const misspelt = errors.find(({ details }) => String(details.message).includes("strenght"));
    check(misspelt, "the word is named");
    const lost = new Atelier({ backend: "cpu", models: "nowhere/" });
    errors.push(await failure(lost.stylize(photo, style)));
    lost.dispose();
    return errors.map(({ code, party }) => [code, party]);
  }),

  // A device that is lost ends what is computed; what waits, and what only has to be written, goes on with the next worker.
  survivesLoss: async () => {
    const Real = globalThis.Worker;
    const fatal = () => new MessageEvent("message", { data: { fatal: { code: "device-lost", party: "device", details: {} } } });
    const workers: Worker[] = [];
    let dies = "";
    globalThis.Worker = class extends Real {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        workers.push(this);
      }

      postMessage(message: any, ...more: any[]): void {
        if (message.op !== dies) return super.postMessage(message, ...more);
        dies = "";
        queueMicrotask(() => this.dispatchEvent(fatal()));
      }
    };
    const atelier = new Atelier({ backend: "cpu" });
    try {
      await atelier.ready;
      const run = atelier.optimize(photo, style, { size: SIZE, iterations: 2000 });
      const waiting = atelier.stylize(photo, style, { size: SIZE });
      const lost = failure((async () => {
        for await (const event of run) if (event.kind === "iteration") workers.at(-1)?.dispatchEvent(fatal());
      })());
      check((await lost).code === "device-lost", "what was computed is over");
      check((await atelier.ready).backend === "cpu", "another worker is ready");
      check((await waiting).width === SIZE, "what waited is painted");
      dies = "encode";
      const { picture } = await atelier.stylize(photo, style, { size: SIZE, output: "png" });
      check(dies === "" && picture.type === "image/png" && workers.length === 3, "what was painted is written by the next");
    } finally {
      atelier.dispose();
      globalThis.Worker = Real;
    }
  },

  trains: alone(async (atelier) => {
    const codes: string[] = [];
    let generator: TrainedGenerator | undefined;
    // The first that can be read is what the samples show.
    const contents = [new Blob(["words"]), photo];
    for await (const event of atelier.train([style], { contents, name: "Lines", steps: 3, patch: 32, batch: 1, seed: 7 })) {
      codes.push(event.kind === "left-out" ? `${event.kind} ${event.set} ${event.index}` : event.kind);
      if (event.kind === "done") generator = event.generator;
    }
    check(generator && generator.name === "Lines" && generator.blob.size > 100_000, "a generator");
    const one = await atelier.stylize(photo, null, { generator, size: SIZE });
    const other = await atelier.stylize(photo, null, { generator: new Blob([generator.blob]), size: SIZE });
    check(difference(one.picture, other.picture) === 0, "a generator is as good as its file");
    const usual = await atelier.stylize(photo, style, { size: SIZE });
    check(difference(one.picture, usual.picture) > 0, "it has learnt something");
    const run = atelier.train([style], { contents: [photo], steps: 5000, patch: 32, batch: 1 });
    for await (const event of run) if (event.kind === "step") run.finish();
    const early = atelier.train([style], { contents: [photo], steps: 5000, patch: 32, batch: 1 });
    early.finish();
    await early.result();
    return [...new Set(codes)].sort();
  }),

  disposes: async () => {
    const atelier = new Atelier({ backend: "cpu" });
    const running = failure(atelier.optimize(photo, style, { size: 256, iterations: 2000 }).result());
    await atelier.ready;
    atelier.dispose();
    atelier.dispose();
    check((await running).name === "AbortError", "what runs is aborted");
    return (await failure(atelier.stylize(photo, style))).name;
  },

  // The device is left as it was.
  storesNothing: async () => {
    const names = [];
    for await (const name of (await navigator.storage.getDirectory() as any).keys()) names.push(name);
    return [names, await caches.keys(), localStorage.length];
  },
};

Object.assign(globalThis, { promises });
