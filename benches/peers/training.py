"""training.py --atelier target/debug/atelier --generator <generator> --vgg models/vgg-lite.safetensors --content <folder> --style <painting>

Time of a training step beside PyTorch's on this machine, in turns: the same networks, batch and patches, f32, as many threads each. Before that
it makes sure that the twin is one: what both paint of a photo differs by no more than the rounding of eight bits.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

from twin import Generator, Perceptual, step  # noqa: E402

WARM_UP, ROUNDS = 4, 3


def planar(image):
    return torch.from_numpy(np.array(image.convert("RGB"))).float().permute(2, 0, 1)[None] / 255


def ours(options, folder):
    """Seconds of each step."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    command = [options.atelier, "train", "--content", options.content, "--style", options.style, "-o", str(folder), "--start-from", options.generator,
               "--vgg", options.vgg, "--loss-network", options.vgg, "--steps", str(WARM_UP + options.steps), "--batch", str(options.batch), "--patch", str(options.patch),
               "--identity", "0", "--sample-every", "1000000", "--checkpoint-every", "1000000", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    times = [time.perf_counter() for line in process.stdout if line.startswith("{") and json.loads(line)["event"] == "step"]
    process.wait()
    return [b - a for a, b in zip(times, times[1:])][WARM_UP - 1:]


def theirs(options, generator, perceptual, told, targets):
    optimiser = torch.optim.Adam(generator.parameters(), 1e-3, (0.9, 0.99))
    times = []
    for _ in range(WARM_UP + options.steps):
        content = torch.rand(options.batch, 3, options.patch, options.patch)
        begin = time.perf_counter()
        step(generator, perceptual, optimiser, content, told, targets, (1, 40, 2, 3000))
        times.append(time.perf_counter() - begin)
    return times[WARM_UP:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("atelier", "generator", "vgg", "content", "style"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--patch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        plain = folder / "generator.safetensors"
        subprocess.run([options.atelier, "export", options.generator, "-o", str(plain)], check=True, stdout=subprocess.DEVNULL)
        generator, perceptual = Generator.read(plain), Perceptual.read(options.vgg)
        painting = Image.open(options.style).convert("RGB").resize((256, 256))
        painting.save(folder / "style.png")
        photo = Image.open(sorted(pathlib.Path(options.content).iterdir())[0]).convert("RGB").resize((256, 192))
        photo.save(folder / "photo.png")
        subprocess.run([options.atelier, "generate", str(folder / "photo.png"), "--style", str(folder / "style.png"), "-o", str(folder / "ours.png"),
                        "--generator", options.generator, "--vgg", options.vgg, "--size", "256"], check=True, stdout=subprocess.DEVNULL)
        with torch.no_grad():
            seen = perceptual.features(planar(painting))
            told = perceptual.described(seen)
            twin = generator(planar(photo), told)
        difference = (twin - planar(Image.open(folder / "ours.png"))).abs().max().item()
        print(f"the twin differs by {difference:.5f} at most; half a step of 8 bits is {0.5 / 255:.5f}")
        assert difference < 1 / 255, "PyTorch computes another network"
        told = told.expand(options.batch, -1)
        targets = {tap: perceptual.moments(seen[tap]).expand(options.batch, -1, -1) for tap in ("1_1", "2_1", "3_1", "4_1")}
        rounds = [(ours(options, folder / "out"), theirs(options, generator, perceptual, told, targets)) for _ in range(ROUNDS)]
        mine, peer = (statistics.median([time for side in sides for time in side]) for sides in zip(*rounds))
        print(f"batch {options.batch} of {options.patch} px, {options.threads} threads: Atelier {mine * 1e3:.0f} ms, PyTorch {torch.__version__} "
              f"{peer * 1e3:.0f} ms a step, {mine / peer:.2f} times")


if __name__ == "__main__":
    main()
