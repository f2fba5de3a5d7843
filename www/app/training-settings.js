// @ts-check
// How a training is set up: what suits a device, and what follows from what was chosen.

/** Short sides of the style pictures: for paintings of about 512 px, as the page makes at first, and of about 1,024. */
const STYLE_SIDES = [384, 768];
/** The discriminator joins when the generator shows what the photo shows. */
const WARM_UP_SHARE = .2;
/** Weight of the style loss against a content loss of weight 1. */
const STYLE_WEIGHT = 20;
/** Adam's rates. */
const LEARNING_RATE = 1e-3;
const REFINING_RATE = 6e-4;

/** Pictures of a style: more have no style in common. */
export const MOST_STYLES = 50;

/** What a device does in minutes. A few large patches teach more than many small ones: what a generator makes depends on the means over all that it sees, which are those of a photo
 * in a large patch, and those of a wall or a cloud in a small one (docs/quality.md, "Training in the tab"). */
export const USUAL = {
  cpu: { patch: 128, batch: 2, steps: 600 },
  webgpu: { patch: 256, batch: 2, steps: 3000 },
};

/** The settings as the engine takes them. One that can paint already is moved more gently.
 * @param {{steps: number, batch: number, patch: number, adversarial: number, refines: boolean}} chosen */
export const trainingSettings = ({ steps, batch, patch, adversarial, refines }) => ({
  steps,
  batch,
  patch,
  adversarial,
  style: STYLE_WEIGHT,
  rate: refines ? REFINING_RATE : LEARNING_RATE,
  "style-side": STYLE_SIDES,
  "warm-up": Math.round(steps * WARM_UP_SHARE),
  seed: Math.floor(Math.random() * 2 ** 32),
});
