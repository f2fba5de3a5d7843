// @ts-check
// Where an unfinished training is kept, and the lock by which one tab at a time has it.
import { AtelierError } from "./atelier-error.js";
import { Store } from "./store.js";

export const store = new Store("training");
export const LOCK = "atelier-training";

/** Throws away what is kept, unless a tab is at it: what that one goes on to put away could never be gone on with. */
export async function forget() {
  // Where there are no locks nothing is kept but by an older release.
  if (!navigator.locks) return store.clear();
  try {
    await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      if (!lock) throw new AtelierError("training-elsewhere", "visitor");
      return store.clear();
    });
  } catch (reason) {
    // Nor are there any where the site may keep nothing.
    if (!(reason instanceof DOMException && reason.name === "SecurityError")) throw reason;
  }
}
