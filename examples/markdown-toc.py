# /// script
# requires-python = ">=3.11"
# dependencies = ["fire>=0.7"]
# ///
"""Make the table of contents of a Markdown file, and find links to headings that are not there."""

import re
import sys
from pathlib import Path

import fire


def headings(text: str) -> list[tuple[int, str, str]]:
    """Each heading outside code blocks: its level, its text, and the anchor that GitHub gives it."""
    found, used, fence = [], {}, ""
    for line in text.splitlines():
        mark = re.match(r"\s{0,3}(```+|~~~+)", line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        match = None if fence else re.match(r"(#{1,6})\s+(.*?)\s*#*$", line)
        if match:
            title = re.sub(r"\[([^]]*)]\([^)]*\)|[`*]", r"\1", match[2])
            anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            number = used[anchor] = used.get(anchor, -1) + 1
            found.append((len(match[1]), title, f"{anchor}-{number}" if number else anchor))
    return found


def read(file: str) -> str:
    """The text of a file; ends the program with 2 where it can't be read."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        print(f"error: `{file}` can't be read: {error.strerror}", file=sys.stderr)
        sys.exit(2)


def toc(file, depth=3):
    """Print the table of contents.

    Args:
        file: the Markdown file
        depth: leave out headings deeper than this
    """
    for level, title, anchor in headings(read(file)):
        if 1 < level <= depth:
            print(f"{'  ' * (level - 2)}- [{title}](#{anchor})")


def check(file):
    """Find links to headings that the file does not have; exit code 1 if there are any.

    Args:
        file: the Markdown file
    """
    text = read(file)
    anchors = {anchor for _, _, anchor in headings(text)}
    broken = [link for link in re.findall(r"]\(#([^)]+)\)", text) if link not in anchors]
    for link in broken:
        print(f"{file}: there is no heading `#{link}`")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    fire.Fire({"toc": toc, "check": check})
