"""A step of a generator's training against a discriminator: its losses, and the gradients on both players.

    pip install torch safetensors numpy
    python tests/goldens/gan.py --out tests/goldens

The networks are the twin's (`benches/peers/twin.py`). Weights and pictures follow from their places (`value`, `picture`), so the file holds none of them: `src/gan/trainer/golden.rs`
computes the same. Everything is computed in float64 and stored as float32.
"""

import argparse
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benches" / "peers"))

from twin import TAPS, Discriminator, Generator, Perceptual, augmented, lattice_energy, total_variation  # noqa: E402

SIDE = 32
VGG = {"input": {"scale": [4.0] * 3, "shift": [-1.8] * 3}, "blocks": [[4, 4], [6, 6], [8, 8], [10]]}
TRUE_CHANNELS = {"1_1": 7, "2_1": 9, "3_1": 12, "3_2": 12, "4_1": 15}
SHAPE = {"entrance": 4, "width": 8, "blocks": 2, "deep": 1, "exit": [8, 4], "code": 8}
WIDTHS = [32, 64, 128, 128]
PROJECTION = 4
# Weights of content, style, variation, lattice, identity and adversarial loss, as the settings of the Rust test; the scales are those of src/gan/computed.rs.
WEIGHTS = {"content": 1.0, "style": 10.0, "variation": 2.0, "lattice": 3.0 * 1000, "identity": 0.5 * 50, "adversarial": 0.75}
DRAWS = [
    [[0.125, 1.125, 0.875, 0.0, 0.625, 0.25, 1.0, False], [-0.25, 0.75, 1.25, 1.0, 0.25, 0.0, 0.625, True], [0.0625, 1.0, 1.0625, 0.375, 0.5, 0.875, 0.125, False]],
    [[-0.125, 0.875, 1.125, 0.625, 0.125, 1.0, 0.375, True], [0.1875, 1.25, 0.75, 0.25, 1.0, 0.5, 0.0, False], [0.0, 1.0, 1.0, 0.0, 0.0, 0.625, 0.625, True]],
]
# Every so many-th value of a gradient is stored.
STRIDES = {"generator": 7, "discriminator": 211}


def value(seed, count):
    """Numbers in -1…1 that differ from place to place and that float32 holds exactly."""
    x = (np.arange(count, dtype=np.uint64) * 2654435761 + seed * 40503) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 2246822519) & 0xFFFFFFFF
    x ^= x >> 13
    return torch.from_numpy((x >> 8).astype(np.float64) / 2**23 - 1)


def picture(seed):
    """Waves of a colour each, in steps of 255."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    planes = [(x * (3 + (seed + c) % 5) * 7 + y * (2 + (seed * 3 + c) % 7) * 11 + seed * 53 + c * 80) % 256 for c in range(3)]
    return torch.from_numpy(np.stack(planes).astype(np.float64) / 255)


def cut(flat, shapes):
    """A flat vector as tensors of these shapes, one after another."""
    tensors, at = [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        tensors.append(flat[at:at + count].reshape(shape))
        at += count
    assert at == len(flat)
    return tensors


def made_of(seed, scale, shapes):
    return cut(value(seed, sum(int(np.prod(shape)) for shape in shapes)) * scale, shapes)


def convolution(name, inputs, outputs):
    return [(f"{name}.weight", (outputs, inputs, 3, 3)), (f"{name}.bias", (outputs,))]


def vgg():
    entries, width = [], 3
    for block, outs in enumerate(VGG["blocks"], 1):
        for layer, out in enumerate(outs, 1):
            entries += convolution(f"conv{block}_{layer}", width, out)
            width = out
    narrow = {f"{block}_{layer}": out for block, outs in enumerate(VGG["blocks"], 1) for layer, out in enumerate(outs, 1)}
    for tap, channels in TRUE_CHANNELS.items():
        entries += [(f"map{tap}.weight", (channels, narrow[tap])), (f"map{tap}.bias", (channels,))]
    return Perceptual(VGG, dict(zip([name for name, _ in entries], made_of(1, 0.5, [shape for _, shape in entries])))), narrow


def generator_entries(statistics):
    width, (half, whole), code = SHAPE["width"], SHAPE["exit"], SHAPE["code"]
    plain = lambda name, channels: [(f"{name}.scale", (1, channels)), (f"{name}.shift", (1, channels))]  # noqa: E731
    linear = lambda name, inputs, outputs: [(f"{name}.weight", (inputs, outputs)), (f"{name}.bias", (outputs,))]  # noqa: E731
    residual = lambda name, count: [entry for block in range(count) for layer in (0, 1) for entry in convolution(f"{name}.{block}.{layer}", width, width)]  # noqa: E731
    entries = convolution("entrance.0", 12, SHAPE["entrance"]) + plain("entrance.0", SHAPE["entrance"])
    entries += convolution("entrance.1", 4 * SHAPE["entrance"], width) + plain("entrance.1", width)
    entries += residual("blocks", SHAPE["blocks"])
    entries += convolution("deep.down", width, width) + residual("deep.blocks", SHAPE["deep"]) + convolution("deep.up", width, width)
    entries += convolution("exit.0", width, half) + convolution("exit.1", half, whole) + convolution("colors", whole, 3)
    modulated = width * (2 * SHAPE["blocks"] + 2 * SHAPE["deep"] + 2) + half + whole
    return entries + linear("code.0", statistics, code) + linear("code.1", code, code) + linear("modulation", code, 2 * modulated)


def discriminator(statistics):
    channels = [(12, WIDTHS[0]), (4 * WIDTHS[0], WIDTHS[1]), (4 * WIDTHS[1], WIDTHS[2]), (WIDTHS[2], WIDTHS[3]), (WIDTHS[3], 1)]
    shapes = [shape for inputs, outputs in channels for _, shape in convolution("", inputs, outputs)]
    shapes += [(statistics, WIDTHS[3]), (WIDTHS[3],)]
    parameters = made_of(6, 0.25, shapes)
    # Large enough for verdicts on either side of the hinge.
    parameters[-2:] = [part * PROJECTION for part in parameters[-2:]]
    lefts = [1 + 0.1 * (torch.arange(outputs) % 7).double() for _, outputs in channels]
    return Discriminator(parameters, lefts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    perceptual, narrow = vgg()
    statistics = 2 * sum(narrow[tap] for tap in TAPS)
    scale = {"mean": (value(4, statistics) * 0.5).tolist(), "deviation": (1 + value(5, statistics) * 0.5).tolist()}
    entries = generator_entries(statistics)
    parts = dict(zip([name for name, _ in entries], made_of(2, 0.25, [shape for _, shape in entries])))
    generator, judge = Generator(SHAPE, scale, parts), discriminator(statistics)

    contents = torch.stack([picture(seed) for seed in (1, 2, 3)])
    # Of the third picture the style is its own.
    styles = torch.stack([picture(21), picture(22), picture(3)])
    reals = torch.stack([picture(seed) for seed in (31, 32, 33)])
    own = torch.tensor([0.0, 0.0, 1.0]).reshape(3, 1, 1, 1)
    seen, seen_styles = perceptual.features(contents), perceptual.features(styles)
    told = perceptual.described(seen_styles)
    scaled = ((told - generator.mean) / generator.deviation).clamp(-4, 4)

    made = generator(contents, told)
    taps = perceptual.features(made)
    losses = {
        "content": perceptual.content(taps, seen).mean(),
        "style": perceptual.style(taps, {tap: perceptual.moments(seen_styles[tap]) for tap in TAPS}).mean(),
        "variation": total_variation(made),
        "lattice": lattice_energy(made),
        "identity": ((made - contents).square() * own).mean(),
    }
    judge.iterate()
    share = (1 - own) / (1 - own).mean()
    of_made = judge(augmented(made, DRAWS[1]), scaled)
    of_real = judge(augmented(reals, DRAWS[0]), scaled)
    losses["adversarial"] = -(of_made * share).mean()
    loss = sum(WEIGHTS[name] * value for name, value in losses.items())
    of_generator = torch.autograd.grad(loss, [generator.part(name) for name, _ in entries], retain_graph=True)
    of_fake = judge(augmented(made, DRAWS[1]).detach(), scaled)
    hinge = ((1 - of_real).relu() * share).mean() + ((1 + of_fake).relu() * share).mean()
    of_discriminator = torch.autograd.grad(hinge, list(judge.parameters_in_order))
    right = ((of_real > 0).double() * share).mean(), ((of_fake > 0).double() * share).mean()
    losses |= {"discriminator": hinge, "success": (right[0] - right[1] + 1) / 2}

    flat = lambda gradients: torch.cat([gradient.flatten() for gradient in gradients])  # noqa: E731
    arrays = {name: value.detach().reshape(1) for name, value in losses.items()}
    for player, gradient in {"generator": flat(of_generator), "discriminator": flat(of_discriminator)}.items():
        arrays |= {f"{player}.gradient": gradient[::STRIDES[player]], f"{player}.length": gradient.norm().reshape(1)}
    for name, array in arrays.items():
        print(name, tuple(array.shape), array[:3].tolist())
    idle = [((1 - of_real) < 0).double().mean().item(), ((1 + of_fake) < 0).double().mean().item()]
    assert all(0.05 < part < 0.95 for part in idle), f"the hinge is idle for {idle} of the verdicts"
    save_file({name: array.float().contiguous() for name, array in arrays.items()}, options.out / "gan.safetensors")


if __name__ == "__main__":
    main()
