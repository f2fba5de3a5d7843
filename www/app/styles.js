// @ts-check
// All the styles of one painting: the first in its well, and up to three more in rows below it, each with its share, what is to be
// learnt from it, and where on the photo it goes.
import { byId, find } from "./dom.js";
import { paintMasks } from "./mask-editor.js";
import { MixPad } from "./mix-pad.js";
import { number, onLanguage, put, putComputed, speak, t } from "./text.js";
import { Well } from "./wells.js";

/** @typedef {import("./mask.js").Mask} Mask */
/** @typedef {{picture: import("./wells.js").Picture, weight: number, mask: Mask | null, region: Mask | null}} Style */

const MOST = 4;

const adder = byId("add-style");
const shelf = byId("style-shelf");
const slider = (/** @type {Well} */ { root }) => find(root, ".weight input");

export class Styles {
  #made = 0;

  /** @param {Well} first @param {Omit<import("./wells.js").WellOptions, "hint">} options */
  constructor(first, options) {
    this.options = options;
    this.wells = [first];
    this.pad = new MixPad(byId("mix"), (shares) => this.#share(shares));
    this.#equip(first);
    adder.addEventListener("click", () => this.#add().input.focus());
    onLanguage(() => this.refresh());
  }

  /** Where the next picture goes that nobody aims: an empty row, or else the first well. */
  get next() {
    return this.wells.find((well) => !well.picture) ?? this.wells[0];
  }

  /** What is there to paint with; the weights are shares that sum to 1, or all 0. @returns {Style[]} */
  get list() {
    const hung = this.wells.filter((well) => well.picture);
    const sum = hung.reduce((sum, well) => sum + slider(well).valueAsNumber, 0) || 1;
    return hung.map((well) => ({
      picture: /** @type {import("./wells.js").Picture} */ (well.picture),
      weight: hung.length > 1 ? slider(well).valueAsNumber / sum : 1,
      mask: well.mask,
      region: hung.length > 1 ? well.region : null,
    }));
  }

  /** One target of the photo's masks for each style, where there are several. @returns {import("./mask-editor.js").Target[]} */
  get targets() {
    const hung = this.wells.filter((well) => well.picture);
    return hung.length < 2 ? [] : hung.map((well) => ({
      name: /** @type {import("./wells.js").Picture} */ (well.picture).name,
      mask: well.region,
      keep: (mask) => { well.region = mask; },
    }));
  }

  /** Another photo has nothing where the last one had it. */
  forgetRegions() {
    for (const well of this.wells) well.region = null;
  }

  /** Shows what goes with the pictures that are there. */
  refresh() {
    const hung = this.list;
    adder.hidden = !this.wells[0].picture || this.wells.length >= MOST || hung.length < this.wells.length;
    this.wells.forEach((well, index) => {
      const { root, picture, mask } = well;
      if (index) root.setAttribute("aria-label", t("styles.nth", { nth: index + 1 }));
      find(root, ".weight").hidden = hung.length < 2 || !picture;
      const share = hung.find((style) => style.picture === picture)?.weight ?? 0;
      const percent = () => number(share, { style: "percent" });
      putComputed(find(root, ".weight output"), percent);
      slider(well).ariaValueText = percent();
      find(root, ".masked").hidden = !picture;
      put(find(root, ".masked"), mask ? "well.learn-some" : "well.learn");
    });
    for (const sample of shelf.querySelectorAll("button")) sample.ariaPressed = String(hung.some(({ picture }) => picture.sample === sample.dataset.sample));
    this.pad.show(hung.map(({ picture, weight }) => ({ preview: picture.preview, share: weight })));
  }

  /** @param {number[]} shares of those that are hung */
  #share(shares) {
    this.wells.filter((well) => well.picture).forEach((well, at) => { slider(well).value = String(Math.round(shares[at] * 100)); });
    this.options.onChange();
  }

  /** @param {Well} well */
  #equip(well) {
    slider(well).addEventListener("input", () => this.options.onChange());
    find(well.root, ".masked").addEventListener("click", () => {
      if (!well.picture) return;
      const keep = (/** @type {Mask | null} */ mask) => {
        well.mask = mask;
        this.refresh();
      };
      paintMasks(well, "masks.learn", "masks.about-learn", [{ name: well.picture.name, mask: well.mask, keep }]);
    });
  }

  /** Puts these in the place of all that is there. @param {import("./history.js").StylePart[]} parts @returns {Promise<boolean>} whether they are there: what cannot be read is not */
  async replace(parts) {
    for (const well of this.wells.slice(1)) this.#remove(well);
    while (this.wells.length < parts.length) this.#add();
    const there = await Promise.all(parts.map(async ({ offered, weight, mask, region }, at) => {
      const well = this.wells[at];
      await well.offer(offered);
      // Something else may have been chosen meanwhile, which its masks are not of.
      if (well.picture?.file !== offered.file) return false;
      slider(well).value = String(Math.round(weight * 100));
      Object.assign(well, { mask, region });
      return true;
    }));
    this.options.onChange();
    return !there.includes(false);
  }

  /** @param {Well} well */
  #remove(well) {
    this.wells.splice(this.wells.indexOf(well), 1);
    well.root.remove();
    this.options.onChange();
  }

  #add() {
    const root = byId("extra-style").content.cloneNode(true).firstElementChild;
    const own = `style-${++this.#made}`;
    const [file, weight] = root.querySelectorAll("input");
    file.id = `${own}-file`;
    weight.id = `${own}-weight`;
    for (const [part, name] of [[".about", "about"], [".well-error", "error"], [".row .button", "choose"]]) find(root, part).id = `${own}-${name}`;
    // By what is written there, which is not all that is told of it: the group says which style it is.
    file.setAttribute("aria-labelledby", `${own}-choose`);
    file.setAttribute("aria-describedby", `${own}-about ${own}-error`);
    for (const label of root.querySelectorAll("label")) label.htmlFor = label.closest(".weight") ? weight.id : file.id;
    const well = new Well(root, {
      ...this.options,
      hint: "styles.hint",
      onRemove: () => {
        this.#remove(well);
        (adder.hidden ? this.wells[0].input : adder).focus();
      },
    });
    this.wells.push(well);
    byId("more-styles").append(root);
    speak(root);
    this.#equip(well);
    this.refresh();
    return well;
  }
}
