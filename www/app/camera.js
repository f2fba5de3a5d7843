// @ts-check
// A still from the device's camera. The stream ends with the dialogue; nothing of it is kept but the one picture.
import { byId, find } from "./dom.js";
import { AtelierError } from "./errors.js";
import { t } from "./text.js";

/** @typedef {import("./wells.js").Well} Well */

const QUALITY = .95;
const dialog = byId("camera");
const video = find(dialog, "video");
const shutter = byId("camera-take");
const turn = byId("camera-turn");

/** @type {MediaStream | null} */
let stream = null;
/** Those that there are. @type {string[]} */
let cameras = [];
/** The one in use; at first one that looks away from whoever holds the device. */
let device = "";
/** The number of the latest attempt: what an earlier one brings comes too late. */
let latest = 0;
/** @type {Well | null} */
let into = null;

/** @param {Well} well */
export async function takePicture(well) {
  into = well;
  dialog.showModal();
  await start();
}

async function start() {
  stop();
  shutter.disabled = true;
  const mine = latest;
  try {
    const opened = await navigator.mediaDevices.getUserMedia({ video: { ...device ? { deviceId: device } : { facingMode: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } } });
    // Closed, or turned, while the visitor was being asked.
    if (mine !== latest) return opened.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = opened;
    await video.play();
    // Playing is promised before there is a picture to take.
    if (!video.videoWidth) await new Promise((seen) => video.addEventListener("resize", seen, { once: true }));
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (mine !== latest) return;
    cameras = devices.flatMap(({ kind, deviceId }) => (kind === "videoinput" ? deviceId : []));
    device = opened.getVideoTracks()[0]?.getSettings().deviceId ?? device;
    turn.hidden = cameras.length < 2;
    shutter.disabled = false;
  } catch (reason) {
    if (mine !== latest) return;
    // The next time another is asked for.
    device = "";
    dialog.close();
    into?.refuse(refusal(/** @type {Error} */ (reason)));
  }
}

/** @param {Error} reason as browsers name it */
function refusal({ name, message }) {
  if (name === "NotAllowedError" || name === "SecurityError") return new AtelierError("camera-refused", "visitor");
  if (name === "NotFoundError") return new AtelierError("camera-missing", "visitor");
  return new AtelierError("camera-failed", "device", { message });
}

function stop() {
  latest++;
  stream?.getTracks().forEach((track) => track.stop());
  stream = video.srcObject = null;
}

function take() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  dialog.close();
  canvas.toBlob((file) => { if (file) into?.offer({ file, name: () => t("well.camera-picture"), base: "camera" }); }, "image/jpeg", QUALITY);
}

shutter.addEventListener("click", take);
turn.addEventListener("click", () => {
  device = cameras[(cameras.indexOf(device) + 1) % cameras.length];
  start();
});
byId("camera-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", stop);
