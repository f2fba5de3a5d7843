"""weave.py [--box left,top,right,bottom] picture… : how much of a picture repeats with a generator's lattice of four pixels.

Per picture, tab-separated: name, energy of what repeats every four pixels within windows of 32 (luma 0…1, as src/gan/lattice.rs has it for
each colour), energy of all that a mean of 5 × 5 pixels takes away. A weave shows as a larger share of the first in the second.
"""

import argparse

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

PERIOD, WINDOW = 4, 32


def lattice_energy(luma):
    rows, columns = (side // WINDOW for side in luma.shape)
    cells = luma[: rows * WINDOW, : columns * WINDOW].reshape(rows, WINDOW // PERIOD, PERIOD, columns, WINDOW // PERIOD, PERIOD).mean((1, 4))
    return np.square(cells - cells.mean((1, 3), keepdims=True)).mean()


def detail_energy(luma):
    return np.square(luma[2:-2, 2:-2] - sliding_window_view(luma, (5, 5)).mean((2, 3))).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--box", type=lambda text: tuple(map(int, text.split(","))))
    parser.add_argument("pictures", nargs="+")
    options = parser.parse_args()
    for name in options.pictures:
        picture = Image.open(name).convert("L")
        luma = np.asarray(picture.crop(options.box) if options.box else picture, float) / 255
        print(f"{name}\t{lattice_energy(luma):.2e}\t{detail_energy(luma):.2e}")


if __name__ == "__main__":
    main()
