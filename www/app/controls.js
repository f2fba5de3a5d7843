// @ts-check
// What the controls do by themselves: printed values beside sliders, fields that appear when they mean something, and a word to a
// painting in progress for those that it can still follow.
import { LAYERS, shown, value } from "./settings.js";
import { onLanguage, put, putComputed } from "./text.js";

const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** @param {() => void} onLive a weight was moved that a painting in progress can follow */
export function watchControls(onLive) {
  const sliders = ["strength", "stroke", "detail", "smoothness", "quality", ...LAYERS];
  for (const id of sliders) {
    const update = () => {
      putComputed(input(`${id}-value`), () => shown(id, value(id)));
      input(id).ariaValueText = shown(id, value(id));
    };
    input(id).addEventListener("input", update);
    if (id !== "stroke" && id !== "quality") input(id).addEventListener("input", onLive);
    onLanguage(update);
    update();
  }
  for (const option of /** @type {NodeListOf<HTMLOptionElement>} */ (document.querySelectorAll("#size option"))) {
    put(option, "run.scale-px", { side: () => option.value });
  }
  onLanguage(() => input("iterations").setAttribute("aria-invalid", "false"));
  const from = input("from");
  const showSeed = () => { input("seed-field").hidden = from.value !== "noise"; };
  from.addEventListener("change", showSeed);
  showSeed();
  input("layers-reset").addEventListener("click", () => {
    for (const id of LAYERS) {
      input(id).value = "1";
      input(id).dispatchEvent(new Event("input"));
    }
  });
}
