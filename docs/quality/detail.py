"""What the detail slider keeps, and what it costs: the numbers of docs/quality.md.

    cargo build --workspace
    pip install torch safetensors numpy pillow
    python docs/quality/detail.py --atelier target/debug/atelier --vgg19 <vgg19_conv1_1-conv5_1.safetensors> --out <folder> \
        [--size 384] [--iterations 60] --pair <content> <style> [--pair …]

*Laplacian distance* is the squared distance of the result's Laplacian from the content's over the content's own, at full and at half size, as
the detail loss has it (0: the content's lines; 1: as far from them as a flat picture); style and content as `judge.py` has them.
"""

import argparse
import pathlib
import subprocess
import sys

import torch
import torch.nn.functional as F

from judge import Judge, read, resized, to_tensor

HERE = pathlib.Path(__file__).parent
DETAILS = (0, 0.25, 0.5, 1)


def laplacian(picture):
    x = F.pad(picture, (1, 1, 1, 1), mode="replicate")
    return 4 * picture - x[..., :-2, 1:-1] - x[..., 2:, 1:-1] - x[..., 1:-1, :-2] - x[..., 1:-1, 2:]


def distance(result, content):
    sums = []
    for level in range(2):
        found, wanted = (laplacian(F.avg_pool2d(to_tensor(image) / 255, 2**level)) for image in (result, content))
        sums.append(((found - wanted).square().sum() / wanted.square().sum()).item())
    return sum(sums) / len(sums)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "vgg19", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--pair", type=pathlib.Path, nargs=2, action="append", required=True, metavar=("CONTENT", "STYLE"))
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--iterations", type=int, default=60)
    parser.add_argument("--model", default="models/vgg-lite-wide.safetensors", help="the network that is optimised against")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sheet = [sys.executable, HERE / "sheet.py", options.out / "sheet.png", "--cell", str(options.size)]
    print("| pair | detail | Laplacian distance | style | content |")
    print("|---|---|---|---|---|")
    for content, style in options.pair:
        row = [f"content={content}", f"style={style}"]
        for detail in DETAILS:
            result = options.out / f"{content.stem}-{style.stem}-{detail}.png"
            if not result.exists():
                command = [options.atelier, "stylize", content, "--style", style, "-o", result, "--json", "--detail", str(detail)]
                command += ["--size", str(options.size), "--iterations", str(options.iterations)]
                command += ["--model", str(options.model)]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            image = read(result)
            with torch.inference_mode():
                value, _, kept, _ = Judge(content, style, options.vgg19)(image)
            lines = distance(image, resized(read(content), image.size))
            print(f"| {content.stem} × {style.stem} | {detail * 100:g} | {lines:.2f} | {value:.3f} | {kept:.3f} |", flush=True)
            row.append(f"detail {detail * 100:g}={result}")
        sheet += ["--row", f"{content.stem} × {style.stem}", *row]
    subprocess.run(sheet, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
