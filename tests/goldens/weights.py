"""Writes the small weight files that the importer's tests read, in every form that it knows.

    pip install torch safetensors
    python tests/goldens/weights.py --out tests/goldens/weights

The network has torchvision's layer indices and VGG-19's depth up to conv5_1, but is a few channels wide. Every weight is a
multiple of 1/64 below 1 that follows from its place (`value` below), so half precision holds it exactly and the Rust
tests compute what they expect instead of reading it.
"""

import argparse
import collections
import pathlib

import torch
from safetensors.torch import save_file

WIDTHS = [[2, 2], [3, 3], [3, 3, 3, 3], [4, 4, 4, 4], [4]]

FORMS = {"weight": torch.channels_last, "bias": torch.contiguous_format}


def value(feature, part, count):
    """Weights between -1 and 1 that differ from layer to layer: part is 0 for the weight, 1 for the bias."""
    i = torch.arange(count, dtype=torch.int64)
    return (((feature + 1) * 31 + part * 17 + i * 7) % 127 - 63).float() / 64


def network():
    """A module with `features` as torchvision's, and a classifier that the importer must pass over."""
    layers, width = [], 3
    names = {}
    for block, outs in enumerate(WIDTHS, 1):
        for number, out in enumerate(outs, 1):
            names[f"conv{block}_{number}"] = len(layers)
            layers += [torch.nn.Conv2d(width, out, 3, padding=1), torch.nn.ReLU()]
            width = out
        layers.append(torch.nn.MaxPool2d(2))
    model = torch.nn.Module()
    model.features = torch.nn.Sequential(*layers)
    model.classifier = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    with torch.no_grad():
        for feature in names.values():
            layer = model.features[feature]
            layer.weight.copy_(value(feature, 0, layer.weight.numel()).view_as(layer.weight))
            layer.bias.copy_(value(feature, 1, layer.bias.numel()))
        for parameter in model.classifier.parameters():
            parameter.fill_(0.5)
    return model, names


def shared(state):
    """The same tensors as views of one storage, one after the other: each but the first begins at an offset."""
    storage = torch.cat([tensor.flatten() for tensor in state.values()])
    views, at = collections.OrderedDict(), 0
    for key, tensor in state.items():
        views[key] = storage[at : at + tensor.numel()].view(tensor.shape)
        at += tensor.numel()
    return views


def caffe(state, names):
    """The same network under the names of the original weights, conv1_1 with its input channels in the other order."""
    tensors = {}
    for name, feature in names.items():
        weight = state[f"features.{feature}.weight"]
        tensors[f"{name}.weight"] = (weight.flip(1) if name == "conv1_1" else weight).contiguous()
        tensors[f"{name}.bias"] = state[f"features.{feature}.bias"]
    return tensors


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    out = arguments.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    model, names = network()
    # Parameters keep their class in a checkpoint; a state dict holds plain tensors.
    state = model.state_dict()
    small = collections.OrderedDict((key, state[key]) for key in state if key.startswith("features."))
    half = collections.OrderedDict((key, tensor.half()) for key, tensor in small.items())

    torch.save(state, out / "zip.pth")
    torch.save(state, out / "legacy.pth", _use_new_zipfile_serialization=False)
    save_file({key: tensor.bfloat16() for key, tensor in state.items()}, out / "torchvision_bf16.safetensors")
    # As in the file that is at hand: the later layers in half precision.
    mixed = {key: tensor.half() if key.startswith(("conv4", "conv5")) else tensor for key, tensor in caffe(state, names).items()}
    save_file(mixed, out / "caffe.safetensors")
    torch.save(shared(small), out / "shared_legacy.pth", _use_new_zipfile_serialization=False)
    # The newest pickle protocol, half precision, one storage.
    torch.save(shared(half), out / "shared_half_zip.pth", pickle_protocol=5)
    # What people save while they train: nested, from several devices, with counters and parameters among the tensors.
    parameters = collections.OrderedDict((f"module.{key}", torch.nn.Parameter(tensor.bfloat16())) for key, tensor in shared(small).items())
    parameters["module.batches"] = torch.tensor(7)
    checkpoint = {"epoch": 3, "loss": 0.25, "best": True, "state_dict": parameters, "shape": torch.Size([2, 3]), "notes": ["a", ("b", None)]}
    torch.save(checkpoint, out / "checkpoint_bf16.pth", _use_new_zipfile_serialization=False)
    turned = {f"features.0.{part}": state[f"features.0.{part}"].to(memory_format=form) for part, form in FORMS.items()}
    torch.save(turned, out / "channels_last.pth")



if __name__ == "__main__":
    main()
