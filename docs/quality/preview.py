"""Whether a small preview predicts a large result: the numbers of docs/quality.md.

    cargo build --workspace
    pip install torch safetensors numpy pillow
    python docs/quality/preview.py --atelier target/debug/atelier --vgg19 <vgg19_conv1_1-conv5_1.safetensors> --out <folder> \
        [--small 512] [--large 2048] [--iterations 45] --pair <content> <style> [--pair …]

Each pair is painted at both sizes with the same settings, and the large result scaled down to the small size. Both are judged there, and *seen from
afar*, scaled down by eight, where strokes that are finer than the preview's pixels are gone from both: the style loss at that size (of the layers that
still see enough of it, relu1_1 … relu3_1), and the distance between the two, as PSNR, beside that between preview and photograph. A contact sheet shows them.
"""

import argparse
import math
import pathlib
import subprocess
import sys
import time

import torch
from PIL import Image

from judge import Judge, read, resized, to_tensor

AFAR = 8
HERE = pathlib.Path(__file__).parent


def paint(options, content, style, size, result):
    if result.exists():
        return
    began = time.monotonic()
    command = [options.atelier, "stylize", content, "--style", style, "-o", result, "--json"]
    command += ["--size", str(size), "--iterations", str(options.iterations)]
    command += ["--model", str(options.model)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"{result.name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def psnr(a, b):
    return -10 * math.log10(((to_tensor(a) - to_tensor(b)) / 255).square().mean().item())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "vgg19", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--pair", type=pathlib.Path, nargs=2, action="append", required=True, metavar=("CONTENT", "STYLE"))
    parser.add_argument("--small", type=int, default=512)
    parser.add_argument("--large", type=int, default=2048)
    parser.add_argument("--iterations", type=int, default=45)
    parser.add_argument("--model", default="models/vgg-lite-wide.safetensors", help="the network that is optimised against")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sheet = [sys.executable, HERE / "sheet.py", options.out / "sheet.png", "--cell", "384"]
    print("| pair | content loss | style loss | style loss afar | PSNR afar | of the photograph |")
    print("|---|---|---|---|---|---|")
    for content, style in options.pair:
        name = f"{content.stem}-{style.stem}"
        small, large, reduced = (options.out / f"{name}-{kind}.png" for kind in ("small", "large", "reduced"))
        paint(options, content, style, options.small, small)
        paint(options, content, style, options.large, large)
        size = Image.open(small).size
        read(large).resize(size, Image.Resampling.LANCZOS).save(reduced)
        with torch.inference_mode():
            judge = Judge(content, style, options.vgg19)
            near = [judge(read(result)) for result in (small, reduced)]
            tiny = tuple(max(1, side // AFAR) for side in size)
            afar = [resized(read(picture), tiny) for picture in (small, reduced, content)]
            far = [sum(judge(picture)[1][:3]) / 3 for picture in afar[:2]]
        pairs = [[found[2] for found in near], [found[0] for found in near], far]
        cells = [", ".join(f"{value:.3f}" for value in pair) for pair in pairs]
        cells += [f"{psnr(afar[0], other):.1f} dB" for other in afar[1:]]
        print(f"| {content.stem} × {style.stem} | {' | '.join(cells)} |", flush=True)
        sheet += ["--row", name, f"content={content}", f"style={style}", f"{options.small} px={small}", f"{options.large} px={reduced}"]
    subprocess.run(sheet, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
