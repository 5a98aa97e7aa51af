# /// script
# requires-python = ">=3.11"
# dependencies = ["typer>=0.15"]
#
# [tool.uv]
# exclude-newer = "2026-11-01T00:00:00Z"
# ///
"""Rename photos after the moment they were taken: `IMG_4711.jpg` becomes `2024-07-14 18.03.22.jpg`.

The moment is the EXIF date of a JPEG; without one, the time the file was last changed. Without `--apply`
nothing is touched: what would be done is shown.
"""

import struct
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

SUFFIXES = {".jpg", ".jpeg", ".png", ".heic", ".webp", ".tif", ".tiff"}
DATE_TAKEN, DATE_CHANGED, EXIF_FOLDER = 0x9003, 0x0132, 0x8769
HEAD_BYTES = 1 << 17


def exif_block(path: Path) -> bytes | None:
    """The TIFF structure in the APP1 segment of a JPEG."""
    with open(path, "rb") as file:
        data = file.read(HEAD_BYTES)
    at = 2 if data[:2] == b"\xff\xd8" else len(data)
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            return data[at + 10 : at + 2 + size]
        at += 2 + size
    return None


def date_in(tiff: bytes) -> datetime | None:
    """The date taken in a TIFF structure (EXIF 2.3, section 4.6), else the date changed."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    found: dict[int, bytes] = {}
    folders = [struct.unpack(order + "L", tiff[4:8])[0]] if order else []
    for start in folders:
        (count,) = struct.unpack(order + "H", tiff[start : start + 2])
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, _, length, value = struct.unpack(order + "HHLL", tiff[entry : entry + 12])
            if tag == EXIF_FOLDER and len(folders) < 4:
                folders.append(value)
            elif tag in (DATE_TAKEN, DATE_CHANGED):
                found[tag] = tiff[value : value + length].rstrip(b"\0 ")
    text = found.get(DATE_TAKEN) or found.get(DATE_CHANGED)
    return datetime.strptime(text.decode("ascii"), "%Y:%m:%d %H:%M:%S") if text else None


def taken(path: Path) -> datetime:
    """When a photo was taken."""
    try:
        block = exif_block(path)
        found = date_in(block) if block else None
    except (ValueError, struct.error):  # a damaged header says nothing
        found = None
    return found or datetime.fromtimestamp(path.stat().st_mtime)


def new_name(path: Path, used: set[Path], pattern: str) -> Path:
    """A free name in the same folder."""
    base = taken(path).strftime(pattern)
    number = 1
    while True:
        name = path.with_name(base + (f" ({number})" if number > 1 else "") + path.suffix.lower())
        if name == path or (name not in used and not name.exists()):
            return name
        number += 1


def main(
    folder: Annotated[Path, typer.Argument(help="the folder with the photos", exists=True, file_okay=False)],
    apply: Annotated[bool, typer.Option("--apply", help="rename; otherwise only show")] = False,
    pattern: Annotated[str, typer.Option(help="the new name, in the codes of strftime")] = "%Y-%m-%d %H.%M.%S",
    limit: Annotated[int, typer.Option(min=1, help="rename at most this many")] = 1000,
) -> None:
    used: set[Path] = set()
    photos = sorted(each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES)
    for path in photos[:limit]:
        name = new_name(path, used, pattern)
        used.add(name)
        if name != path:
            print(f"{path.name} → {name.name}")
            if apply:
                path.rename(name)
    print(f"{len(photos[:limit])} photos" + ("" if apply else "; nothing was changed: `--apply` does it"))
    if not photos:
        print(f"error: there are no photos in `{folder}`", file=sys.stderr)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
