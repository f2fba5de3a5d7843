// @ts-check
// "Install", where the browser would: it says so beforehand, and asks its own question when the visitor presses the button. Elsewhere there is none.
import { byId } from "./dom.js";

/** The browser's question, which can be put once. @typedef {Event & {prompt: () => Promise<unknown>}} Question */

export function offerToInstall() {
  const button = byId("install");
  /** @type {Question | null} */
  let question = null;
  addEventListener("beforeinstallprompt", (event) => {
    // Or some browsers would lay a banner over the page at a time of their choosing.
    event.preventDefault();
    question = /** @type {Question} */ (event);
    button.hidden = false;
  });
  button.addEventListener("click", () => {
    question?.prompt().catch((reason) => console.debug("install", reason));
    question = null;
    byId("storage-open").focus({ preventScroll: true });
    button.hidden = true;
  });
  addEventListener("appinstalled", () => { button.hidden = true; });
}
