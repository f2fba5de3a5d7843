"""What a step takes of time and memory as pictures grow, on the processor.

`cargo xtask bench scaling` builds the program and calls this. Each size has a process of its own, whose most memory is read at the end; between its
steps one at the reference size is taken by another process, and times are set off against that, so that a busy moment slows both.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from pathlib import Path

import plot
import report
from networks import NETWORKS, pictures, values, weights, write_model
from program import Program

REFERENCE = 256


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", type=Path, required=True, help="target/release/peers")
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--networks", type=lambda text: text.split(","), default=["lite", "vgg19"])
    parser.add_argument(
        "--sides", type=lambda text: [int(side) for side in text.split(",")], default=[128, 256, 512, 1024, 1536, 2048]
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--machine", default=platform.processor() or platform.machine(), help="what the report calls this machine")
    parser.add_argument("--revision", default="", help="of Atelier, for the report")
    parser.add_argument("--json", type=Path, help="where the samples go")
    parser.add_argument("--plot", type=Path, help="where the picture goes (SVG), beside the document")
    parser.add_argument("--write", type=Path, help="the document whose section `scaling` is rewritten")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    measured = []
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        for name in options.networks:
            model = Path(folder) / "model"
            write_model(model, NETWORKS[name], weights(NETWORKS[name]))
            reference = opened(options, model, REFERENCE, Path(folder))
            reference.time("step")
            for side in options.sides:
                measured.append({"network": name, "side": side, **scale(options, model, side, reference, Path(folder))})
                print(json.dumps(measured[-1]), flush=True)
            reference.end()
    tell(options, measured)


def opened(options: argparse.Namespace, model: Path, side: int, folder: Path) -> Program:
    """A program with a network and pictures of a size."""
    (folder / "pictures").write_bytes(values(pictures(side)))
    program = Program(options.program, {**os.environ, "RAYON_NUM_THREADS": str(options.threads)})
    for command in [f"device {options.device}", f"network {model}", f"pictures {folder}/pictures {side}"]:
        program.ask(command)
    return program


def scale(options: argparse.Namespace, model: Path, side: int, reference: Program, folder: Path) -> dict:
    """Seconds of a step, seconds per pixel over the reference's, and the most memory."""
    program = opened(options, model, side, folder)
    program.time("step")
    seconds, relative = [], []
    for _ in range(options.rounds):
        before = reference.time("step")
        seconds.append(program.time("step"))
        both = (before + reference.time("step")) / 2
        relative.append(seconds[-1] / both * (REFERENCE / side) ** 2)
    peak = program.peak()
    program.end()
    return {"seconds": statistics.median(seconds), "relative": statistics.median(relative), "peak": peak, "samples": seconds}


def tell(options: argparse.Namespace, measured: list[dict]) -> None:
    """Prints the table, draws the plot, and puts both where they are wanted."""
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1))
    lines = [
        f"Atelier {options.revision}; {options.threads} threads, {options.rounds} rounds; {options.machine}.",
        "",
        f"| network | size | step | time per pixel over {REFERENCE}² | most memory | bytes per pixel |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in measured:
        per_pixel = row["peak"] / row["side"] ** 2
        lines.append(
            f"| {report.NETWORKS[row['network']]} | {row['side']}² | {report.duration(row['seconds'])} | {row['relative']:.2f} "
            f"| {row['peak'] / 1e6:.0f} MB | {per_pixel:.0f} |"
        )
    if options.plot:
        options.plot.write_text(plot.draw(measured, REFERENCE))
        alternative = "Time per pixel and most memory of a step, against the size of the picture"
        lines = [f"![{alternative}]({options.plot.name})", "", *lines]
    text = "\n".join(lines)
    print(f"\n{text}")
    if options.write:
        report.write(options.write, "scaling", text)


if __name__ == "__main__":
    main()
