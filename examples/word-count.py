# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Count the words of a text and show the most frequent ones.

Words are runs of letters, digits and apostrophes, compared without regard to case.

Args:
    file: the text to read; `-` is standard input
    top: how many words to show
    min_length: pass over words shorter than this many characters
    json: write JSON instead of a table

Exit codes:
    0: done
    1: the file can't be read
"""

import re
import sys
from collections import Counter
from pathlib import Path


def main(file: Path, top: int = 10, min_length: int = 1, json: bool = False):
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        sys.exit(f"error: `{file}` can't be read: {error.strerror}")
    words = [word for word in re.findall(r"[\w']+", text.lower()) if len(word) >= min_length]
    counted = Counter(words).most_common(top)
    if json:
        return {"words": len(words), "different": len(set(words)), "top": dict(counted)}
    lines = [f"{len(words)} words, {len(set(words))} different"]
    lines += [f"{count:>7}  {word}" for word, count in counted]
    return "\n".join(lines)
