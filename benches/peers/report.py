"""Tables of measured rows, and their place in docs/performance.md."""

import re
import statistics
from pathlib import Path

NAMES = {
    "atelier": "Atelier",
    "tensorflow": "TensorFlow.js",
    "onnxruntime": "ONNX Runtime Web",
    "pytorch": "PyTorch",
}
NETWORKS = {"lite": "lite", "vgg19": "VGG-19"}


def duration(seconds: float) -> str:
    """Three digits."""
    if seconds >= 1:
        return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 100 else f"{milliseconds:.3g} ms"


def table(rows: list[dict]) -> str:
    """One line for each row; how often Atelier's time goes into each other library's."""
    libraries = [name for name in NAMES if any(cell["library"] == name for row in rows for cell in row["cells"])]
    others = libraries[1:]
    head = ["network", "size", "what", NAMES[libraries[0]]]
    for other in others:
        head += [NAMES[other], "times Atelier"]
    lines = [head + ["rounds"], ["---"] * 3 + ["---:"] * (len(head) - 2)]
    for row in rows:
        cells = {cell["library"]: cell for cell in row["cells"]}
        ours = cells["atelier"]
        line = [NETWORKS.get(row["network"], row["network"]), f"{row['side']}²", row["work"], shown(ours)]
        for other in others:
            cell = cells.get(other)
            line += [shown(cell), ratio(cell, ours)]
        lines.append(line + [str(max(len(cell["samples"]) for cell in row["cells"]))])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(cell: dict | None) -> str:
    if cell is None:
        return "–"
    if cell.get("error"):
        return f"({cell['error']})"
    return duration(cell["seconds"])


def ratio(cell: dict | None, ours: dict) -> str:
    """The median over rounds of the ratio within one round: what slowed the machine for a while slowed both."""
    if cell is None or cell.get("error") or ours.get("error"):
        return ""
    pairs = [theirs / own for theirs, own in zip(cell["samples"], ours["samples"])]
    return f"{statistics.median(pairs):.2f}"


def write(document: Path, section: str, text: str) -> None:
    """Puts `text` between the comments that begin and end a section of a document."""
    begin, end = f"<!-- {section} -->", f"<!-- /{section} -->"
    old = document.read_text()
    new, found = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{text}\n{end}", old, flags=re.DOTALL)
    if found != 1:
        raise SystemExit(f"{document} has no section {begin} … {end}")
    document.write_text(new)
    print(f"written to {document}")
