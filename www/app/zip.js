// @ts-check
// Writes zip files (PKWARE's APPNOTE 6.3) of what is compressed already: pictures are stored as they are, one after the other, so that
// nothing is held in memory but the list of names.
//
// A checksum and size stand before each file and not behind it: what is stored is here as a blob and can be read twice, and not every
// reader understands a stored file whose length it is told afterwards (Java's ZipInputStream does not).
import { AtelierError } from "./errors.js";

/** @typedef {{name: string, blob: Blob}} Entry */

export const MOST_BYTES = 2 ** 32 - 1;
const MOST_FILES = 2 ** 16 - 1;
const LOCAL_HEADER = 30;
const DIRECTORY_HEADER = 46;
const END = 22;
/** Version 2.0: as old as zip files with folders. */
const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 1 << 11;

/** Refuses what this kind of zip file cannot hold, before anything is written. @param {Entry[]} entries */
export function checkZip(entries) {
  const about = new TextEncoder();
  const sizes = entries.map(({ name, blob }) => LOCAL_HEADER + DIRECTORY_HEADER + 2 * about.encode(name).length + blob.size);
  const bytes = sizes.reduce((sum, size) => sum + size, END);
  if (bytes > MOST_BYTES || entries.length > MOST_FILES) {
    throw new AtelierError("zip-too-large", "visitor", { gigabytes: Math.round(bytes / 1e8) / 10, count: entries.length });
  }
}

/** Writes a zip file, part by part. @param {Entry[]} entries with names of their own @param {(part: Blob | Uint8Array) => unknown} write */
export async function writeZip(entries, write) {
  checkZip(entries);
  const directory = [];
  const stamp = dosTime(new Date());
  let offset = 0;
  for (const { name, blob } of entries) {
    const file = { name: new TextEncoder().encode(name), crc: await checksum(blob), size: blob.size, offset, stamp };
    const header = localHeader(file);
    await write(header);
    await write(blob);
    offset += header.length + blob.size;
    directory.push(directoryHeader(file));
  }
  for (const header of directory) await write(header);
  const length = directory.reduce((sum, { length }) => sum + length, 0);
  await write(end(directory.length, length, offset));
}

/** @typedef {{name: Uint8Array, crc: number, size: number, offset: number, stamp: number}} Stored */

/** What the header before a file and the one in the directory have in common. @param {DataView} view @param {number} at @param {Stored} file */
function describe(view, at, { name, crc, size, stamp }) {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 4, 0, true); // stored
  view.setUint32(at + 6, stamp, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}

/** @param {Stored} file */
function localHeader(file) {
  const bytes = new Uint8Array(LOCAL_HEADER + file.name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x04034b50, true);
  describe(view, 4, file);
  bytes.set(file.name, LOCAL_HEADER);
  return bytes;
}

/** @param {Stored} file */
function directoryHeader(file) {
  const bytes = new Uint8Array(DIRECTORY_HEADER + file.name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, VERSION, true);
  describe(view, 6, file);
  view.setUint32(42, file.offset, true);
  bytes.set(file.name, DIRECTORY_HEADER);
  return bytes;
}

/** @param {number} files @param {number} length of the directory @param {number} offset where it begins */
function end(files, length, offset) {
  const bytes = new Uint8Array(END);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, files, true);
  view.setUint16(10, files, true);
  view.setUint32(12, length, true);
  view.setUint32(16, offset, true);
  return bytes;
}

/** Date and time as MS-DOS had them: in steps of two seconds, since 1980. @param {Date} when */
function dosTime(when) {
  const date = (when.getFullYear() - 1980) << 9 | (when.getMonth() + 1) << 5 | when.getDate();
  const time = when.getHours() << 11 | when.getMinutes() << 5 | when.getSeconds() >> 1;
  return (date << 16 | time) >>> 0;
}

/** CRC-32 of each byte (ISO 3309). */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of a file, read in pieces. @param {Blob} blob */
async function checksum(blob) {
  let crc = ~0;
  const reader = blob.stream().getReader();
  for (let piece; !(piece = await reader.read()).done; ) {
    for (const byte of piece.value) crc = crc >>> 8 ^ TABLE[(crc ^ byte) & 255];
  }
  return ~crc >>> 0;
}
