// @ts-check
// The page's side of the service worker (`sw.js`): registers it, asks it for things, and says when a new version is there. A browser that
// refuses it changes nothing but that the studio needs the network.
import { byId } from "./dom.js";
import { AtelierError } from "./errors.js";
import { RELEASE } from "./release.js";
import { put } from "./text.js";

/** How often a tab that stays open looks for a new version. */
const LOOK_MS = 3_600_000;
/** A worker that does not take over is not waited for: the network has the new version as well. */
const TAKE_OVER_MS = 2000;

/** Registers the service worker, which then takes in what a next visit without the network needs. Never throws. */
export async function goOffline() {
  const { serviceWorker } = navigator;
  if (!serviceWorker || !RELEASE) return;
  try {
    const registration = await serviceWorker.register(new URL("sw.js", document.baseURI), { updateViaCache: "none" });
    watch(registration);
    // Another tab may have let a new version take over.
    serviceWorker.addEventListener("controllerchange", () => {
      if (!registration.active) return;
      consider(registration.active, registration);
      // It has thrown away what only the one before it needed.
      furnish();
    });
    await serviceWorker.ready;
    await furnish();
  } catch (reason) {
    console.debug("offline", reason);
  }
}

/** What is needed without the network is fetched. */
const furnish = () => ask({ op: "furnish" }).catch((reason) => console.debug("offline", reason));

/** This site's own service worker: another site of the same origin may have one that is for all that lies below it. */
export async function registered() {
  const registration = await navigator.serviceWorker?.getRegistration(document.baseURI);
  return registration?.scope === new URL("./", document.baseURI).href ? registration : undefined;
}

/** Asks the service worker, where there is one. @param {{op: string} & Record<string, unknown>} message @returns {Promise<any>} */
export async function ask(message) {
  const worker = (await registered())?.active;
  if (!worker) throw new AtelierError("offline-unavailable", "device");
  return tell(worker, message);
}

/** @param {ServiceWorker} worker @param {{op: string} & Record<string, unknown>} message @returns {Promise<any>} */
function tell(worker, message) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => {
      port1.close();
      if (!data.failed) resolve(data.value);
      else if (data.failed === "quota") reject(new AtelierError("storage-full", "device"));
      else reject(new AtelierError("network-lost", "host", { file: String(message.model ?? "samples"), message: data.message }));
    };
    worker.postMessage(message, [port2]);
  });
}

/** @param {ServiceWorkerRegistration} registration */
function watch(registration) {
  if (registration.waiting) consider(registration.waiting, registration);
  const follow = () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      // Without an older one it takes its place by itself.
      if (worker.state === "installed" && registration.active) consider(worker, registration);
    });
  };
  // The visit itself may have begun one.
  follow();
  registration.addEventListener("updatefound", follow);
  let looked = performance.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || performance.now() - looked < LOOK_MS) return;
    looked = performance.now();
    registration.update().catch((reason) => console.debug("update", reason));
  });
}

/** A service worker may be of another release than this page. @param {ServiceWorker} worker @param {ServiceWorkerRegistration} registration */
async function consider(worker, registration) {
  const release = await tell(worker, { op: "release" });
  if (release !== RELEASE) offer(registration);
  // The page came from the network and is new already. Older pages keep their scripts.
  else if (worker === registration.waiting) tell(worker, { op: "takeOver" });
}

/** Says that there is a new version; the visitor decides when. @param {ServiceWorkerRegistration} registration */
function offer(registration) {
  const toast = byId("update");
  const text = document.createElement("p");
  put(text, "offline.update");
  const row = document.createElement("div");
  row.className = "row";
  row.append(button("reload", async () => {
    const taken = new Promise((go) => navigator.serviceWorker.addEventListener("controllerchange", go, { once: true }));
    if (registration.waiting) {
      tell(registration.waiting, { op: "takeOver" });
      await Promise.race([taken, new Promise((go) => { setTimeout(go, TAKE_OVER_MS); })]);
    }
    location.reload();
  }), button("later", () => {
    toast.replaceChildren();
    byId("start").focus({ preventScroll: true });
  }));
  toast.replaceChildren(text, row);
}

/** @param {"reload" | "later"} name @param {() => void} press */
function button(name, press) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = name === "reload" ? "button primary" : "button quiet";
  element.dataset.update = name;
  put(element, `offline.${name}`);
  element.addEventListener("click", press);
  return element;
}
