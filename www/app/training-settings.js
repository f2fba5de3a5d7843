// @ts-check
// How a training is set up: what suits a device, and what follows from what was chosen.

/** A patch shows a quarter of a style picture at most; smaller than this, its strokes would be too fine for a photo. */
const STYLE_SIDES = 2;
const LEAST_STYLE_SIDE = 192;
/** The discriminator joins when the generator shows what the photo shows. */
const WARM_UP_SHARE = .2;
/** Weight of the style loss against a content loss of weight 1. */
const STYLE_WEIGHT = 40;
/** Adam's rates. */
const LEARNING_RATE = 1e-3;
const REFINING_RATE = 6e-4;

/** Pictures of a style: more have no style in common. */
export const MOST_STYLES = 50;

/** What a device does in minutes. */
export const USUAL = {
  cpu: { patch: 64, batch: 8, steps: 600 },
  webgpu: { patch: 128, batch: 8, steps: 3000 },
};

/** The settings as the engine takes them: as the site's own generators were trained. One that can paint already is moved more gently.
 * @param {{steps: number, batch: number, patch: number, adversarial: number, refines: boolean}} chosen */
export const trainingSettings = ({ steps, batch, patch, adversarial, refines }) => ({
  steps,
  batch,
  patch,
  adversarial,
  style: STYLE_WEIGHT,
  rate: refines ? REFINING_RATE : LEARNING_RATE,
  "style-side": Math.max(STYLE_SIDES * patch, LEAST_STYLE_SIDE),
  "warm-up": Math.round(steps * WARM_UP_SHARE),
  seed: Math.floor(Math.random() * 2 ** 32),
});
