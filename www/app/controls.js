// @ts-check
// What the controls do by themselves: printed values beside sliders, fields that appear when they mean something, and a word to a
// painting in progress for those that it can still follow.
import { byId } from "./dom.js";
import { LAYERS, LIVE, shown, value } from "./settings.js";
import { onLanguage, put, putComputed } from "./text.js";

/** @param {() => void} onLive a weight was moved that a painting in progress can follow */
export function watchControls(onLive) {
  const sliders = ["strength", "stroke", "detail", "smoothness", "quality", "generate-strength", "generate-stroke", "train-adversarial", ...LAYERS];
  for (const id of sliders) {
    const update = () => {
      putComputed(byId(`${id}-value`), () => shown(id, value(id)));
      byId(id).ariaValueText = shown(id, value(id));
    };
    byId(id).addEventListener("input", update);
    if (LIVE.includes(id)) byId(id).addEventListener("input", onLive);
    onLanguage(update);
    update();
  }
  for (const option of document.querySelectorAll("option[data-side]")) {
    put(option, "run.scale-px", { side: () => /** @type {HTMLOptionElement} */ (option).value });
  }
  const from = byId("from");
  const showSeed = () => { byId("seed-field").hidden = from.value !== "noise"; };
  from.addEventListener("change", showSeed);
  showSeed();
  byId("layers-reset").addEventListener("click", () => {
    for (const id of LAYERS) {
      byId(id).value = "1";
      byId(id).dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}
