// @ts-check
// Finding the parts of the page. All are in index.html, so they are there and of the kind that whoever asks knows them to be.

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @param {ParentNode} root @param {string} css @returns {any} */
export const find = (root, css) => root.querySelector(css);
