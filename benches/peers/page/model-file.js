// A network as Atelier's model file (see `src/vgg/file.rs`).

/** @returns {Uint8Array} */
export function modelFile({ blocks, preprocess }, weighted) {
  const header = { __metadata__: { architecture: JSON.stringify({ blocks, padding: "zero", pooling: "max", input: preprocess }) } };
  const arrays = [];
  let offset = 0;
  const add = (name, values, shape) => {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + values.byteLength] };
    arrays.push(values);
    offset += values.byteLength;
  };
  for (const { place, input, output, weight, bias } of weighted) {
    add(`conv${place}.weight`, weight, [output, input, 3, 3]);
    add(`conv${place}.bias`, bias, [output]);
  }
  const text = JSON.stringify(header);
  // The format asks for data that begins at a multiple of 8.
  const head = new TextEncoder().encode(text + " ".repeat((8 - (text.length % 8)) % 8));
  const file = new Uint8Array(8 + head.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  let at = 8 + head.length;
  for (const values of arrays) {
    file.set(new Uint8Array(values.buffer), at);
    at += values.byteLength;
  }
  return file;
}
