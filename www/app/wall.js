// @ts-check
// The wall: the picture in its frame with the photo to compare it with, and what is finished, to be taken along or gone on from.
import { Compare } from "./compare.js";
import { byId, find } from "./dom.js";
import { showLabel, showTitle } from "./label.js";
import { Stage } from "./stage.js";
import { Viewer } from "./viewer.js";

/** @typedef {import("./mask.js").Pixels} Pixels */
/** @typedef {import("./wells.js").Picture} Picture */
/** @typedef {import("./label.js").Label} Label */
/** What lies under the result. @typedef {{file: Blob, preview?: HTMLCanvasElement, origin?: Picture}} Under */

export class Wall {
  /** The finished picture that hangs there. @type {import("./download.js").Finished | null} */
  finished = null;
  /** The last result, which outlives the start of another painting: that one may start from it. @type {Pixels | null} */
  last = null;
  /** The photo that the finished picture is of, as it lies in a well; null where it is not known. @type {Picture | null} */
  photo = null;
  /** How that photo got the shape that it was painted in. @type {import("./texture.js").Shape} */
  shape = "";
  /** The photo that lies beside the result. @type {Under | null} */
  #beside = null;

  /** @param {import("./engine.js").Engine["inspect"]} inspect */
  constructor(inspect) {
    this.inspect = inspect;
    this.compare = new Compare(byId("picture"), () => this.viewer.refresh());
    this.stage = new Stage(byId("picture"), () => this.viewer.refresh());
    this.viewer = new Viewer(this.stage, this.compare);
  }

  /** A painting begins. @param {Picture | null} photo */
  clear(photo) {
    this.compare.hide();
    this.finished = this.photo = this.#beside = null;
    if (photo) this.stage.showContent(photo.preview);
  }

  /** Nothing hangs there any more. */
  bare() {
    this.clear(null);
    this.stage.clear();
    showTitle("label.untitled");
  }

  /** Lets the photo wait there until something is painted. @param {Picture | null} photo */
  wait(photo) {
    const { shown } = this.stage;
    if (shown !== "nothing" && shown !== "content") return;
    if (photo) this.stage.showContent(photo.preview);
    else this.stage.clear();
  }

  /** The finished picture as it is seen. @returns {HTMLCanvasElement | null} */
  get painted() {
    return this.stage.shown === "result" && this.finished ? this.stage.canvas : null;
  }

  /** @param {Pixels} result @param {string} base of its file's name @param {Label} label @param {Picture | null} [photo] that it is of, in whatever shape */
  show(result, base, label, photo = null) {
    const { width, height, pixels } = result;
    this.stage.show(result, "result");
    showLabel(label);
    // Nothing else that comes with a result can be sent to the worker.
    this.last = { width, height, pixels };
    find(document, "#from [value=picture]").disabled = false;
    this.finished = { width, height, pixels, base };
    this.photo = photo?.origin ?? photo;
    this.shape = photo?.shape ?? "";
  }

  /** Another version of the result. @param {Pixels} result @param {Picture} content @param {Label} label */
  async renew(result, content, label) {
    const { width, height } = result;
    const alike = this.finished?.width === width && this.finished.height === height && this.#beside === content;
    this.show(result, content.base, label, content);
    if (!alike) await this.uncover(content, result);
  }

  /** Lays the photo beside the result. @param {Under} content @param {Pixels} result */
  async uncover(content, result) {
    const sharp = await this.#sharp(content, result);
    // It may have been painted anew meanwhile.
    const hangs = this.finished?.pixels === result.pixels
      || (this.photo !== null && this.photo === (content.origin ?? content) && this.finished?.width === result.width && this.finished.height === result.height);
    if (sharp && hangs) {
      this.compare.show(sharp, result.width, result.height);
      this.#beside = content;
    }
    // It is drawn by now, and dozens of megabytes that a garbage collector does not see.
    if (sharp instanceof ImageBitmap) sharp.close();
  }

  /** The photo at the size of the result; the smaller preview where the engine cannot give it.
   * @param {Under} content @param {{width: number, height: number}} result @returns {Promise<CanvasImageSource | undefined>} */
  async #sharp(content, { width, height }) {
    try {
      const { preview } = await this.inspect(content.file, Math.max(width, height));
      return await createImageBitmap(new ImageData(new Uint8ClampedArray(preview.pixels), preview.width, preview.height));
    } catch (reason) {
      console.debug("comparison", reason);
      return content.preview;
    }
  }
}
