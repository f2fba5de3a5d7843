"""The lite VGG and the style-transfer losses, written as plainly as possible.

This is the reference that the Rust code is held against, so it follows the
definitions word for word and makes no attempt to be fast.
"""

import torch
import torch.nn.functional as F

# A max pool of 2 stands before each layer named here.
POOL_BEFORE = ("conv2_1", "conv3_1", "conv4_1", "conv5_1")
# The last two are only in the deeper network.
LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1", "conv4_2", "conv5_1")
TAPS = ("1_1", "2_1", "3_1", "3_2", "4_1", "5_1")
CONTENT_TAP = "3_2"
EPSILON = 1e-8


def preprocess(picture):
    """RGB in 0…1 to what the first convolution expects."""
    return (picture - 0.45) * 4.0


def features(weights, picture, watch=None):
    """ReLU maps at every tap for a picture (1, 3, H, W) in 0…1.

    `watch`, where given, is called with (what, tensor) for everything that has
    a kink: each value before a ReLU and each input of a pool. The caller can
    then refuse inputs that lie too near one.
    """
    x = preprocess(picture)
    taps = {}
    for layer in (layer for layer in LAYERS if f"{layer}.weight" in weights):
        if layer in POOL_BEFORE:
            if watch:
                watch("pool", x)
            x = F.max_pool2d(x, 2)
        x = F.pad(x, (1, 1, 1, 1), mode="replicate")
        x = F.conv2d(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        if watch:
            watch("relu", x)
        x = F.relu(x)
        name = layer.removeprefix("conv")
        if name in TAPS:
            taps[name] = x
    return taps


def style_taps(weights):
    """The first layer of each block that the network has."""
    return [tap for tap in TAPS if tap.endswith("_1") and f"map{tap}.weight" in weights]


def augmented(feature_map):
    """The same map with one more channel that is 1 everywhere."""
    return torch.cat([feature_map, torch.ones_like(feature_map[:, :1])], dim=1)


def gram(feature_map):
    """G = F Fᵀ / (H·W) for a map (1, C, H, W): the mean product of each channel pair."""
    _, channels, height, width = feature_map.shape
    flat = feature_map.reshape(channels, height * width)
    return flat @ flat.T / (height * width)


def style_loss(linear_map, g, target):
    """tr(M D M D) / (tr(M G* M G*) + ε), with M = AᵀA and D = G − G*.

    It equals ‖A D Aᵀ‖² / (‖A G* Aᵀ‖² + ε), the Gram distance of the mapped
    features, but never leaves the narrow channels.
    """
    m = linear_map.T @ linear_map
    md, mt = m @ (g - target), m @ target
    return torch.trace(md @ md) / (torch.trace(mt @ mt) + EPSILON)


def content_loss(linear_map, f, target):
    """Σ(A(F − P))² / (Σ(A P)² + ε), with the map applied at each pixel."""
    difference = torch.einsum("oc,nchw->nohw", linear_map, f - target)
    reference = torch.einsum("oc,nchw->nohw", linear_map, target)
    return difference.square().sum() / (reference.square().sum() + EPSILON)


def variation_loss(picture):
    """Summed squares of the differences to the right and lower neighbour, over 3·H·W."""
    down = (picture[:, :, 1:, :] - picture[:, :, :-1, :]).square().sum()
    right = (picture[:, :, :, 1:] - picture[:, :, :, :-1]).square().sum()
    return (down + right) / (3 * picture.shape[2] * picture.shape[3])


def map_of(weights, tap, with_bias):
    """The map A of one tap, with its bias as a last column where asked for."""
    a = weights[f"map{tap}.weight"]
    if with_bias:
        a = torch.cat([a, weights[f"map{tap}.bias"][:, None]], dim=1)
    return a


def losses(weights, picture, content, style, watch=None):
    """Every loss of `picture` against the content and style pictures, by name.

    `style_aug…` are the same losses on features with a constant channel and
    maps with their bias column: the Gram distance of `A·f + b` itself.
    """
    now = features(weights, picture, watch)
    with torch.no_grad():
        kept = features(weights, content)
        wanted = features(weights, style)
    result = {
        "content_loss": content_loss(weights[f"map{CONTENT_TAP}.weight"], now[CONTENT_TAP], kept[CONTENT_TAP]),
        "tv_loss": variation_loss(picture),
    }
    taps = style_taps(weights)
    for name, with_bias, prepare in (("style_loss", False, lambda f: f), ("style_loss_aug", True, augmented)):
        for tap in taps:
            a = map_of(weights, tap, with_bias)
            g, target = gram(prepare(now[tap])), gram(prepare(wanted[tap]))
            result[f"{name}_{tap}"] = style_loss(a, g, target)
        result[name] = sum(result[f"{name}_{tap}"] for tap in taps) / len(taps)
    return result


def total_loss(parts, content=1.0, style=3.0, variation=0.1):
    """The sum the optimiser minimises, with the golden files' weights as defaults."""
    return content * parts["content_loss"] + style * parts["style_loss"] + variation * parts["tv_loss"]
