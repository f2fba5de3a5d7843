"""Whether a small preview predicts a large result: the numbers of docs/quality.md.

    cargo build --workspace
    pip install torch safetensors numpy pillow
    python docs/quality/preview.py --atelier target/debug/atelier --vgg19 <vgg19_conv1_1-conv5_1.safetensors> --out <folder> \
        [--small 512] [--large 2048] [--iterations 45] --pair <content> <style> [--pair …]

Each pair is painted at both sizes with the same settings, and the large result scaled down to the small size. Both are judged there: equal
style and content losses mean equal strength. A contact sheet shows them side by side.
"""

import argparse
import pathlib
import subprocess
import sys
import time

import torch
from PIL import Image

from judge import Judge, read

HERE = pathlib.Path(__file__).parent


def paint(options, content, style, size, result):
    if result.exists():
        return
    began = time.monotonic()
    command = [options.atelier, "stylize", content, "--style", style, "-o", result, "--json"]
    command += ["--size", str(size), "--iterations", str(options.iterations)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"{result.name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "vgg19", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--pair", type=pathlib.Path, nargs=2, action="append", required=True, metavar=("CONTENT", "STYLE"))
    parser.add_argument("--small", type=int, default=512)
    parser.add_argument("--large", type=int, default=2048)
    parser.add_argument("--iterations", type=int, default=45)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sheet = [sys.executable, HERE / "sheet.py", options.out / "sheet.png", "--cell", "384"]
    print(f"| pair | style at {options.small} px | style of {options.large} px, scaled down | content | content of the large one |")
    print("|---|---|---|---|---|")
    for content, style in options.pair:
        name = f"{content.stem}-{style.stem}"
        small, large, reduced = (options.out / f"{name}-{kind}.png" for kind in ("small", "large", "reduced"))
        paint(options, content, style, options.small, small)
        paint(options, content, style, options.large, large)
        size = Image.open(small).size
        read(large).resize(size, Image.Resampling.LANCZOS).save(reduced)
        with torch.inference_mode():
            judge = Judge(content, style, options.vgg19)
            a, b = judge(read(small)), judge(read(reduced))
        print(f"| {content.stem} × {style.stem} | {a[0]:.4f} | {b[0]:.4f} | {a[2]:.3f} | {b[2]:.3f} |", flush=True)
        sheet += ["--row", name, f"content={content}", f"style={style}", f"{options.small} px={small}", f"{options.large} px={reduced}"]
    subprocess.run(sheet, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
