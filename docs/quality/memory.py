"""What a run holds in memory at most, against the activations and the optimiser's history: the numbers of docs/quality.md. Linux.

    cargo build --workspace
    python docs/quality/memory.py --atelier target/debug/atelier --vgg19 <vgg19-int8.safetensors> --content <photo> --style <painting>

Each line is a run of its own at one size (it starts from a picture), with as many evaluations as fill the optimiser's history, and its peak is the
kernel's (`ru_maxrss`) less that of a run at 64 px: the program, its weights and the decoded files. What it is set off against is, in bytes of f32:

    activations  4 · Σ over convolutions to the deepest tap of (channels · pixels at that depth), of the picture or of a tile with its halo
    history      4 · 3 · pixels · 2 · pairs, where pairs are 10, or fewer where half a gigabyte holds no more
"""

import argparse
import json
import os
import pathlib
import struct
import subprocess
import tempfile

from PIL import Image

HALF_A_GIGABYTE = 128 << 20


def blocks(model):
    raw = model.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(json.loads(raw[8 : 8 + length])["__metadata__"]["architecture"])["blocks"]


def arrays(model, side, held):
    """Activations of `held` pixels and the history of `side`² ones."""
    channels = sum(sum(widths) / 4**block for block, widths in enumerate(blocks(model)))
    pairs = max(3, min(10, HALF_A_GIGABYTE // (2 * 3 * side * side)))
    return 4 * channels * held, 4 * 3 * side * side * 2 * pairs


def peak(options, model, side, iterations):
    """Bytes that one run held at most."""
    with tempfile.TemporaryDirectory() as folder:
        content, result = pathlib.Path(folder, "content.png"), pathlib.Path(folder, "result.png")
        Image.open(options.content).convert("RGB").resize((side, side)).save(content)
        command = [options.atelier, "stylize", content, "--style", options.style, "-o", result, "--json", "--size", str(side)]
        command += ["--iterations", str(iterations), "--start-from", content, "--model", model]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            raise SystemExit(f"{command}: status {status}")
        return usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "vgg19", "content", "style"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--lite", type=pathlib.Path, default=pathlib.Path("models/vgg-lite.safetensors"))
    options = parser.parse_args()
    # All of them are seen whole.
    vgg19, lite = ("VGG-19", options.vgg19), ("vgg-lite", options.lite)
    runs = [(*vgg19, 512, 512, 14), (*lite, 688, 688, 14), (*lite, 1024, 1024, 14), (*lite, 2048, 2048, 3)]
    print("| network | picture | evaluations | peak | activations | history | peak over their sum |")
    print("|---|---|---|---|---|---|---|")
    for name, model, side, held, iterations in runs:
        found = peak(options, model, side, iterations) - peak(options, model, 64, 2)
        activations, history = arrays(model, side, held**2)
        cells = [f"{value / 1e6:.0f} MB" for value in (found, activations, history)]
        print(f"| {name} | {side}² | {iterations} | {' | '.join(cells)} | {found / (activations + history):.2f} |", flush=True)


if __name__ == "__main__":
    main()
