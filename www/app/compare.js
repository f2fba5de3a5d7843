// @ts-check
// Before and after on one picture. The control is a real range input, so keys and screen readers work; pointers are followed on
// the picture itself, because a range's thumb does not sit where the finger is near its ends, nor drag from its track on every phone.
import { byId } from "./dom.js";
import { number, onLanguage, t } from "./text.js";

export class Compare {
  /** @param {HTMLElement} picture the box that holds both canvases and the range */
  constructor(picture) {
    this.picture = picture;
    this.box = byId("comparison");
    this.range = byId("compare");
    this.before = byId("before");
    this.range.addEventListener("input", () => this.#apply());
    picture.addEventListener("pointerdown", (event) => {
      if (this.box.hidden || event.button !== 0) return;
      picture.setPointerCapture(event.pointerId);
      this.#follow(event);
      this.range.focus({ preventScroll: true });
    });
    picture.addEventListener("pointermove", (event) => {
      if (picture.hasPointerCapture(event.pointerId)) this.#follow(event);
    });
    onLanguage(() => this.#apply());
  }

  /** Lays `content` over the result, scaled to it. @param {CanvasImageSource} content @param {number} width @param {number} height */
  show(content, width, height) {
    this.before.width = width;
    this.before.height = height;
    const context = this.before.getContext("2d");
    if (context) {
      context.imageSmoothingQuality = "high";
      context.drawImage(content, 0, 0, width, height);
    }
    this.before.hidden = false;
    this.box.hidden = false;
    this.range.value = "50";
    this.#apply();
  }

  hide() {
    this.before.hidden = true;
    this.box.hidden = true;
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const { left, right, width } = this.picture.getBoundingClientRect();
    const way = getComputedStyle(this.picture).direction === "rtl" ? right - event.clientX : event.clientX - left;
    this.range.value = String(Math.round(way / width * 100));
    this.#apply();
  }

  #apply() {
    this.picture.style.setProperty("--split", `${this.range.value}%`);
    const percent = number(Number(this.range.value) / 100, { style: "percent" });
    this.range.setAttribute("aria-valuetext", t("compare.value", { percent }));
  }
}
