// What a program for Node can rely on, where nobody knows of canvases. It is compiled, and not run.
import { Atelier } from "atelier-studio/node";
import type { Painted, Picture, PixelData } from "atelier-studio/node";

export async function paint(photo: Blob, style: PixelData): Promise<Blob> {
  const atelier = new Atelier({ backend: "cpu" });
  const exact: Painted = await atelier.stylize(photo, [{ picture: style, weight: 2 }]);
  const pixels: PixelData = exact.picture;
  for await (const event of atelier.optimize(pixels, style, { keep: pixels })) if (event.kind === "preview") pixels.data.set(event.picture.data);
  const { generator } = await atelier.train([style], { contents: [photo, pixels] }).result();
  const { picture } = await atelier.stylize(photo, null, { generator, output: "png" });
  atelier.dispose();
  return picture;
}

// @ts-expect-error What Node's types do not know is no picture.
export const easel: Picture = { width: 1, height: 1 };
