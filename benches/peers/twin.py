"""The generator, the discriminator and the losses that they are trained by, in PyTorch: the same layers and arithmetic as src/generator and src/gan.

`training.py` times a step of them; `tests/goldens/gan.py` makes of them what a step of ours is held against.
"""

import json
import struct

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

TAPS = ["1_1", "2_1", "3_1", "4_1"]
CONTENT_TAP = "3_2"


def header(path):
    """The metadata of a safetensors file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)).get("__metadata__", {})


def convolution(x, weight, bias):
    return F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), weight, bias)


def modulated(x, scale, shift):
    return F.instance_norm(x, eps=1e-5) * scale[:, :, None, None] + shift[:, :, None, None]


class Generator(nn.Module):
    """Parameters have the names of a generator's file (`atelier export … -o x.safetensors`)."""

    def __init__(self, shape, scale, tensors):
        super().__init__()
        self.shape = shape
        self.register_buffer("mean", torch.tensor(scale["mean"])[None])
        self.register_buffer("deviation", torch.tensor(scale["deviation"])[None])
        self.parts = nn.ParameterDict({name.replace(".", "/"): nn.Parameter(value.clone()) for name, value in tensors.items()})

    @classmethod
    def read(cls, path):
        meta = header(path)
        return cls(json.loads(meta["architecture"]), json.loads(meta["style_scale"]), load_file(path))

    def part(self, name):
        return self.parts[name.replace(".", "/")]

    def conv(self, x, name):
        return convolution(x, self.part(f"{name}.weight"), self.part(f"{name}.bias"))

    def linear(self, x, name):
        return x @ self.part(f"{name}.weight") + self.part(f"{name}.bias")

    def doubled(self, x, name):
        return self.conv(F.interpolate(x, scale_factor=2, mode="bilinear"), name)

    def repainted(self, x, block, styles):
        inner = F.relu(modulated(self.conv(x, f"{block}.0"), *styles[0]))
        return x + modulated(self.conv(inner, f"{block}.1"), *styles[1])

    def deep(self, x, styles):
        x = F.relu(modulated(self.conv(x, "deep.down"), *styles[0]))
        for block in range(self.shape["deep"]):
            x = self.repainted(x, f"deep.blocks.{block}", styles[1 + 2 * block:])
        return modulated(self.doubled(x, "deep.up"), *styles[-1])

    def forward(self, picture, style):
        """[n, 3, h, w] in 0…1 and [n, statistics] → [n, 3, h, w]"""
        code = ((style - self.mean) / self.deviation).clamp(-4, 4)
        for index in range(2):
            code = F.leaky_relu(self.linear(code, f"code.{index}"), 0.2)
        blocks, deep = self.shape["blocks"], self.shape.get("deep", 0)
        of_deep = 2 * deep + 2 if deep else 0
        widths = [self.shape["width"]] * (2 * blocks + of_deep) + self.shape["exit"]
        parts = self.linear(code, "modulation").split([width for width in widths for _ in range(2)], 1)
        styles = [(scale + 1, shift) for scale, shift in zip(parts[::2], parts[1::2])]
        if deep:
            styles[-3] = (styles[-3][0] - 1, styles[-3][1])
        of_blocks, of_deep, of_exit = styles[:2 * blocks], styles[2 * blocks:-2], styles[-2:]
        x = picture * 2 - 1
        for index in range(2):
            x = self.conv(F.pixel_unshuffle(x, 2), f"entrance.{index}")
            plain = [self.part(f"entrance.{index}.{part}").expand(len(x), -1) for part in ("scale", "shift")]
            x = F.relu(modulated(x, *plain))
        for block in range(blocks):
            if deep and block == blocks // 2:
                x = x + self.deep(F.avg_pool2d(x, 2), of_deep)
            x = self.repainted(x, f"blocks.{block}", of_blocks[2 * block:])
        for index in range(2):
            x = F.relu(modulated(self.doubled(x, f"exit.{index}"), *of_exit[index]))
        return torch.sigmoid(self.conv(x, "colors"))


class Perceptual:
    """Relative content and style losses of a narrow VGG in the true one's metric."""

    def __init__(self, shape, tensors):
        channels = lambda values: torch.tensor(values).reshape(1, 3, 1, 1)  # noqa: E731
        self.scale, self.shift = channels(shape["input"]["scale"]), channels(shape["input"]["shift"])
        self.layers = [f"{b + 1}_{i + 1}" for b, block in enumerate(shape["blocks"]) for i in range(len(block))]
        self.weights = {layer: (tensors[f"conv{layer}.weight"], tensors[f"conv{layer}.bias"]) for layer in self.layers}
        self.forms = {}
        for tap in [*TAPS, CONTENT_TAP]:
            a = torch.cat([tensors[f"map{tap}.weight"], tensors[f"map{tap}.bias"][:, None]], 1)
            self.forms[tap] = a.T @ a

    @classmethod
    def read(cls, path):
        tensors = load_file(path)
        for name in [name for name in tensors if name.endswith(".scale")]:
            weight = name.replace(".scale", ".weight")
            tensors[weight] = tensors[weight].float() * tensors[name].reshape([-1] + [1] * (tensors[weight].ndim - 1))
        return cls(json.loads(header(path)["architecture"]), tensors)

    def features(self, picture):
        x, taps = picture * self.scale + self.shift, {}
        for layer in self.layers:
            if layer.endswith("_1") and layer != "1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(convolution(x, *self.weights[layer]))
            if layer in self.forms:
                taps[layer] = x
        return taps

    def moments(self, x):
        flat = x.flatten(2)
        means = flat.mean(2, keepdim=True)
        upper = torch.cat([flat @ flat.transpose(1, 2) / flat.shape[2], means], 2)
        lower = torch.cat([means.transpose(1, 2), torch.ones(len(x), 1, 1)], 2)
        return torch.cat([upper, lower], 1)

    def described(self, taps):
        parts = []
        for tap in TAPS:
            flat = taps[tap].flatten(2)
            parts += [flat.mean(2), (flat.var(2, unbiased=False) + 1e-6).sqrt()]
        return torch.cat(parts, 1)

    def style(self, taps, targets):
        """[n]: of each picture."""
        total = 0
        for tap in TAPS:
            form = self.forms[tap]
            length = lambda d: ((form @ d) * (form @ d).transpose(1, 2)).sum((1, 2))  # noqa: E731
            total = total + length(self.moments(taps[tap]) - targets[tap]) / (length(targets[tap]) + 1e-8)
        return total / len(TAPS)

    def content(self, taps, content):
        """[n]: of each picture."""
        form = self.forms[CONTENT_TAP][:-1, :-1]
        length = lambda x: (x.flatten(2) * (form @ x.flatten(2))).sum((1, 2))  # noqa: E731
        target = content[CONTENT_TAP]
        return length(taps[CONTENT_TAP] - target) / (length(target) + 1e-8)


class Discriminator(nn.Module):
    """A patch discriminator with spectral normalisation, told of styles by projection. Parameters are a list: weight and bias of each convolution, then of the projection."""

    def __init__(self, parameters, lefts):
        super().__init__()
        self.parameters_in_order = nn.ParameterList(parameters)
        self.lefts = lefts

    def iterate(self):
        """One power iteration on each convolution."""
        with torch.no_grad():
            for index, left in enumerate(self.lefts):
                matrix = self.parameters_in_order[2 * index].flatten(1)
                self.lefts[index] = unit(matrix @ unit(matrix.T @ left))

    def normalised(self, index):
        weight, left = self.parameters_in_order[2 * index], self.lefts[index]
        matrix = weight.flatten(1)
        right = unit(matrix.detach().T @ left)
        return weight / (left @ matrix @ right + 1e-12)

    def forward(self, picture, told):
        """[n, 3, 8h, 8w] in 0…1 and [n, statistics] → [n, 1, h, w]: positive is real."""
        x, last = picture * 2 - 1, len(self.lefts) - 1
        for index in range(last):
            x = F.pixel_unshuffle(x, 2) if index < 3 else x
            x = F.leaky_relu(convolution(x, self.normalised(index), self.parameters_in_order[2 * index + 1]), 0.2)
        verdict = convolution(x, self.normalised(last), self.parameters_in_order[2 * last + 1])
        direction = told @ self.parameters_in_order[2 * last + 2] + self.parameters_in_order[2 * last + 3]
        return verdict + (x * direction[:, :, None, None]).sum(1, keepdim=True) / x.shape[1] ** 0.5


def unit(vector):
    return vector / (vector.norm() + 1e-12)


def augmented(pictures, draws):
    """DiffAugment with these draws of each picture: brightness, contrast, saturation, offset (y, x), blank (y, x), mirrored."""
    side = pictures.shape[2]
    cut, blank = max(side // 64, 1) * 8, side // 4
    kept, parts = side - cut, []
    for picture, (brightness, contrast, saturation, *places, mirrored) in zip(pictures, draws):
        top, left = (round(place * cut) for place in places[:2])
        x = picture[:, top:top + kept, left:left + kept]
        x = (x.flip(2) if mirrored else x) + brightness
        grey = x.mean(0, keepdim=True)
        x = (x - grey) * saturation + grey
        x = (x - x.mean()) * contrast + x.mean()
        top, left = (round(place * (kept - blank)) for place in places[2:])
        seen = torch.ones(1, kept, kept)
        seen[:, top:top + blank, left:left + blank] = 0
        parts.append(x * seen)
    return torch.stack(parts)


def lattice_energy(pictures):
    """What repeats every four pixels within windows of 32."""
    cells = pictures.unflatten(3, (-1, 8, 4)).unflatten(2, (-1, 8, 4)).mean((3, 6))
    return (cells - cells.mean((3, 5), keepdim=True)).square().mean()


def total_variation(pictures):
    return ((pictures[:, :, 1:] - pictures[:, :, :-1]).square().sum() + (pictures[..., 1:] - pictures[..., :-1]).square().sum()) / pictures.numel()


def step(generator, perceptual, optimiser, content, style, targets, weights):
    """One step of the trainer, without a discriminator."""
    with torch.no_grad():
        seen = perceptual.features(content)
        perceptual.described(seen)
    made = generator(content, style)
    taps = perceptual.features(made)
    losses = perceptual.content(taps, seen).mean(), perceptual.style(taps, targets).mean(), total_variation(made), lattice_energy(made)
    loss = sum(weight * value for weight, value in zip(weights, losses))
    optimiser.zero_grad()
    loss.backward()
    norm = torch.sqrt(sum(p.grad.square().sum() for p in generator.parameters()))
    values = torch.stack([*losses, norm]).tolist()
    optimiser.step()
    return values
