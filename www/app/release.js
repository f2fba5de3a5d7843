// @ts-check
// What release this page is of: its scripts lie below that name.

export const RELEASE = /\/(app-[0-9a-f]+)\//.exec(import.meta.url)?.[1] ?? "";

/** Holds it as long as this page is there: nobody throws its scripts away meanwhile. */
export function hold() {
  if (!navigator.serviceWorker || !RELEASE) return;
  navigator.locks?.request(RELEASE, { mode: "shared" }, () => new Promise(() => {})).catch((reason) => console.debug("release", reason));
}
