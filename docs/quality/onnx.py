"""onnx.py --atelier target/debug/atelier --generator models/any-style.safetensors --vgg models/vgg-lite.safetensors --content photo --style painting

Exports a generator to ONNX, runs it in ONNX Runtime (`pip install onnxruntime`) and compares with what `atelier generate` paints. The style's
statistics are taken with PyTorch from the same narrow network.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open

LAYERS = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1"]
TAPS = ["1_1", "2_1", "3_1", "4_1"]


def network(path):
    with safe_open(path, "pt") as file:
        meta = json.loads(file.metadata()["architecture"])
        weights = {}
        for layer in LAYERS:
            weight = file.get_tensor(f"conv{layer}.weight").float()
            if f"conv{layer}.scale" in file.keys():
                weight *= file.get_tensor(f"conv{layer}.scale").reshape(-1, 1, 1, 1)
            weights[layer] = weight, file.get_tensor(f"conv{layer}.bias")
    return weights, meta


def planar(image):
    return torch.from_numpy(np.asarray(image.convert("RGB"))).float().permute(2, 0, 1)[None] / 255


def statistics(path, picture):
    weights, meta = network(path)
    channels = lambda values: torch.tensor(values).reshape(1, 3, 1, 1)
    x = picture * channels(meta["input"]["scale"]) + channels(meta["input"]["shift"])
    out = []
    for layer in LAYERS:
        if layer.endswith("_1") and layer != "1_1":
            x = F.max_pool2d(x, 2)
        weight, bias = weights[layer]
        x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), weight, bias))
        if layer in TAPS:
            flat = x.flatten(2)
            out += [flat.mean(2), (flat.var(2, unbiased=False) + 1e-6).sqrt()]
    return torch.cat(out, 1).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "generator", "vgg", "content", "style"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--size", type=int, default=256)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # Sizes that no program has to change, so that only the network is compared.
        content = Image.open(options.content).convert("RGB").resize((options.size, options.size * 3 // 4))
        style = Image.open(options.style).convert("RGB").resize((256, 256))
        content.save(folder / "content.png")
        style.save(folder / "style.png")
        run = lambda *arguments: subprocess.run([options.atelier, *arguments], check=True)
        run("export", options.generator, "-o", str(folder / "g.onnx"))
        run("generate", str(folder / "content.png"), "--style", str(folder / "style.png"), "-o", str(folder / "ours.png"),
            "--generator", options.generator, "--vgg", options.vgg, "--size", str(options.size))
        session = onnxruntime.InferenceSession(str(folder / "g.onnx"), providers=["CPUExecutionProvider"])
        told = statistics(options.vgg, planar(style))
        (theirs,) = session.run(None, {"content": planar(content).numpy(), "style": told})
        ours = planar(Image.open(folder / "ours.png")).numpy()
        difference = np.abs(theirs - ours)
        print(f"largest difference {difference.max():.5f}, mean {difference.mean():.6f}; a step of 8 bits is {1 / 255:.5f}")
        # Ours is rounded to eight bits; beyond that the two may differ by a thousandth.
        if difference.max() > 0.5 / 255 + 1e-3:
            raise SystemExit("ONNX Runtime paints another picture")


if __name__ == "__main__":
    main()
