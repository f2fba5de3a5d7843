"""Atelier beside PyTorch on this machine, in turns.

`cargo xtask bench native` builds the program and calls this. The program and these Python files can be carried to another machine: with
Python 3, torch and numpy there, nothing else is needed, and no network.

    python3 native.py --program target/release/peers --device gpu
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

# Threads that wait by spinning would take the processor from whoever's turn it is.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch  # noqa: E402

import report  # noqa: E402
from networks import NETWORKS, pictures, values, weights, write_model  # noqa: E402
from peer import PyTorch  # noqa: E402
from program import Program  # noqa: E402

# Relative distance (L2) of outcomes: sums of up to 4608 products of f32 in other orders or by other algorithms; in a gradient a sign that
# flips at a ReLU or a maximum that moves in a pool changes single values by all they have.
TOLERANCE = {"forward": 1e-3, "step": 1e-2}
# Fewer samples have no median worth its name; more are no longer worth the wait.
FEWEST, MOST = 3, 15


def arguments() -> argparse.Namespace:
    words = lambda text: text.split(",")  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", type=Path, required=True, help="target/release/peers")
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="gpu: wgpu against CUDA")
    parser.add_argument("--networks", type=words, default=["lite", "vgg19"])
    parser.add_argument("--sides", type=lambda text: [int(side) for side in text.split(",")], default=[256, 512])
    parser.add_argument("--works", type=words, default=["forward", "step"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--budget", type=float, default=60, help="seconds for the rounds of one row")
    parser.add_argument("--machine", default=platform.processor() or platform.machine(), help="what the report calls this machine")
    parser.add_argument("--revision", default="", help="of Atelier, for the report")
    parser.add_argument("--json", type=Path, help="where the samples go")
    parser.add_argument("--write", type=Path, help="the document whose section `native cpu` or `native gpu` is rewritten")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    # As Atelier computes: without the tensor cores' short mantissas.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    peer_device = "cuda" if options.device == "gpu" else "cpu"
    rows = []
    with tempfile.TemporaryDirectory(prefix="atelier-bench-") as folder:
        for name in options.networks:
            made = weights(NETWORKS[name])
            model = Path(folder) / "model"
            write_model(model, NETWORKS[name], made)
            peer = PyTorch(name, made, peer_device)
            program = Program(options.program, {**os.environ, "RAYON_NUM_THREADS": str(options.threads)})
            program.ask(f"device {options.device}")
            program.ask(f"network {model}")
            for side in options.sides:
                given = pictures(side)
                (Path(folder) / "pictures").write_bytes(values(given))
                program.ask(f"pictures {folder}/pictures {side}")
                peer.take(given)
                for work in options.works:
                    cells = row(program, peer, work, Path(folder), options.budget)
                    rows.append({"network": name, "side": side, "work": work, "cells": cells})
                    print(json.dumps(rows[-1]), flush=True)
            program.end()
    tell(options, rows, peer_device)


def row(program: Program, peer: PyTorch, work: str, folder: Path, budget: float) -> list[dict]:
    """Both in turns until the budget is spent, once they agree."""
    ours, theirs = program.outcome(work, folder), peer.outcome(work)
    apart = max(float((own - other.flatten()).norm() / other.norm()) for own, other in zip(ours, theirs))
    if not apart <= TOLERANCE[work]:
        raise SystemExit(f"{work}: Atelier and PyTorch differ by {apart:.1e}")
    turn = [("atelier", program, []), ("pytorch", peer, [])]
    began = time.perf_counter()
    for index in range(MOST):
        # Nobody is always first after the pause between rounds.
        for _, contender, samples in turn if index % 2 == 0 else reversed(turn):
            samples.append(contender.time(work))
        taken = time.perf_counter() - began
        if taken * (index + 2) / (index + 1) > budget and (index + 1 >= FEWEST or taken > budget):
            break
    return [
        {"library": name, "samples": samples, "seconds": statistics.median(samples), "distance": apart} for name, _, samples in turn
    ]


def tell(options: argparse.Namespace, rows: list[dict], peer_device: str) -> None:
    """Prints the table and puts it where it is wanted."""
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    where = f"{options.threads} threads each"
    if peer_device == "cuda":
        where = f"{torch.cuda.get_device_name()}, TF32 off"
    head = f"Atelier {options.revision}".strip() + f", PyTorch {torch.__version__}; {where}; {options.machine}."
    text = f"{head}\n\n{report.table(rows)}"
    print(f"\n{text}")
    if options.write:
        report.write(options.write, f"native {options.device}", text)


if __name__ == "__main__":
    main()
