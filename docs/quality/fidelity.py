"""What int8 and int4 cost against f32: the numbers of docs/quality.md.

    cargo build --workspace
    mkdir <models>
    for bits in 32 8 4: target/debug/atelier quantize <VGG-19 weights> --bits $bits -o <models>
    python docs/quality/fidelity.py --models <models> --pairs <folder with pairs.tsv> --atelier target/debug/atelier --out <folder>

The model files are read back as Atelier reads them. Features, Gram matrices and the gradient of the style loss are computed by PyTorch
on the content pictures; the pictures of the last column are painted by Atelier with each file.
"""

import argparse
import json
import pathlib
import struct
import subprocess

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from compare import read_pairs

TAPS = ("1_1", "2_1", "3_1", "4_1", "4_2", "5_1")
BLOCK = 32


def model(path):
    """Weights and preprocessing of a model file."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    kinds = {"F32": np.float32, "F16": np.float16, "I8": np.int8, "U8": np.uint8}

    def array(name):
        entry = header[name]
        start, end = entry["data_offsets"]
        return np.frombuffer(data[start:end], kinds[entry["dtype"]]).reshape(entry["shape"])

    weights = {}
    width = 3
    for name in (key.removesuffix(".weight") for key in header if key.endswith(".weight")):
        weights[name] = None
    for name in sorted(weights):
        weight, bias = array(f"{name}.weight"), array(f"{name}.bias")
        if weight.dtype == np.int8:
            weight = weight.astype(np.float32) * array(f"{name}.scale")[:, None, None, None]
        elif weight.dtype == np.uint8:
            values = np.stack([weight & 15, weight >> 4], axis=1).reshape(-1).astype(np.float32) - 8
            stride = width * 9
            scale = array(f"{name}.scale").astype(np.float32).reshape(len(bias), -1)
            scale = np.repeat(scale, BLOCK, axis=1)[:, :stride]
            weight = (values[: len(bias) * stride].reshape(len(bias), stride) * scale).reshape(len(bias), width, 3, 3)
        width = len(bias)
        weights[name] = (torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy()))
    shape = json.loads(header["__metadata__"]["architecture"])["input"]
    as_tensor = lambda values: torch.tensor(values).reshape(1, 3, 1, 1)
    return weights, as_tensor(shape["scale"]), as_tensor(shape["shift"])


def features(network, picture):
    weights, scale, shift = network
    x = picture * scale + shift
    taps = {}
    for name in sorted(weights):
        block, layer = name.removeprefix("conv").split("_")
        if layer == "1" and block != "1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), *weights[name]))
        taps[f"{block}_{layer}"] = x
    return taps


def gram(f):
    flat = f.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


def gradient(network, picture, style):
    picture = picture.clone().requires_grad_(True)
    wanted = {tap: gram(f) for tap, f in features(network, style).items()}
    now = features(network, picture)
    style_taps = [tap for tap in TAPS if tap.endswith("_1")]
    loss = sum((gram(now[tap]) - wanted[tap]).square().sum() / wanted[tap].square().sum() for tap in style_taps)
    return torch.autograd.grad(loss, picture)[0]


def read(path, side):
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(image)).float().permute(2, 0, 1)[None] / 255


def paint(options, content, style, bits, index):
    result = options.out / f"{index:02}-{bits}.png"
    if not result.exists():
        file = {"float32": "vgg19-float32", "int8": "vgg19-int8", "int4": "vgg19-int4"}[bits]
        command = [options.atelier, "stylize", content, "--style", style, "-o", result, "--json", "--size", str(options.size)]
        command += ["--iterations", str(options.iterations), "--model", options.models / f"{file}.safetensors"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return np.array(Image.open(result).convert("RGB")).astype(np.float64)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("models", "pairs", "atelier", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--iterations", type=int, default=50)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    pairs = read_pairs(options.pairs)[::2]
    exact = model(options.models / "vgg19-float32.safetensors")
    for bits in ("int8", "int4"):
        network = model(options.models / f"vgg19-{bits}.safetensors")
        cosines, grams, gradients, psnr = {tap: [] for tap in TAPS}, {tap: [] for tap in TAPS}, [], []
        for index, (content, style) in enumerate(pairs):
            pictures = read(content, options.size), read(style, options.size)
            with torch.no_grad():
                a, b = features(exact, pictures[0]), features(network, pictures[0])
                for tap in TAPS:
                    cosines[tap].append(F.cosine_similarity(a[tap].flatten(), b[tap].flatten(), dim=0).item())
                    grams[tap].append(((gram(b[tap]) - gram(a[tap])).norm() / gram(a[tap]).norm()).item())
            right, found = gradient(exact, *pictures), gradient(network, *pictures)
            gradients.append(((found - right).norm() / right.norm()).item())
            difference = paint(options, content, style, bits, index) - paint(options, content, style, "float32", index)
            psnr.append(10 * np.log10(255**2 / max((difference**2).mean(), 1e-12)))
        print(f"| {bits} | {' | '.join(f'{np.mean(cosines[tap]):.5f}' for tap in TAPS)} |", end="")
        print(f" {' | '.join(f'{np.mean(grams[tap]):.4f}' for tap in TAPS)} |", end="")
        print(f" {np.mean(gradients):.4f} | {np.mean(psnr):.1f} ({min(psnr):.1f}…{max(psnr):.1f}) |")


if __name__ == "__main__":
    main()
