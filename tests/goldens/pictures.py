"""Small drawn pictures (RGB, 8 bit): gradients and shapes, no third party's work."""

import numpy as np


def _grid(height, width):
    y, x = np.mgrid[0:height, 0:width]
    return (y + 0.5) / height, (x + 0.5) / width


def _bytes(channels):
    return np.clip(np.round(np.stack(channels, axis=-1) * 255), 0, 255).astype(np.uint8)


def landscape(height, width):
    """A sky, a sun and a hill: the content."""
    y, x = _grid(height, width)
    sun = (x - 0.7) ** 2 + (y - 0.3) ** 2 < 0.02
    hill = y > 0.65 + 0.12 * np.sin(5 * x)
    red = np.where(hill, 0.2 + 0.2 * x, np.where(sun, 1.0, 0.4 + 0.3 * y))
    green = np.where(hill, 0.45 + 0.2 * y, np.where(sun, 0.9, 0.6 + 0.2 * y))
    blue = np.where(hill, 0.15, np.where(sun, 0.4, 0.9 - 0.2 * y))
    return _bytes([red, green, blue])


def weave(height, width):
    """Crossing waves in warm colours: the style."""
    y, x = _grid(height, width)
    a, b = np.sin(40 * x + 9 * y), np.sin(34 * y - 14 * x)
    return _bytes([0.6 + 0.35 * a, 0.35 + 0.25 * a * b, 0.25 + 0.2 * b])


def between(height, width):
    """The landscape with the weave faintly over it, and some noise: a run half-way."""
    noise = np.random.default_rng(5).normal(0, 0.03, (height, width, 3))
    mixed = 0.7 * landscape(height, width) / 255 + 0.3 * weave(height, width) / 255 + noise
    return _bytes([mixed[..., i] for i in range(3)])


ALL = {"input": between, "content": landscape, "style": weave}
