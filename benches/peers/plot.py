"""The picture of docs/performance.md: time and memory of a step against pixels, as SVG that is readable on light and on dark pages."""

import math

import report

WIDTH, HEIGHT = 860, 360
# Of one of the two panels, inside its axes.
LEFT, TOP, PANEL, TALL = 64, 56, 330, 236
COLOURS = ["#2f6fb0", "#c0562b", "#3d8a5a", "#8a4fa0"]
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #333; }
  .title { font-weight: 600; }
  .grid { stroke: #999; stroke-opacity: .35; }
  .line { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) { text { fill: #ddd; } }
"""


class Axis:
    """A logarithmic or linear axis that takes values to positions."""

    def __init__(self, low: float, high: float, start: float, length: float, logarithmic: bool):
        self.scale = math.log2 if logarithmic else float
        self.low, self.high = self.scale(low), self.scale(high)
        self.start, self.length = start, length

    def __call__(self, value: float) -> float:
        return self.start + (self.scale(value) - self.low) / (self.high - self.low) * self.length


def draw(measured: list[dict], reference: int) -> str:
    """Both panels over the same sizes."""
    sides = sorted({row["side"] for row in measured})
    most = max(1.5, max(row["relative"] for row in measured) * 1.1)
    ratios = [step / 4 for step in range(int(most * 4) + 1)]
    time = panel(measured, 0, f"time per pixel, {reference}² = 1", "relative", sides, Axis(0, most, TOP + TALL, -TALL, False), ratios, "{:g}")
    gigabytes = [{**row, "gigabytes": row["peak"] / 1e9} for row in measured]
    peaks = [row["gigabytes"] for row in gigabytes]
    marks = [2.0**power for power in range(math.floor(math.log2(min(peaks))), math.ceil(math.log2(max(peaks))) + 1)]
    memory_axis = Axis(marks[0], marks[-1], TOP + TALL, -TALL, True)
    memory = panel(gigabytes, PANEL + 96, "most memory, GB", "gigabytes", sides, memory_axis, marks, "{:.3g}")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            "<title>Time per pixel and most memory of a step, against the size of the picture</title>",
            f"<style>{STYLE}</style>",
            *time,
            *memory,
            *legend(measured),
            "</svg>",
            "",
        ]
    )


def panel(rows: list[dict], offset: float, title: str, key: str, sides: list[int], axis: Axis, marks: list[float], form: str) -> list[str]:
    left = LEFT + offset
    across = Axis(sides[0], sides[-1], left, PANEL, True)
    parts = [f'<text class="title" x="{left}" y="{TOP - 28}">{title}</text>']
    for mark in marks:
        y = axis(mark)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + PANEL}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{form.format(mark)}</text>')
    for side in sides:
        parts.append(f'<text x="{across(side):.1f}" y="{TOP + TALL + 20}" text-anchor="middle">{side}²</text>')
    for colour, name in zip(COLOURS, networks(rows)):
        points = [(across(row["side"]), axis(row[key])) for row in rows if row["network"] == name]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line" stroke="{colour}" points="{path}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
    return parts


def legend(rows: list[dict]) -> list[str]:
    parts = []
    for index, (colour, name) in enumerate(zip(COLOURS, networks(rows))):
        x, y = LEFT + 110 * index, HEIGHT - 14
        parts.append(f'<line class="line" stroke="{colour}" x1="{x}" x2="{x + 24}" y1="{y - 4}" y2="{y - 4}"/>')
        parts.append(f'<text x="{x + 32}" y="{y}">{report.NETWORKS.get(name, name)}</text>')
    return parts


def networks(rows: list[dict]) -> list[str]:
    """In the order in which they were measured."""
    return list(dict.fromkeys(row["network"] for row in rows))
