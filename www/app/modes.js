// @ts-check
// The three things that the studio does. The body's data-mode says which; the style sheet shows what belongs to it.

/** @typedef {"generate" | "optimise" | "train"} Mode */

/** @type {NodeListOf<HTMLInputElement>} */
const choices = document.querySelectorAll("input[name=mode]");

/** @returns {Mode} */
export const mode = () => /** @type {Mode} */ (document.body.dataset.mode);

/** Listens to the choice. @param {() => void} onChange */
export function watchModes(onChange) {
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      document.body.dataset.mode = choice.value;
      onChange();
    });
  }
}

const usual = mode();

/** The mode that the page opens in: the one that its link or shortcut asks for. */
export function firstMode() {
  const asked = new URLSearchParams(location.search).get("mode");
  return [...choices].some(({ value }) => value === asked) ? /** @type {Mode} */ (asked) : usual;
}

/** Makes the choice that the address asks for. */
export const startMode = () => enterMode(firstMode());

/** Does nothing for what is no mode, nor while something is being made. @param {string} wanted */
export function enterMode(wanted) {
  const choice = [...choices].find(({ value }) => value === wanted);
  if (!choice || choice.disabled || (choice.checked && mode() === wanted)) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change"));
}

/** @param {boolean} busy nothing else can be done meanwhile */
export function lockModes(busy) {
  for (const choice of choices) choice.disabled = busy;
}
