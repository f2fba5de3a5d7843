"""judge.py --weights vgg19.safetensors content.jpg style.jpg result.png… : measures stylised pictures with the true VGG-19.

Per result, tab-separated: name, style loss, content loss, total variation.
  style    mean over relu1_1…5_1 of ‖G − G*‖²/‖G*‖², G = F Fᵀ/(H·W); style resized to the result's long side
  content  ‖F − P‖²/‖P‖² at relu4_2; content resized to the result's size
  tv       summed squared differences to the right and lower neighbour over 3·H·W, RGB 0…1
"""

import argparse
import functools

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from safetensors.torch import load_file

LAYERS = [(b, i) for b, n in ((1, 2), (2, 2), (3, 4), (4, 4), (5, 1)) for i in range(1, n + 1)]
STYLE_TAPS = ("1_1", "2_1", "3_1", "4_1", "5_1")
CONTENT_TAP = "4_2"
MEAN_BGR = torch.tensor([103.939, 116.779, 123.68]).reshape(1, 3, 1, 1)


def read(path):
    """An RGB picture, transparency laid on white and the camera's turn applied."""
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def resized(image, size):
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def to_tensor(image):
    return torch.from_numpy(np.array(image)).float().permute(2, 0, 1)[None]


def features(weights, image, last=(5, 1)):
    x = to_tensor(image)[:, [2, 1, 0]] - MEAN_BGR
    taps = {}
    for block, i in LAYERS:
        if block > 1 and i == 1:
            x = F.max_pool2d(x, 2)
        name = f"{block}_{i}"
        x = F.relu_(F.conv2d(x, weights[f"conv{name}.weight"], weights[f"conv{name}.bias"], padding=1))
        if name in STYLE_TAPS or name == CONTENT_TAP:
            taps[name] = x
        if (block, i) == last:
            break
    return taps


def grams(taps):
    out = {}
    for tap in STYLE_TAPS:
        flat = taps[tap].reshape(taps[tap].shape[1], -1)
        out[tap] = flat @ flat.T / flat.shape[1]
    return out


def ratio(a, b):
    return ((a - b).double().square().sum() / b.double().square().sum()).item()


def variation(image):
    x = to_tensor(image).double() / 255
    total = (x[:, :, 1:] - x[:, :, :-1]).square().sum() + (x[..., 1:] - x[..., :-1]).square().sum()
    return (total / x.numel()).item()


class Judge:
    def __init__(self, content, style, weights):
        self.weights = {k: v.float() for k, v in load_file(weights).items()}
        self.content, self.style = read(content), read(style)
        self.kept = functools.lru_cache(maxsize=4)(
            lambda size: features(self.weights, resized(self.content, size), (4, 2))[CONTENT_TAP])
        self.wanted = functools.lru_cache(maxsize=4)(self.style_grams)

    def style_grams(self, long_side):
        scale = long_side / max(self.style.size)
        size = tuple(max(1, round(v * scale)) for v in self.style.size)
        return grams(features(self.weights, resized(self.style, size)))

    def __call__(self, image):
        """(style loss, its five parts, content loss, total variation) of a PIL picture."""
        now = features(self.weights, image)
        have, want = grams(now), self.wanted(max(image.size))
        parts = [ratio(have[tap], want[tap]) for tap in STYLE_TAPS]
        return sum(parts) / len(parts), parts, ratio(now[CONTENT_TAP], self.kept(image.size)), variation(image)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="conv1_1 … conv5_1 of the original VGG-19: BGR, 0…255 less the mean")
    parser.add_argument("content")
    parser.add_argument("style")
    parser.add_argument("results", nargs="+")
    parser.add_argument("--taps", action="store_true", help="print the five style parts too")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with torch.inference_mode():
        judge = Judge(options.content, options.style, options.weights)
        head = ["result", "style", "content", "tv"] + ([f"style_{t}" for t in STYLE_TAPS] if options.taps else [])
        print("\t".join(head))
        for path in options.results:
            style, parts, content, tv = judge(read(path))
            numbers = [style, content, tv] + (parts if options.taps else [])
            print("\t".join([path, *(f"{v:.6g}" for v in numbers)]), flush=True)


if __name__ == "__main__":
    main()
