// @ts-check
// Turns error codes into a sentence, says whose turn it is, and offers the one action that helps. The page never invents a
// second wording: everything the worker or the page itself can report passes through here.
import { AtelierError } from "./atelier-error.js";
import { find } from "./dom.js";
import { has, put, t } from "./text.js";

export { AtelierError };

/** `text`: what is written on the button, where that is not its name. @typedef {{name: string, text?: string, params?: Record<string, string | number>, run: (button: HTMLButtonElement) => void}} Action */

/** Shows the sentence for an error in an element and keeps it in the visitor's language. @param {Element} element @param {AtelierError} error */
export function putError(element, error) {
  const key = `error.${error.code}`;
  if (has(key)) put(element, key, error.details);
  else put(element, "error.unknown", { code: error.code });
}

/** The same in a line of its own, which is hidden while there is none. @param {HTMLElement} line @param {AtelierError} error */
export function showError(line, error) {
  line.dataset.code = error.code;
  line.hidden = false;
  putError(line, error);
}

/** Errors of a device end with a fresh worker; those of a host or of ours can be tried again. */
const PROCESSOR_HELPS = new Set(["device-lost", "gpu-error", "worker-died", "out-of-memory", "webgpu-unavailable"]);
const RETRY_IS_USELESS = new Set(["out-of-memory", "webgpu-unavailable", "run-in-progress", "storage-full", "offline-unavailable"]);
/** What trying again amounts to. @type {Record<string, string>} */
const RETRY_MEANS = {
  "model-damaged": "fetch-again", "network-lost": "reconnect", "engine-unreachable": "reconnect", "manifest-unreachable": "reconnect",
};

/** What is kept, and what works without the network, can be looked at. */
const ABOUT_STORAGE = new Set(["storage-full", "network-lost", "manifest-unreachable", "generator-foreign", "training-foreign"]);

/** The panel above the picture. One error at a time: the latest is the one that matters. */
export class ErrorPanel {
  #root;
  /** @type {AtelierError | null} */
  #shown = null;

  /** @param {HTMLElement} root
   * @param {{retry: () => void, useProcessor: () => void, onProcessor: () => boolean, smaller: () => number | null,
   *          useSize: (side: number) => void, chooseModel: () => void, openStorage: () => void, focusBack: () => void, report: (error: AtelierError) => string}} deeds */
  constructor(root, deeds) {
    this.#root = root;
    this.deeds = deeds;
  }

  get code() { return this.#shown?.code ?? null; }

  /** @param {AtelierError} error */
  show(error) {
    this.#shown = error;
    const details = this.#part(".error-details");
    details.hidden = true;
    this.#root.dataset.code = error.code;
    this.#root.dataset.party = error.party;
    put(this.#part(".error-party"), `party.${error.party}`);
    putError(this.#part(".error-text"), error);
    this.#part(".error-actions").replaceChildren(...this.#actions(error).map(button));
    this.#root.hidden = false;
  }

  hide() {
    this.#shown = null;
    // Focus must not fall into nothing with the button that was pressed.
    if (this.#root.contains(document.activeElement)) this.deeds.focusBack();
    this.#root.hidden = true;
    delete this.#root.dataset.code;
  }

  /** @param {string} selector */
  #part(selector) {
    return find(this.#root, selector);
  }

  /** @param {AtelierError} error @returns {Action[]} */
  #actions(error) {
    const { deeds } = this;
    /** @type {Action[]} */
    const actions = [];
    const then = (/** @type {() => void} */ deed) => () => { this.hide(); deed(); };
    const smaller = deeds.smaller();
    if (error.code === "out-of-memory" && smaller) {
      actions.push({ name: "smaller", params: { side: smaller }, run: then(() => deeds.useSize(smaller)) });
    }
    const copy = () => actions.push({ name: "copy", run: (pressed) => this.#copy(error, pressed) });
    if (error.party === "bug") copy();
    if (error.party !== "visitor" && !RETRY_IS_USELESS.has(error.code)) {
      actions.push({ name: "retry", text: RETRY_MEANS[error.code], run: then(deeds.retry) });
    }
    if (ABOUT_STORAGE.has(error.code)) actions.push({ name: "storage", run: deeds.openStorage });
    if (error.code.startsWith("weights-stored-")) actions.push({ name: "choose-model", run: then(deeds.chooseModel) });
    if (PROCESSOR_HELPS.has(error.code) && !deeds.onProcessor()) actions.push({ name: "use-cpu", run: then(deeds.useProcessor) });
    if (error.party === "device" && !ABOUT_STORAGE.has(error.code)) copy();
    actions.push({ name: "dismiss", run: () => this.hide() });
    return actions;
  }

  /** @param {AtelierError} error @param {HTMLButtonElement} pressed */
  async #copy(error, pressed) {
    const report = this.deeds.report(error);
    try {
      await navigator.clipboard.writeText(report);
      put(pressed, "action.copied");
    } catch {
      // Without clipboard access the text is shown, ready to be selected by hand.
      const details = this.#part(".error-details");
      details.textContent = report;
      details.hidden = false;
      details.focus();
    }
  }
}

/** @param {Action} action @param {number} index */
function button(action, index) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = index === 0 && action.name !== "dismiss" ? "button primary" : "button";
  element.dataset.action = action.name;
  put(element, `action.${action.text ?? action.name}`, action.params);
  element.addEventListener("click", () => action.run(element));
  return element;
}

/** The text a visitor can send us: what broke and where, nothing about the pictures.
 * @param {AtelierError} error @param {Record<string, unknown>} surroundings */
export function reportText(error, surroundings) {
  const { code, party, details } = error;
  return JSON.stringify({ code, party, details, sentence: t(`error.${code}`, details), ...surroundings }, null, 2);
}
