"""mean.py a.safetensors b.safetensors -o out.safetensors [--share 0.5] : the mean of two generators, parameter by parameter.

Of a generator and what became of it by further training: what lies between has the gains of the latter and keeps what the former could (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models"). Two that were trained apart have no such mean. Parameters are int8 per output channel again afterwards, as both were.
"""

import argparse

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

SCALE = ".weight.scale"


def whole(file, key):
    """A parameter as numbers, whatever it is stored as."""
    values = file.get_tensor(key)
    if values.dtype != np.int8:
        return values
    scales = file.get_tensor(key + ".scale")
    return values.astype(np.float32) * scales.reshape((-1,) + (1,) * (values.ndim - 1))


def quantised(values):
    """Symmetric int8 for each output channel, and the scales."""
    scales = np.abs(values.reshape(len(values), -1)).max(axis=1) / 127
    scales[scales == 0] = 1
    steps = values / scales.reshape((-1,) + (1,) * (values.ndim - 1))
    return np.clip(np.rint(steps), -127, 127).astype(np.int8), scales.astype(np.float32)


def main():
    """Reads two, writes one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generators", nargs=2)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--share", type=float, default=0.5, help="of the second")
    given = parser.parse_args()
    one, other = (safe_open(path, "np") for path in given.generators)
    for key in ("format", "architecture", "style_scale"):
        if one.metadata()[key] != other.metadata()[key]:
            raise SystemExit(f"the two have another {key}")
    mean = {}
    for key in (key for key in one.keys() if not key.endswith(SCALE)):
        values = (1 - given.share) * whole(one, key) + given.share * whole(other, key)
        if one.get_tensor(key).dtype == np.int8:
            mean[key], mean[key + ".scale"] = quantised(values)
        else:
            mean[key] = values.astype(np.float32)
    save_file(mean, given.output, dict(other.metadata()))


if __name__ == "__main__":
    main()
