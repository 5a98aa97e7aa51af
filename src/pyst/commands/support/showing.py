"""How code that comes or goes is shown to a person, and words from elsewhere that are to be typed."""

from __future__ import annotations

import re


def difference_from(before: bytes | None, after: bytes, name: str) -> str:
    """How code changes, as a unified diff; where there was none before, all of it is added."""
    from pyst.scripts.decoding import decode_anyhow
    from pyst.sharing.differences import code_difference

    if before is not None:
        return code_difference(before, after, name)
    lines = decode_anyhow(after).removesuffix("\n").split("\n")
    return "\n".join([f"--- {name}", f"+++ {name}", f"@@ -0,0 +1,{len(lines)} @@", *(f"+{each}" for each in lines), ""])


def typed(word: str) -> str:
    """A source as it is typed into a shell: names of files come from elsewhere, and hints are copied."""
    from shlex import quote

    return word if re.fullmatch(r"gist:[\w@#.+-]+", word, re.ASCII) else quote(word)
