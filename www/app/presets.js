// @ts-check
// Settings as a file: saved, chosen or dropped.
import { byId } from "./dom.js";
import { offerFile } from "./download.js";
import { AtelierError, showError } from "./errors.js";
import { enterMode, mode } from "./modes.js";
import { ENDING, applyPreset, readPreset, writePreset } from "./preset-file.js";
import { put, putComputed } from "./text.js";

/** Far above any preset. */
const MOST_BYTES = 1e6;

/** @param {import("./generators.js").Generators} generators */
export function savePreset(generators) {
  quiet();
  const base = generators.chosen && mode() === "generate" ? generators.chosen.id : "settings";
  const name = offerFile(new Blob([writePreset(mode() === "generate" ? "generate" : "optimise")], { type: "application/json" }), base, ENDING);
  put(byId("preset-status"), "preset.saved", { name });
}

/** Reads a file and sets what it says. @param {File} file @param {import("./generators.js").Generators} generators @param {boolean} busy the mode cannot be changed now */
export async function loadPreset(file, generators, busy) {
  quiet();
  try {
    if (file.size > MOST_BYTES) throw new AtelierError("preset-unreadable", "visitor", { file: file.name });
    const preset = readPreset(await file.text(), file.name);
    // Its list may not have been asked for yet.
    if (preset.generate.generator !== undefined) await generators.refresh();
    const left = applyPreset(preset);
    if (preset.mode && !busy && preset.mode !== mode()) enterMode(preset.mode);
    const line = byId("preset-status");
    if (left.length) put(line, "preset.partly", { file: file.name, fields: left.join(", ") });
    else put(line, "preset.loaded", { file: file.name });
  } catch (thrown) {
    showError(byId("preset-error"), AtelierError.from(thrown));
  }
}

function quiet() {
  byId("preset-error").hidden = true;
  putComputed(byId("preset-status"), () => "");
}
