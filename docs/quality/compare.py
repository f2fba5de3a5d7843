"""Compares ways to optimise on pairs of pictures, judged by the true VGG-19: the numbers of docs/quality.md.

    cargo build --workspace
    pip install torch safetensors numpy pillow
    python docs/quality/compare.py --atelier target/debug/atelier --pairs <folder with pairs.tsv> \
        --vgg19 <vgg19_conv1_1-conv5_1.safetensors> --out <folder> [--size 192] [--iterations 80]

Each variant paints every pair (what is there already is not painted again), then a table is printed, and a contact sheet of each
pair written beside the pictures.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent

# The first is what the others are held against: the defaults.
VARIANTS = {
    "default": [],
    "one size": ["--start-from", "{content}"],
    "Adam": ["--method", "adam"],
    "pyramid 2": ["--pyramid", "2"],
    "pyramid 3": ["--pyramid", "3"],
    "average pooling": ["--pooling", "average"],
    "means and covariances": ["--statistic", "mean-covariance"],
    "paper losses": ["--recipe", "paper"],
    "mean-squared losses": ["--recipe", "mean-squared"],
    "shallow layers": ["--layers", "4,2,1,0.5,0.25"],
    "deep layers": ["--layers", "0.25,0.5,1,2,4"],
    "no smoothness": ["--smoothness", "0"],
    "smoothness 1": ["--smoothness", "1"],
    "40 evaluations": ["--iterations", "40"],
    "one size 100 evaluations": ["--start-from", "{content}", "--iterations", "100"],
}


def read_pairs(folder):
    with open(folder / "pairs.tsv", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    return [(folder / content, folder / style) for content, style in rows[1:]]


def paint(options, pairs):
    """Paints what is missing, and returns the seconds that each variant took for what it painted."""
    seconds = {}
    for name in options.variants:
        for index, (content, style) in enumerate(pairs):
            result = options.out / name.replace(" ", "-") / f"{index:02}.png"
            if result.exists():
                continue
            result.parent.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            command = [options.atelier, "stylize", content, "--style", style, "-o", result, "--json"]
            command += ["--size", str(options.size)]
            command += ["--model", str(options.model)]
            if "--iterations" not in VARIANTS[name]:
                command += ["--iterations", str(options.iterations)]
            command += [option.format(content=content) for option in VARIANTS[name]]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name] = seconds.get(name, 0.0) + time.monotonic() - began
    return seconds


def judge(options, pairs):
    """Style, content and total variation of every result: {variant: [(style, content, tv), …]}."""
    found = {name: [] for name in options.variants}
    for index, (content, style) in enumerate(pairs):
        results = [options.out / name.replace(" ", "-") / f"{index:02}.png" for name in options.variants]
        command = [sys.executable, HERE / "judge.py", "--weights", options.vgg19, content, style, *results]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[1:]
        for name, line in zip(options.variants, lines, strict=True):
            found[name].append(tuple(float(value) for value in line.split("\t")[1:4]))
    return found


def table(found, seconds):
    first = next(iter(found.values()))
    print("| variant | style | content | total variation | style better than the first on | seconds a pair |")
    print("|---|---|---|---|---|---|")
    for name, values in found.items():
        style, content, variation = (sum(value[i] for value in values) / len(values) for i in range(3))
        wins = sum(value[0] < other[0] for value, other in zip(values, first, strict=True))
        took = f"{seconds[name] / len(values):.1f}" if name in seconds else "–"
        print(f"| {name} | {style:.4f} | {content:.3f} | {variation:.4f} | {wins} of {len(values)} | {took} |")


def sheets(options, pairs):
    for index, (content, style) in enumerate(pairs):
        pictures = [f"content={content}", f"style={style}"]
        pictures += [f"{name}={options.out / name.replace(' ', '-') / f'{index:02}.png'}" for name in options.variants]
        rows = [pictures[i : i + 5] for i in range(0, len(pictures), 5)]
        command = [sys.executable, HERE / "sheet.py", options.out / f"pair-{index:02}.png", "--cell", "240"]
        for row in rows:
            command += ["--row", f"{content.stem} × {style.stem}", *row]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "pairs", "vgg19", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--iterations", type=int, default=80)
    parser.add_argument("--model", default="models/vgg-lite-wide.safetensors", help="the network that is optimised against")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    seconds = paint(options, pairs)
    table(judge(options, pairs), seconds)
    sheets(options, pairs)


if __name__ == "__main__":
    main()
