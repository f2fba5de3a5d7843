// A network as an ONNX file. The few messages that takes are written here, field by field, after onnx.proto.

/** @returns {Uint8Array} */
export function onnxFile({ preprocess }, weighted, side) {
  const nodes = [];
  const initializers = [];
  const constant = (name, shape, values) => initializers.push(tensor(name, shape, values));
  let last = "picture";
  const apply = (operator, inputs, attributes = {}) => {
    const output = `${operator}${nodes.length}`;
    nodes.push(node(operator, [last, ...inputs], output, attributes));
    last = output;
  };

  constant("scale", [1, 3, 1, 1], Float32Array.from(preprocess.scale));
  constant("shift", [1, 3, 1, 1], Float32Array.from(preprocess.shift));
  apply("Mul", ["scale"]);
  apply("Add", ["shift"]);
  const deepest = weighted.findLastIndex(({ first }) => first);
  for (const { place, block, first, input, output, weight, bias } of weighted.slice(0, deepest + 1)) {
    if (first && block > 1) apply("MaxPool", [], { kernel_shape: [2, 2], strides: [2, 2] });
    constant(`weight${place}`, [output, input, 3, 3], weight);
    constant(`bias${place}`, [output], bias);
    apply("Conv", [`weight${place}`, `bias${place}`], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    apply("Relu", []);
  }
  const { block, output } = weighted[deepest];
  const graph = message(
    ...nodes.map((bytes) => field(1, bytes)),
    field(2, text("network")),
    ...initializers.map((bytes) => field(5, bytes)),
    field(11, value("picture", [1, 3, side, side])),
    field(12, value(last, [1, output, side >> (block - 1), side >> (block - 1)])),
  );
  return message(number(1, IR_VERSION), field(7, graph), field(8, message(number(2, OPSET))));
}

const IR_VERSION = 8;
const OPSET = 13;
const FLOAT = 1;
const INTS = 7;

const node = (operator, inputs, output, attributes) =>
  message(
    ...inputs.map((input) => field(1, text(input))),
    field(2, text(output)),
    field(4, text(operator)),
    ...Object.entries(attributes).map(([name, values]) =>
      field(5, message(field(1, text(name)), ...values.map((value) => number(8, value)), number(20, INTS))),
    ),
  );

const tensor = (name, shape, values) =>
  message(...shape.map((side) => number(1, side)), number(2, FLOAT), field(8, text(name)), field(9, new Uint8Array(values.buffer)));

const value = (name, shape) => {
  const dimensions = shape.map((side) => field(1, message(number(1, side))));
  return message(field(1, text(name)), field(2, message(field(1, message(number(1, FLOAT), field(2, message(...dimensions)))))));
};

const text = (string) => new TextEncoder().encode(string);

/** A field that holds a number. */
const number = (tag, value) => message(varint(tag << 3), varint(value));

/** A field that holds bytes: text or a message. */
const field = (tag, bytes) => message(varint((tag << 3) | 2), varint(bytes.length), bytes);

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.from([...bytes, value]);
}

function message(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
