// Many photos in the style of one picture, on the processor: node batch.js STYLE OUT PHOTO…
import { openAsBlob } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { Atelier, AtelierError } from "atelier-studio/node";

const [style, out, ...photos] = process.argv.slice(2);
if (!photos.length) {
  console.error("usage: node batch.js STYLE OUT PHOTO…");
  process.exit(2);
}
const taken = new Set();
/** The photo's name, with a number where another folder or format has brought the same. */
const nameFor = (photo) => {
  const stem = basename(photo, extname(photo));
  let name = stem;
  // There are file systems to which GARDEN and garden are one.
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${stem}-${count}`;
  taken.add(name.toLowerCase());
  return `${name}.png`;
};
const atelier = new Atelier();
await mkdir(out, { recursive: true });
const painting = await openAsBlob(style);
for (const photo of photos) {
  try {
    const { picture, width, height, seconds } = await atelier.stylize(await openAsBlob(photo), painting, { size: 512, output: "png" });
    const file = join(out, nameFor(photo));
    await writeFile(file, picture.stream());
    console.log(`${file}: ${width} × ${height} in ${seconds.toFixed(1)} s`);
  } catch (error) {
    // One bad picture does not end the batch.
    process.exitCode = 1;
    console.error(`${photo}: ${error instanceof AtelierError ? error.code : error}`);
  }
}
atelier.dispose();
