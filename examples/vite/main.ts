import { Atelier, AtelierError } from "atelier-studio";
import type { OptimizeEvent, Painted } from "atelier-studio";

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [photo, style, strength] = ["photo", "style", "strength"].map((id) => find<HTMLInputElement>(id));
const status = find("status");
const progress = find<HTMLProgressElement>("progress");
const stop = find<HTMLButtonElement>("stop");
const canvas = find<HTMLCanvasElement>("canvas");

const atelier = new Atelier();
let abort = new AbortController();

atelier.ready.then(({ backend }) => { status.textContent = `Ready, on the ${backend}`; }, say);
stop.addEventListener("click", () => abort.abort());
find("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const deed = (event.submitter as HTMLButtonElement).value;
  const [content] = photo.files ?? [];
  const [painting] = style.files ?? [];
  // What is asked for now takes the place of what was asked for before.
  abort.abort();
  const mine = abort = new AbortController();
  stop.disabled = false;
  status.textContent = "Painting…";
  try {
    const { seconds, backend } = await (deed === "stylize" ? stylize(content, painting) : optimize(content, painting));
    status.textContent = `Painted in ${seconds.toFixed(1)} s on the ${backend}`;
  } catch (reason) {
    if (abort === mine) say(reason);
  } finally {
    if (abort === mine) stop.disabled = true;
  }
});

async function stylize(content: Blob, painting: Blob): Promise<Painted> {
  const result = await atelier.stylize(content, painting, { size: 512, strength: strength.valueAsNumber, signal: abort.signal });
  show(result.picture);
  return result;
}

async function optimize(content: Blob, painting: Blob): Promise<Painted> {
  const run = atelier.optimize(content, painting, { size: 256, strength: strength.valueAsNumber, signal: abort.signal });
  for await (const event of run) hear(event);
  return run.result();
}

function hear(event: OptimizeEvent): void {
  if (event.kind === "iteration") progress.value = event.iteration / event.total;
  else if (event.kind === "preview" || event.kind === "done") show(event.picture);
}

function show(picture: ImageData): void {
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
}

function say(reason: unknown): void {
  if (reason instanceof AtelierError) status.textContent = `${reason.code} (${reason.party})`;
  else status.textContent = reason instanceof DOMException && reason.name === "AbortError" ? "Stopped" : String(reason);
}
