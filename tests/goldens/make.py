"""Writes the golden files that the Rust tests compare with.

    pip install torch safetensors numpy
    python tests/goldens/make.py --lite <vgg_lite_starter.safetensors> --wide <vgg-lite-wide.f32.safetensors> --out tests/goldens

Every input comes from a seeded generator or is drawn here, and the only weights
used are random ones or the project's own. Everything is computed in float64 and
stored as float32, so a golden value carries no rounding of its own that matters.

Without `--lite` or `--wide`, the file that needs those weights of the project is left as it is.
The files and their arrays are listed in README.md beside this script.
"""

import argparse
import pathlib

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import network
import optimisers
import paper
import pictures

NARROW = {"conv1_1": 4, "conv1_2": 4, "conv2_1": 6, "conv2_2": 6, "conv3_1": 8, "conv3_2": 8, "conv3_3": 8, "conv4_1": 10}
TRUE_CHANNELS = {"1_1": 7, "2_1": 9, "3_1": 12, "3_2": 12, "4_1": 15}
# Odd sizes, so that every pool drops a row and a column; a style of another size.
PICTURE_SIZE, STYLE_SIZE = (37, 29), (31, 45)
# A float32 run must fall on the same side of every kink as this float64 one.
KINK_MARGIN = 2e-5


def tensor(array):
    """A float64 tensor of values that float32 holds exactly."""
    return torch.from_numpy(np.asarray(array, dtype=np.float32)).double()


def random_weights(rng):
    weights, width = {}, 3
    for layer, out in NARROW.items():
        spread = np.sqrt(2.0 / (9 * width))
        weights[f"{layer}.weight"] = tensor(rng.normal(0, spread, (out, width, 3, 3)))
        weights[f"{layer}.bias"] = tensor(rng.normal(0, 0.1, out))
        width = out
    for tap, out in TRUE_CHANNELS.items():
        width = NARROW[f"conv{tap}"]
        weights[f"map{tap}.weight"] = tensor(rng.normal(0, 1 / np.sqrt(width), (out, width)))
        weights[f"map{tap}.bias"] = tensor(rng.normal(0, 0.2, out))
    return weights


class KinkWatch:
    """Remembers how near the run came to a kink of ReLU or of the max pool."""

    def __init__(self):
        self.margin = float("inf")

    def __call__(self, what, x):
        if what == "relu":
            near = x.abs().min()
        else:
            even = x[:, :, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
            windows = even.unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2)
            best, second = windows.topk(2, dim=-1).values.unbind(-1)
            # A window of zeros passes no gradient whichever of them is chosen.
            near = (best - second)[best > 0].min()
        self.margin = min(self.margin, near.item())


def gradient(value, picture):
    return torch.autograd.grad(value, picture, retain_graph=True)[0]


def losses_with_gradients(weights, picture, content, style, each, watch=None):
    """All losses, and the gradient on the picture of those named in `each` and of the total."""
    picture = picture.clone().requires_grad_(True)
    parts = network.losses(weights, picture, content, style, watch)
    parts["total_loss"] = network.total_loss(parts)
    arrays = dict(parts)
    for name in each:
        arrays[name.replace("_loss", "_grad")] = gradient(parts[name], picture)
    return arrays


def check_definitions(weights, picture, style):
    """The narrow style loss is the Gram distance of the mapped features."""
    now, wanted = network.features(weights, picture), network.features(weights, style)
    for tap in network.style_taps(weights):
        for with_bias, prepare in ((False, lambda f: f), (True, network.augmented)):
            a = network.map_of(weights, tap, with_bias)
            mapped = [torch.einsum("oc,nchw->nohw", a, prepare(f[tap])) for f in (now, wanted)]
            g, target = (network.gram(m) for m in mapped)
            direct = (g - target).square().sum() / (target.square().sum() + network.EPSILON)
            narrow = network.style_loss(a, network.gram(prepare(now[tap])), network.gram(prepare(wanted[tap])))
            assert torch.isclose(direct, narrow, rtol=1e-9), (tap, with_bias, direct, narrow)


def vgg_lite_random():
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        weights = random_weights(rng)
        picture = tensor(rng.uniform(0, 1, (1, 3, *PICTURE_SIZE)))
        content = tensor(rng.uniform(0, 1, (1, 3, *PICTURE_SIZE)))
        # A style that is darker and redder, so that its statistics really differ.
        tint = np.array([0.9, 0.5, 0.3]).reshape(1, 3, 1, 1)
        style = tensor(rng.uniform(0, 1, (1, 3, *STYLE_SIZE)) ** 2 * tint)
        watch = KinkWatch()
        each = ["content_loss", "tv_loss", "style_loss", "style_loss_aug", "total_loss"]
        each += [f"style_loss_{tap}" for tap in network.style_taps(weights)]
        arrays = losses_with_gradients(weights, picture, content, style, each, watch)
        if watch.margin >= KINK_MARGIN:
            break
    else:
        raise SystemExit("no seed keeps clear of every kink")
    check_definitions(weights, picture, style)
    arrays |= weights
    arrays |= {"input": picture, "content": content, "style": style}
    for tap, value in network.features(weights, picture).items():
        arrays[f"relu{tap}"] = value
        arrays[f"gram_{tap}"] = network.gram(value)
        arrays[f"gram_aug_{tap}"] = network.gram(network.augmented(value))
        a = network.map_of(weights, tap, False)
        arrays[f"metric_{tap}"] = a.T @ a
    return arrays, {"seed": str(seed), "kink_margin": f"{watch.margin:.2e}"}


def quantise(weight):
    """Symmetric int8 with one scale per output channel (the first dimension).

    scale = max|w| / 127 in float32; q = w / scale rounded half to even and
    clamped to ±127; a channel of zeros gets scale 1, so nothing divides by zero.
    """
    rows = weight.float().reshape(weight.shape[0], -1)
    scale = rows.abs().amax(dim=1) / 127.0
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    values = torch.round(rows / scale[:, None]).clamp(-127, 127).to(torch.int8)
    return values.reshape(weight.shape), scale


def dequantise(values, scale):
    return values.float() * scale.reshape(-1, *[1] * (values.dim() - 1))


def quantised_random():
    rng = np.random.default_rng(4)
    weight = tensor(rng.normal(0, 1, (6, 5, 3, 3)) * rng.uniform(0.01, 3, (6, 1, 1, 1)))
    weight[2] = 0.0
    # Exact halves (max 127, so the scale is 1) pin the rounding rule.
    weight[4] = tensor(rng.integers(-100, 100, (5, 3, 3)) + 0.5)
    weight[4, 0, 0, 0] = -127.0
    values, scale = quantise(weight)
    return {"weight": weight, "quantised": values, "scale": scale, "dequantised": dequantise(values, scale)}, {}


def shipped(lite):
    """What weights of the project give once their int8 form has been read back."""
    weights = {}
    for name, value in load_file(lite).items():
        weights[name] = (dequantise(*quantise(value)) if name.endswith(".weight") else value).double()
    drawn = {name: torch.from_numpy(draw(48, 64)) for name, draw in pictures.ALL.items()}
    as_input = {name: (value.float() / 255).double().permute(2, 0, 1)[None] for name, value in drawn.items()}
    arrays = losses_with_gradients(weights, *(as_input[n] for n in ("input", "content", "style")), ["total_loss"])
    arrays |= drawn
    for tap, value in network.features(weights, as_input["input"]).items():
        arrays[f"relu{tap}_mean"] = value.mean(dim=(0, 2, 3))
        arrays[f"relu{tap}_std"] = value.std(dim=(0, 2, 3), correction=0)
        arrays[f"relu{tap}_crop"] = value[0, :, 1:5, 1:5]
    return arrays, {}


def store(folder, name, arrays, metadata):
    ready = {k: (v if v.dtype in (torch.int8, torch.uint8) else v.detach().float()).contiguous() for k, v in sorted(arrays.items())}
    for key, value in ready.items():
        assert torch.isfinite(value.float()).all(), f"{name}: {key} is not finite"
    path = folder / f"{name}.safetensors"
    # One entry only: safetensors writes several in no fixed order, and the bytes should not change by themselves.
    facts = ", ".join(["made by tests/goldens/make.py", *(f"{key} {value}" for key, value in metadata.items())])
    save_file(ready, path, metadata={"about": facts})
    path.chmod(0o644)
    print(f"{path.name}: {len(ready)} arrays, {path.stat().st_size} bytes {metadata}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the golden files")
    parser.add_argument("--lite", type=pathlib.Path, help="float weights of vgg-lite (safetensors)")
    parser.add_argument("--wide", type=pathlib.Path, help="float weights of vgg-lite-wide, as atelier distill writes them")
    options = parser.parse_args()
    torch.set_num_threads(1)
    store(options.out, "vgg_lite_random", *vgg_lite_random())
    store(options.out, "lbfgs_rosenbrock", *optimisers.lbfgs())
    store(options.out, "adam", *optimisers.adam())
    store(options.out, "quantise", *quantised_random())
    store(options.out, "paper", *paper.paper(KinkWatch))
    for name, weights in (("vgg_lite_shipped", options.lite), ("vgg_lite_wide_shipped", options.wide)):
        if weights:
            store(options.out, name, *shipped(weights))


if __name__ == "__main__":
    main()
