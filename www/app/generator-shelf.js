// @ts-check
// The generators as tiles: each shows what it makes of the same photo. The site's come with their pictures; those of the visitor's own are
// painted here when the engine has nothing else to do. A tile without a picture shows the first letter of its name.
import { byId } from "./dom.js";
import { fetched } from "./fetched.js";
import { nameOf } from "./generators.js";
import { paint } from "./wells.js";

/** @typedef {import("./engine.js").Generator} Generator */

const shelf = byId("generator-shelf");
const base = new URL("samples/", document.baseURI);
/** The photo that they all paint. */
const PHOTO = new URL("lake-thumb.jpg", base);
/** Pixels on a side: a tile's on a dense screen. */
const SIDE = 128;

export class GeneratorShelf {
  /** What the visitor's own have painted; none where that failed. @type {Map<string, HTMLCanvasElement | null>} */
  #painted = new Map();
  #painting = false;

  /** @param {import("./engine.js").Engine} engine @param {(generator: Generator) => void} choose */
  constructor(engine, choose) {
    this.engine = engine;
    this.choose = choose;
  }

  /** @param {Generator[]} list */
  fill(list) {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.generator : undefined;
    shelf.replaceChildren(...list.map((generator) => {
      const item = document.createElement("li");
      const caption = document.createElement("span");
      // The tile says it, too, to those who do not see it.
      caption.setAttribute("aria-hidden", "true");
      caption.textContent = nameOf(generator);
      item.append(this.#tile(generator), caption);
      return item;
    }));
    shelf.removeAttribute("aria-busy");
    // There is nothing to choose from a single one.
    shelf.hidden = list.length < 2;
    tileOf(focused)?.focus({ preventScroll: true });
  }

  /** @param {string | undefined} id */
  mark(id) {
    for (const tile of shelf.querySelectorAll("button")) tile.setAttribute("aria-pressed", String(tile.dataset.generator === id));
  }

  /** Paints the tiles that have no picture yet, one after the other, as long as nothing else is asked of the engine.
   * @param {Generator[]} list @param {() => boolean} idle */
  async paint(list, idle) {
    if (this.#painting) return;
    this.#painting = true;
    try {
      const wanted = list.filter(({ id, site, ownStyle }) => ownStyle && !site && !this.#painted.has(id));
      const photo = wanted.length ? await (await fetched(PHOTO)).blob() : null;
      for (const generator of wanted) {
        if (!photo || !idle()) return;
        const picture = await this.engine.thumbnail(generator, photo, SIDE).then(drawn, (reason) => {
          console.debug("tile", reason);
          return reason.code === "run-in-progress" ? "busy" : null;
        });
        // It was asked for something else meanwhile: there will be another time.
        if (picture === "busy" || (!picture && !idle())) return;
        this.#painted.set(generator.id, picture);
        // The tile itself stays: it may have the focus.
        tileOf(generator.id)?.replaceChildren(this.#picture(generator, nameOf(generator)));
      }
    } catch (reason) {
      console.debug("tiles", reason);
    } finally {
      this.#painting = false;
    }
  }

  /** @param {Generator} generator */
  #tile(generator) {
    const name = nameOf(generator);
    const tile = document.createElement("button");
    tile.type = "button";
    tile.title = name;
    tile.dataset.generator = generator.id;
    tile.setAttribute("aria-label", name);
    tile.setAttribute("aria-pressed", "false");
    tile.append(this.#picture(generator, name));
    tile.addEventListener("click", () => this.choose(generator));
    return tile;
  }

  /** @param {Generator} generator @param {string} name @returns {HTMLElement} */
  #picture({ id, site }, name) {
    const letter = document.createElement("span");
    letter.className = "letter";
    letter.textContent = [...name][0]?.toLocaleUpperCase() ?? "";
    if (!site) return this.#painted.get(id) ?? letter;
    const image = new Image();
    image.alt = "";
    image.width = image.height = 56;
    image.draggable = false;
    // Whoever adds a model to the site need not add a picture.
    image.addEventListener("error", () => image.replaceWith(letter));
    image.src = new URL(`generator-${id}.jpg`, base).href;
    return image;
  }
}

/** @param {string | undefined} id @returns {HTMLElement | null} */
const tileOf = (id) => (id ? shelf.querySelector(`[data-generator="${CSS.escape(id)}"]`) : null);

/** @param {{width: number, height: number, pixels: ArrayBuffer}} picture */
function drawn(picture) {
  const canvas = document.createElement("canvas");
  paint(canvas, picture);
  return canvas;
}
