// @ts-check
// The networks that look at pictures, by name: those of the site, and the visitor's own.

/** What pictures are optimised against unless another is chosen, and what measures while a generator is trained. */
export const OPTIMISING = "vgg-lite-wide";
/** What generators are told of styles by: all have learnt its language. It is smaller, and optimises sooner. */
export const DESCRIBING = "vgg-lite";
/** Made of the visitor's file. */
export const VISITORS = "vgg19";

/** Whether the site has it. @param {string} name */
export const isOfTheSite = (name) => name === OPTIMISING || name === DESCRIBING;
