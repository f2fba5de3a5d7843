"""The networks, their weights, and the pictures that they are given, as page/networks.js has them, with other random numbers."""

import json
import struct
from pathlib import Path

import torch

NETWORKS = {
    "lite": {
        "blocks": [[32, 32], [64, 64], [128, 128, 128], [256]],
        "input": {"scale": [4.0] * 3, "shift": [-1.8] * 3},
        "content": "3_2",
    },
    "vgg19": {
        "blocks": [[64] * 2, [128] * 2, [256] * 4, [512] * 4, [512]],
        "input": {"scale": [1 / 0.229, 1 / 0.224, 1 / 0.225], "shift": [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225]},
        "content": "4_2",
    },
}
# Brings both losses to one order of magnitude, so that a mistake in either shows. As in src/workload.rs.
STYLE_WEIGHT = 1e6


def weights(network: dict) -> dict[str, torch.Tensor]:
    """`conv1_1.weight` `[out, in, 3, 3]`, `conv1_1.bias` `[out]`, …, scaled so that features keep their size (He et al. 2015)."""
    generator = torch.Generator().manual_seed(1)
    made, before = {}, 3
    for block, widths in enumerate(network["blocks"], 1):
        for layer, width in enumerate(widths, 1):
            uniform = torch.rand([width, before, 3, 3], generator=generator) * 2 - 1
            made[f"conv{block}_{layer}.weight"] = uniform * (6 / (9 * before)) ** 0.5
            made[f"conv{block}_{layer}.bias"] = 0.1 * (torch.rand([width], generator=generator) - 0.5)
            before = width
    return made


def pictures(side: int) -> torch.Tensor:
    """The picture, the content and the style, `[3, 3, side, side]` in 0…1. The style has a tint and less contrast, or there would be next to
    nothing to compare."""
    made = torch.rand([3, 3, side, side], generator=torch.Generator().manual_seed(2))
    made[2] = torch.tensor([0.2, 0.4, 0.6]).reshape(3, 1, 1) + 0.3 * made[2]
    return made


def values(tensor: torch.Tensor) -> bytes:
    """f32, little-endian."""
    return tensor.detach().contiguous().cpu().numpy().astype("<f4").tobytes()


def write_model(path: Path, network: dict, tensors: dict[str, torch.Tensor]) -> None:
    """A model file of Atelier's: safetensors."""
    architecture = {"blocks": network["blocks"], "padding": "zero", "pooling": "max", "input": network["input"]}
    header, offset = {"__metadata__": {"architecture": json.dumps(architecture)}}, 0
    for name, tensor in tensors.items():
        length = 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + length]}
        offset += length
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for tensor in tensors.values():
            file.write(values(tensor))
