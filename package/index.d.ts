/** Neural style transfer in the browser: on the GPU by WebGPU, or on the processor by WebAssembly. Pictures never leave the device. */

/** A picture to work on. A `Blob` is decoded by Atelier itself (JPEG, PNG, WebP, GIF, BMP, TIFF, upright and in sRGB) or else by the browser;
 * up to 100 megapixels. All else is copied when the job begins: with the call of `stylize`, with the first `next()` or `result()` of a run; so it
 * stays yours, and can be drawn on. An image of another origin needs CORS. */
export type Picture = Blob | ImageBitmap | PixelData | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas;

/** Pixels in RGBA, row by row: an `ImageData`, or a plain object like one. */
export interface PixelData {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** A style with its share among several. */
export interface WeightedStyle {
  picture: Picture;
  /** Its share, at least 0; shares are relative to one another. @default 1 */
  weight?: number;
  /** What is learnt of the style picture: white is, black is not. It is stretched to the picture. For `optimize` alone. */
  mask?: PixelData;
  /** Where on the content this style is painted: white is. For `optimize` alone. */
  region?: PixelData;
}

/** One style, or several to be mixed. */
export type Styles = Picture | WeightedStyle | readonly (Picture | WeightedStyle)[];

/** What a result's picture is: pixels, or a file. Transparency is kept in all but JPEG, where it becomes white. */
export type Output = "image-data" | "png" | "jpeg";

/** What every job takes. */
export interface JobOptions {
  /** Cancels the job, which then rejects with the signal's reason: a `DOMException` named `AbortError` unless you gave another. */
  signal?: AbortSignal;
}

/** How a result is wanted. */
export interface OutputOptions<O extends Output = "image-data"> {
  /** @default "image-data" */
  output?: O;
  /** Of `output: "jpeg"`, 0…1. @default 0.92 */
  quality?: number;
}

/** A painted picture. */
export interface Painted<O extends Output = "image-data"> {
  /** `ImageData` for `output: "image-data"`, otherwise a `Blob` of that type. */
  picture: O extends "image-data" ? ImageData : Blob;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** What computed it; a GPU that was lost twice is replaced by the processor. */
  backend: "webgpu" | "cpu";
  /** From the call to the result, waiting for other jobs included. */
  seconds: number;
}

/** Options of `init`. */
export interface InitOptions {
  /** Where the WebAssembly is, if not beside this module: an address, its bytes, or the compiled module. */
  wasm?: string | URL | BufferSource | WebAssembly.Module;
  /** Bytes as they arrive; `total` is 0 where the host does not say. */
  onProgress?: (loaded: number, total: number) => void;
}

/** Fetches and compiles the engine (9 MB; 2.7 MB as hosts compress it) before it is needed. It is done once for a page, as the first call says; without any the
 * first `Atelier` does it. Rejects with an `AtelierError` `engine-unreachable`; calling again tries again. */
export function init(options?: InitOptions): Promise<void>;

/** Options of an `Atelier`. */
export interface AtelierOptions {
  /** `"auto"` takes WebGPU where there is a real GPU that passes a self-test, otherwise the processor. @default "auto" */
  backend?: "auto" | "webgpu" | "cpu";
  /** A folder with models and their `manifest.json`, if not those of this package: an address, relative to the page, or absolute. */
  models?: string | URL;
}

/** What computes. */
export interface Backend {
  backend: "webgpu" | "cpu";
  /** Why it was chosen, as a code: `adapter-ok`, `no-webgpu`, `no-adapter`, `software-adapter`, `missing-feature`, `no-device`, `self-test-failed`,
   * `forced`, or `after-loss`. */
  reason: string;
  /** The GPU's name, as far as the browser tells. */
  adapter?: string;
}

/** A worker with an engine in it. It does one job at a time; others wait for their turn, in order. All methods throw or reject with a
 * `DOMException` named `InvalidStateError` after `dispose`, and with a `TypeError` for what is no picture, generator, network
 * or backend, for a function among the options, or for more than 50 styles to train on. */
export class Atelier {
  /** Starts a worker and opens the backend; nothing else is fetched before it is needed. Make one for a page, not one for a picture. */
  constructor(options?: AtelierOptions);

  /** Resolves when the backend is open. Rejects with an `AtelierError` (`webgpu-unavailable` where WebGPU was asked for by name,
   * `engine-unreachable`). Need not be awaited: jobs do, and try to open again after a failure. */
  readonly ready: Promise<Backend>;

  /** Paints a photo in one pass with a generator, in seconds. `styles` may be `null` for a generator with
   * a style of its own. Rejects with an `AtelierError`. */
  stylize<O extends Output = "image-data">(content: Picture, styles: Styles | null, options?: StylizeOptions<O>): Promise<Painted<O>>;

  /** Paints by optimising the picture itself (Gatys et al. 2016): the best quality, in minutes. Begins with the first `next()` or `result()`. */
  optimize<O extends Output = "image-data">(content: Picture, styles: Styles, options?: OptimizeOptions<O>): OptimizeRun<O>;

  /** Makes a generator of 1 to 50 pictures of one style. Begins with the first `next()` or `result()`. Nothing is stored on the device. */
  train(styles: readonly Picture[], options: TrainOptions): TrainRun;

  /** The generators that come with the models; their ids go into `stylize({ generator })`. Rejects with an `AtelierError` of the host's. */
  generators(): Promise<GeneratorEntry[]>;

  /** Ends the worker and frees its memory. Jobs in progress reject with an `AbortError`. */
  dispose(): void;
}

/** A generator that comes with the models. */
export interface GeneratorEntry {
  /** Such as `any-style`, `style-starry-night`. */
  id: string;
  bytes: number;
  /** Whether it has a style of its own, so that `styles` can be `null`. */
  ownStyle: boolean;
  /** Long sides of the smallest and of the largest paintings whose strokes it knows: between them `stroke` makes strokes smaller and larger. `null` where they are of one size. */
  sizes: [number, number] | null;
}

/** Options of `Atelier.stylize`. */
export interface StylizeOptions<O extends Output = "image-data"> extends JobOptions, OutputOptions<O> {
  /** The id of one that comes with the models, a generator's file, or what `train` made. @default "any-style" */
  generator?: string | Blob | TrainedGenerator;
  /** From 0, the photo in its own style, as near to the photo as the generator has learnt to stay, to 1, the style. @default 1 */
  strength?: number;
  /** Size of the strokes, 0.25…2, as a factor of that which they have by themselves, as far as the generator's `sizes` reach. @default 1 */
  stroke?: number;
  /** Long side of the result in pixels, 64…4096. @default 1024 */
  size?: number;
  /** Whose colours: the style's, or the photo's with only light and dark from the style. @default "style" */
  colors?: "style" | "luma";
  /** The result can be laid side by side with itself; its sides become multiples of 8. @default false */
  seamless?: boolean;
  /** Hears what happens meanwhile. */
  onEvent?: (event: FetchEvent | PieceEvent) => void;
}

/** Options of `Atelier.optimize`. */
export interface OptimizeOptions<O extends Output = "image-data"> extends JobOptions, OutputOptions<O>, OptimizeSettings {
  /** What looks at the pictures: one of the package's own, of which the narrower is faster and coarser, or a VGG-19 as `atelier quantize` writes it.
   * @default "vgg-lite-wide" */
  network?: "vgg-lite-wide" | "vgg-lite" | Blob;
  /** What is left alone on the content: white is. */
  keep?: PixelData;
  /** A picture to go on from, such as the last result. */
  from?: Picture;
}

/** How a picture is optimised. */
export interface OptimizeSettings {
  /** Long side of the result in pixels, 64…4096. @default 384 */
  size?: number;
  /** Evaluations of the loss, 1…2000. @default 100 */
  iterations?: number;
  /** @default "lbfgs" */
  method?: "lbfgs" | "adam";
  /** How L-BFGS finds the length of a step. @default "backtracking" */
  lineSearch?: "backtracking" | "strong-wolfe" | "unit-step";
  /** From 0, hardly any style, to 1, hardly any content. @default 0.5 */
  strength?: number;
  /** `"paper"`: the losses and layers of Gatys et al. (2016); `"mean-squared"`: the common variant. @default "quality" */
  recipe?: "quality" | "paper" | "mean-squared";
  /** What the picture is at first: `"content"` is the photo, with the recipe `"quality"` in the styles' colours, unless `colors` is
   * `"match-before"` or the first of `layers` is 0. @default "content" */
  start?: "content" | "style" | "noise";
  /** Of `start: "noise"`, 0…2³²−1. @default 0 */
  seed?: number;
  /** Size of the strokes, 0.25…2, as a factor. @default 1 */
  stroke?: number;
  /** Weights of the layers, from fine texture to large shapes; at least 0. @default [1, 1, 1, 1, 1] */
  layers?: [number, number, number, number, number];
  /** Whose colours: the style's, or the content's in one of three ways. @default "style" */
  colors?: "style" | "luma" | "match-before" | "match-after";
  /** The result can be laid side by side with itself; its sides become multiples of 16, with a `pyramid` of more levels of 32, 64 or 128. @default false */
  seamless?: boolean;
  /** Weight of total variation, at least 0, with the recipe `"quality"`. @default 0.1 */
  smoothness?: number;
  /** How far text, eyes and thin lines are held to the content, 0…1. @default 0 */
  detail?: number;
  /** @default "max" */
  pooling?: "max" | "average";
  /** What is compared of styles, with the recipe `"quality"`. @default "gram" */
  statistic?: "gram" | "mean-covariance";
  /** Sizes at which style is compared, 1…4. @default 1 */
  pyramid?: number;
  /** Where content is compared, such as `"relu3_1"`, instead of the recipe's layer. */
  contentTaps?: string[];
  /** Where style is compared, instead of the recipe's layers. */
  styleTaps?: string[];
}

/** Settings that can be changed while it paints. */
export type LiveSettings = Pick<OptimizeSettings, "strength" | "layers" | "smoothness" | "detail">;

/** Options of `Atelier.train`. */
export interface TrainOptions extends JobOptions {
  /** Photos to practise on, of the kind that will be painted: at least one, better eight and more. Rather files
   * than elements where there are many: a `Blob` is decoded when its turn comes, all else is held decoded. */
  contents: readonly Picture[];
  /** The generator's name, for people. @default "" */
  name?: string;
  /** The generator to begin from; `null` is one that has learnt nothing and needs many more steps. @default "any-style" */
  startFrom?: string | Blob | TrainedGenerator | null;
  /** Steps in all; by default 3000 on a GPU and 600 on the processor. */
  steps?: number;
  /** Patches in a step, 1…64. @default 2 */
  batch?: number;
  /** Side of the patches in pixels, a multiple of 16 in 32…512; by default 256 on a GPU and 128 on the processor. Large ones teach more than many small ones. */
  patch?: number;
  /** Weight of a discriminator that learns along, at least 0; 0 trains without one. @default 0 */
  adversarial?: number;
  /** Weight of the style loss, at least 0, where the content loss weighs 1. @default 20 */
  style?: number;
  /** Short side of the style pictures in pixels, 16…2048, one to eight of them: how large their strokes are. Several have them learnt at each, for small paintings and for large ones. @default [384, 768] */
  styleSide?: number | number[];
  /** Adam's rate, at least 0; by default 0.001, and 0.0006 where it does not begin from nothing. */
  rate?: number;
  /** Of everything that is drawn, 0…2³²−1; by default another each time. */
  seed?: number;
}

/** What `train` makes. It is as good as its file: keep the `blob`, and give it to `stylize` in another session. */
export interface TrainedGenerator {
  /** A safetensors file of about 1.2 MB. */
  blob: Blob;
  name: string;
  /** Steps that it has learnt in all. */
  steps: number;
}

/** A model is on its way: bytes. */
export interface FetchEvent { kind: "fetch"; what: "model" | "generator"; loaded: number; total: number }

/** A piece of a large picture is done. */
export interface PieceEvent { kind: "tile"; done: number; of: number }

/** What `optimize` tells, `done` last. With the recipe `"quality"` losses are relative: 0 is the target, 1 a blank picture. */
export type OptimizeEvent<O extends Output = "image-data"> =
  | FetchEvent
  /** The next size is begun: coarse to fine. */
  | { kind: "scale"; index: number; count: number; width: number; height: number }
  /** Content and styles are being looked at, in pieces. */
  | { kind: "targets"; done: number; of: number }
  | (PieceEvent & { secondsLeft: number })
  | { kind: "iteration"; iteration: number; total: number; loss: number; content: number; style: number; variation: number; detail: number; secondsLeft: number }
  | { kind: "preview"; width: number; height: number; picture: ImageData }
  | ({ kind: "done" } & Painted<O>);

/** What `train` tells, `done` last. Losses are relative; `success` is the share of patches that the discriminator judges right. */
export type TrainEvent =
  | FetchEvent
  /** Style pictures are being looked at. */
  | { kind: "style"; done: number; of: number }
  /** What is remarkable about the pictures: there are fewer than eight contents; all styles are one picture; a style, or a content, is there more than once, and counts for as much more. */
  | { kind: "notes"; codes: ("few-contents" | "same-styles" | "repeated-style" | "repeated-content")[] }
  /** A picture could not be used. */
  | { kind: "left-out"; set: "styles" | "contents"; index: number }
  | { kind: "step"; step: number; steps: number; content: number; style: number; adversarial: number; discriminator: number; success: number; judged: boolean; gradient: number; secondsLeft: number }
  /** The first of the photos, as it would be painted now. */
  | { kind: "sample"; width: number; height: number; picture: ImageData }
  | { kind: "alarm"; code: "training-not-finite" | "training-diverged" | "training-collapsed"; step: number }
  | { kind: "done"; generator: TrainedGenerator };

/** A job that takes its time: an async iterator of its events. Leaving the loop cancels it, and so does its `signal`. It goes on whether or not its
 * events are taken; of previews, samples and fetches only the latest waits. It rejects with an `AtelierError`, or the signal's reason. */
export interface Run<Event, Result> extends AsyncIterableIterator<Event> {
  next(): Promise<IteratorResult<Event, undefined>>;
  return(value?: any): Promise<IteratorResult<Event, undefined>>;
  [Symbol.asyncIterator](): this;
  /** Runs to the end without the events, and resolves with what the last of them carries. */
  result(): Promise<Result>;
  /** Pauses after the step in hand. */
  pause(): void;
  /** Goes on after a pause. */
  resume(): void;
}

/** What `Atelier.optimize` gives. */
export interface OptimizeRun<O extends Output = "image-data"> extends Run<OptimizeEvent<O>, Painted<O>> {
  /** Changes settings from the next step on, or those that it begins with; a paused run takes them at once. Rejects with an `AtelierError` for one out of range; the run goes on as before. Before the run has begun nothing is checked, and after its end nothing is changed. */
  adjust(settings: LiveSettings): Promise<void>;
}

/** What `Atelier.train` gives. */
export interface TrainRun extends Run<TrainEvent, { generator: TrainedGenerator }> {
  /** Ends the training with the generator as it stands, after one step at least. */
  finish(): void;
}

/** What went wrong with a job. `code` keeps its meaning between versions; the codes are listed in docs/package.md. */
export class AtelierError extends Error {
  constructor(code: string, party: "visitor" | "device" | "host" | "bug", details?: Record<string, string | number>);
  /** Such as `picture-damaged`. */
  readonly code: string;
  /** Whose turn it is: the person at the screen, their device, whoever hosts the page, or the makers of Atelier. */
  readonly party: "visitor" | "device" | "host" | "bug";
  /** The numbers and names that a sentence about it needs, such as `{ min: 64, max: 4096 }`. */
  readonly details: Readonly<Record<string, string | number>>;
}
