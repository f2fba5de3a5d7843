// @ts-check
// The networks that look at pictures, and the generators, by name: those of the site, and the visitor's own.

/** What pictures are optimised against unless another is chosen, and what measures while a generator is trained. */
export const OPTIMISING = "vgg-lite-wide";
/** What generators are told of styles by: all have learnt its language. It is smaller, and optimises sooner. */
export const DESCRIBING = "vgg-lite";
/** Made of the visitor's file. */
export const VISITORS = "vgg19";

/** The generator that paints in the style of any picture; the site's others have one of their own. */
export const ANY_STYLE = "any-style";

/** Whether one of the site's models is a generator. @param {string} id */
export const isGenerator = (id) => id === ANY_STYLE || id.startsWith("style-");

/** Whether the site has this network. @param {string} name */
export const isOfTheSite = (name) => name === OPTIMISING || name === DESCRIBING;
