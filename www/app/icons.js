// @ts-check
// The dialogue that makes an icon set of the picture on the wall, with a preview of what systems may cut off a maskable icon.
import { byId, find } from "./dom.js";
import { offerFile } from "./download.js";
import { AtelierError, showError } from "./errors.js";
import { SIZES, borderColour, grounded, iconSet, squared } from "./icon-set.js";
import { zipBlob } from "./save-zip.js";
import { number, onLanguage, put, putComputed, size, speak } from "./text.js";
import { paint } from "./wells.js";

/** @typedef {import("./download.js").Finished} Finished */

const PREVIEW_SIDE = 256;
/** A usual site's. */
const CHOSEN = new Set([16, 32, 48, 180, 192, 512]);

export class Icons {
  /** @type {Finished | null} */
  #picture = null;
  /** The picture as a square of the preview's size. @type {import("./mask.js").Pixels | null} */
  #small = null;
  #turn = 0;
  /** The background was chosen, and is not to follow the picture. */
  #grounded = false;

  /** @param {import("./engine.js").Engine} engine */
  constructor(engine) {
    this.engine = engine;
    document.body.append(byId("icons-template").content.cloneNode(true));
    this.root = byId("icons");
    find(this.root, ".icons-grid").append(...SIZES.map(choice));
    speak(this.root);
    onLanguage(() => this.#describe());
    byId("icons-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#save();
    });
    byId("icons-close").addEventListener("click", () => this.root.close());
    byId("icons-shape").addEventListener("change", () => this.#look());
    byId("icons-maskable").addEventListener("change", () => this.#describe());
    byId("icons-ground").addEventListener("input", () => { this.#grounded = true; });
    for (const id of ["icons-scale", "icons-ground"]) byId(id).addEventListener("input", () => this.#describe());
  }

  /** @param {Finished} picture */
  async open(picture) {
    if (picture !== this.#picture) this.#grounded = false;
    this.#picture = picture;
    // Until its own is made there is none to be seen.
    this.#small = null;
    byId("icons-canvas").width = byId("icons-canvas").height = PREVIEW_SIDE;
    byId("icons-error").hidden = true;
    putComputed(byId("icons-status"), () => "");
    byId("icons-shape").hidden = picture.width === picture.height;
    this.root.showModal();
    await this.#look();
  }

  /** @returns {HTMLInputElement[]} */
  get #boxes() {
    return [...find(this.root, ".icons-grid").querySelectorAll("input")];
  }

  /** @returns {"pad" | "crop"} */
  get #shape() {
    return find(this.root, "[name=icons-shape]:checked").value;
  }

  /** Makes the small square anew. */
  async #look() {
    if (!this.#picture) return;
    const turn = ++this.#turn;
    const square = squared(this.#picture, this.#shape);
    for (const box of this.#boxes) {
      const side = Number(box.value);
      put(find(/** @type {Element} */ (box.closest("label")), "span"), side > square.width ? "icons.enlarged" : "run.scale-px", { side: String(side) });
    }
    if (!this.#grounded) byId("icons-ground").value = borderColour(square);
    try {
      const { blob } = await this.engine.encode({ ...square, format: "png", quality: 1 });
      const { preview } = await this.engine.inspect(blob, PREVIEW_SIDE);
      if (turn !== this.#turn) return;
      this.#small = preview;
      this.#describe();
    } catch (thrown) {
      this.#refuse(AtelierError.from(thrown));
    }
  }

  /** Draws the maskable icon, or else the plain one, as it will be. */
  #describe() {
    const maskable = byId("icons-maskable").checked;
    const scale = byId("icons-scale").valueAsNumber / 100;
    byId("icons-mask-fields").hidden = !maskable;
    putComputed(byId("icons-scale-value"), () => number(scale, { style: "percent" }));
    find(this.root, ".icons-mask").toggleAttribute("data-maskable", maskable);
    put(byId("icons-about"), maskable ? "icons.about.maskable" : "icons.about.plain");
    const small = this.#small;
    if (!small) return;
    const canvas = byId("icons-canvas");
    if (!maskable) return paint(canvas, small);
    const source = document.createElement("canvas");
    paint(source, small);
    const side = Math.round(PREVIEW_SIDE * scale);
    const inner = new OffscreenCanvas(side, side).getContext("2d");
    if (!inner) return;
    inner.imageSmoothingQuality = "high";
    inner.drawImage(source, 0, 0, side, side);
    paint(canvas, grounded({ width: side, height: side, pixels: inner.getImageData(0, 0, side, side).data.buffer }, PREVIEW_SIDE, byId("icons-ground").value));
  }

  async #save() {
    const picture = this.#picture;
    if (!picture) return;
    const button = byId("icons-save");
    byId("icons-error").hidden = true;
    const wanted = {
      sizes: this.#boxes.filter(({ checked }) => checked).map(({ value }) => Number(value)),
      shape: this.#shape,
      ico: byId("icons-ico").checked,
      maskable: byId("icons-maskable").checked,
      scale: byId("icons-scale").valueAsNumber / 100,
      ground: byId("icons-ground").value,
    };
    if (!wanted.sizes.length && !wanted.ico && !wanted.maskable) return this.#refuse(new AtelierError("icons-none", "visitor"));
    button.disabled = true;
    put(byId("icons-status"), "icons.making");
    try {
      const zip = await zipBlob(await iconSet(this.engine, picture, wanted, picture.base));
      const name = offerFile(zip, picture.base, "-icons.zip");
      put(byId("icons-status"), "icons.saved", { name, size: () => size(zip.size) });
    } catch (thrown) {
      putComputed(byId("icons-status"), () => "");
      this.#refuse(AtelierError.from(thrown));
    }
    button.disabled = false;
    if (this.root.open) button.focus();
  }

  /** @param {AtelierError} error */
  #refuse(error) {
    showError(byId("icons-error"), error);
  }
}

/** @param {number} side */
function choice(side) {
  const label = document.createElement("label");
  label.className = "choice";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", value: String(side), checked: CHOSEN.has(side) });
  label.append(box, document.createElement("span"));
  return label;
}
