// @ts-check
// Before and after on one picture. The control is a real range input, so keys and screen readers work; pointers are followed on
// the picture itself (by the viewer, which also pans), because a range's thumb does not sit where the finger is near its ends, nor drag from
// its track on every phone.
import { byId } from "./dom.js";
import { number, onLanguage, t } from "./text.js";

/** So near to the line, in CSS pixels, a pointer takes it. */
const REACH = 32;

export class Compare {
  /** @param {HTMLElement} picture the box that holds both canvases and the range @param {() => void} onChange it came or went */
  constructor(picture, onChange) {
    this.picture = picture;
    this.onChange = onChange;
    this.box = byId("comparison");
    this.range = byId("compare");
    this.before = byId("before");
    this.range.addEventListener("input", () => this.#apply());
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
    this.onChange();
  }

  hide() {
    this.before.hidden = true;
    this.box.hidden = true;
    this.onChange();
  }

  /** Whether a pointer that comes down takes the line. @param {PointerEvent} event @param {boolean} near only where the line is */
  takes(event, near) {
    if (this.box.hidden) return false;
    const { width } = this.picture.getBoundingClientRect();
    if (near && Math.abs(this.#share(event) - this.range.valueAsNumber / 100) * width > REACH) return false;
    this.range.focus({ preventScroll: true });
    return true;
  }

  /** Brings the line to the pointer. @param {PointerEvent} event */
  follow(event) {
    this.range.value = String(Math.round(this.#share(event) * 100));
    this.#apply();
  }

  /** @param {PointerEvent} event */
  #share({ clientX }) {
    const { left, right, width } = this.picture.getBoundingClientRect();
    return (getComputedStyle(this.picture).direction === "rtl" ? right - clientX : clientX - left) / width;
  }

  #apply() {
    this.picture.style.setProperty("--split", `${this.range.value}%`);
    const percent = number(Number(this.range.value) / 100, { style: "percent" });
    this.range.setAttribute("aria-valuetext", t("compare.value", { percent }));
  }
}
