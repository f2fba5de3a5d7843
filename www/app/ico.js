// @ts-check
// Writes .ico files whose pictures are PNG files, as every system since Windows Vista and every browser reads them.

const HEADER = 6;
const ENTRY = 16;

/** @param {{side: number, blob: Blob}[]} pictures square, at most 256 px, the smallest first @returns {Blob} */
export function ico(pictures) {
  const bytes = new Uint8Array(HEADER + ENTRY * pictures.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, 1, true); // icons, not cursors
  view.setUint16(4, pictures.length, true);
  let offset = bytes.length;
  pictures.forEach(({ side, blob }, index) => {
    const at = HEADER + ENTRY * index;
    // A byte each: 256 is written as 0.
    view.setUint8(at, side & 255);
    view.setUint8(at + 1, side & 255);
    view.setUint16(at + 4, 1, true); // planes
    view.setUint16(at + 6, 32, true); // bits a pixel
    view.setUint32(at + 8, blob.size, true);
    view.setUint32(at + 12, offset, true);
    offset += blob.size;
  });
  return new Blob([bytes, ...pictures.map(({ blob }) => blob)], { type: "image/x-icon" });
}
