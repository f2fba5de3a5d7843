"""sheet.py out.jpg --cell 256 --row "label" a.jpg b.png … --row "label" c.jpg … : a contact sheet.

Each picture is fitted into a cell with its file name below; the row's label stands above the row.
`name=path` gives a picture another caption; --plain leaves captions out. A picture that is missing gets a grey cell.
"""

import argparse
import pathlib
import unicodedata

from PIL import Image, ImageDraw, ImageFont, ImageOps

GAP, LABEL, CAPTION = 6, 22, 16


def font(size):
    for name in ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf"):
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            pass
    try:
        return ImageFont.load_default(size)
    except TypeError:
        return ImageFont.load_default()


def split(item):
    if "=" in item and not pathlib.Path(item).exists():
        caption, path = item.split("=", 1)
        return caption, path
    return pathlib.Path(item).stem, item


def fitted(path, cell):
    try:
        image = ImageOps.exif_transpose(Image.open(path))
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("RGB")
    except OSError as error:
        print(f"{path}: {error}")
        image = Image.new("RGB", (cell, cell), (90, 90, 90))
    scale = cell / max(image.size)
    return image.resize(tuple(max(1, round(v * scale)) for v in image.size), Image.Resampling.LANCZOS)


def shortened(draw, text, face, width):
    if face.getname()[0] not in ("DejaVu Sans", "Liberation Sans", "Noto Sans"):
        # Pillow's built-in font knows no more than ASCII.
        text = unicodedata.normalize("NFKD", text.replace("×", "x")).encode("ascii", "ignore").decode()
    if draw.textlength(text, font=face) <= width:
        return text
    while text and draw.textlength(text + "...", font=face) > width:
        text = text[:-1]
    return text + "..."


def sheet(rows, cell, captions=True):
    columns = max(len(pictures) for _, pictures in rows)
    below = CAPTION if captions else 0
    width = GAP + columns * (cell + GAP)
    cells = [[(caption, fitted(path, cell)) for caption, path in map(split, pictures)] for _, pictures in rows]
    heights = [max(image.height for _, image in row) for row in cells]
    canvas = Image.new("RGB", (width, GAP + sum((LABEL if label else 0) + h + below + GAP for (label, _), h in zip(rows, heights))), (28, 28, 28))
    draw, y = ImageDraw.Draw(canvas), GAP
    for (label, _), row, height in zip(rows, cells, heights):
        if label:
            draw.text((GAP, y), shortened(draw, label, font(15), width - 2 * GAP), fill="white", font=font(15))
            y += LABEL
        for i, (caption, image) in enumerate(row):
            x = GAP + i * (cell + GAP)
            canvas.paste(image, (x + (cell - image.width) // 2, y + (height - image.height) // 2))
            if captions:
                draw.text((x, y + height + 1), shortened(draw, caption, font(11), cell), fill=(190, 190, 190), font=font(11))
        y += height + below + GAP
    return canvas


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--cell", type=int, default=256)
    parser.add_argument("--row", nargs="+", action="append", required=True, metavar=("LABEL", "PICTURE"))
    parser.add_argument("--plain", action="store_true", help="no captions")
    options = parser.parse_args()
    rows = [(label, pictures) for label, *pictures in options.row]
    if any(not pictures for _, pictures in rows):
        parser.error("every --row needs a label and at least one picture")
    canvas = sheet(rows, options.cell, not options.plain)
    canvas.save(options.out, quality=90)
    print(f"{options.out}: {canvas.width}×{canvas.height}")


if __name__ == "__main__":
    main()
