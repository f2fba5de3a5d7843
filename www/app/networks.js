// @ts-check
// The networks that look at pictures, by name: those of the site, and the visitor's own.

/** What pictures are optimised against unless another is chosen. */
export const USUAL = "vgg-lite-wide";
/** What generators are told of styles by, and are all trained for. It is smaller, and optimises sooner. */
export const DESCRIBING = "vgg-lite";
/** Made of the visitor's file. */
export const OWN = "vgg19";

/** Whether the site has it. @param {string} name */
export const isOfTheSite = (name) => name === USUAL || name === DESCRIBING;
