// @ts-check
// The settings in the page's address, so that a link or a bookmark brings them back. They stand behind the "#": that part is for the browser
// alone and is never sent to the host.
import { byId } from "./dom.js";
import { FORMS, readForms, writeForms } from "./form-state.js";
import { enterMode, firstMode, mode, watchModes } from "./modes.js";

/** A slider that is dragged moves more often than browsers let an address change. */
const QUIET_MS = 400;

/** What the address asks for. @returns {Record<string, string>} */
const asked = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

/** The setting that the address has, for a control that cannot be set yet. @param {string} id */
export const wanted = (id) => asked()[id] ?? "";

/** Sets the controls as the address says, and from then on the address as the controls are. */
export function followAddress() {
  apply();
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(write, QUIET_MS);
  };
  for (const form of FORMS) for (const type of ["input", "change"]) byId(form).addEventListener(type, later);
  watchModes(later);
  addEventListener("hashchange", apply);
}

function apply() {
  const { mode: wantedMode, ...state } = asked();
  enterMode(wantedMode ?? firstMode());
  writeForms(state);
}

/** The controls whose lists are still on their way: what was asked for of them stays in the address. */
const late = new Set(["model", "generator"]);

/** A list has come. @param {"model" | "generator"} id */
export const arrived = (id) => late.delete(id);

/** @returns {Record<string, string>} */
const pending = () => Object.fromEntries([...late].map((id) => [id, wanted(id)]).filter(([, value]) => value));

function write() {
  /** @type {Record<string, any>} */
  const state = readForms();
  if (mode() !== firstMode()) state.mode = mode();
  // Which comes first in the list is another elsewhere, and another tomorrow.
  if (byId("generator").value) state.generator = byId("generator").value;
  Object.assign(state, pending());
  const text = new URLSearchParams(state).toString();
  // Nothing but the controls may be lost by a browser that refuses.
  try {
    history.replaceState(history.state, "", text ? `#${text}` : location.pathname + location.search);
  } catch (reason) {
    console.debug("address", reason);
  }
}
