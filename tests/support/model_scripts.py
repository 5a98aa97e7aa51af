"""Scripts as a model would write them, good and bad: answers for `model_server`."""

from __future__ import annotations

from typing import Any

CODE = '''"""Print the names of files with a prefix before them."""


def main(prefix: str, count: int = 2) -> None:
    """Print names.

    Args:
        prefix: what comes before each name
        count: how many names
    """
    for number in range(count):
        print(f"{prefix}-{number}")
'''


def script(code: str = CODE, **more: Any) -> dict[str, Any]:
    """An answer that passes; `more` are its fields that are to be otherwise."""
    return {
        "code": code,
        "summary": "Print names with a prefix.",
        "requirements": [],
        "requires_python": ">=3.10",
        "parameters": [{"name": "prefix", "type": "str", "help": "what comes first"}],
        "permissions": {},
        **more,
    }


BIDI = CODE.replace("# ", "").replace("prefix}-", "prefix}\u202e-")
"""What a person reads is not what Python runs."""

SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "no Python": (script("def main(prefix: str -> None:\n    pass\n"), "invalid syntax"),
    "no main": (script('"""Nothing."""\nprint(1)\n'), "def main"),
    "calls itself": (script(CODE + "\n\nmain('x')\n"), "def main"),
    "undeclared import": (script('"""X."""\nimport httpx\n' + CODE), "httpx"),
    "unused requirement": (script(requirements=["httpx>=0.28"]), "httpx"),
    "no requirement": (script(requirements=["not a requirement!"]), "no requirement"),
    "an address": (script(requirements=["x @ https://127.0.0.1:9/x-1-py3-none-any.whl"]), "names an address"),
    "bidi": (script(BIDI), "U+202E"),
    "invisible": (script(CODE.replace("names.", "na\u200bmes.")), "U+200B"),
    "escape code": (script(CODE.replace("names.", "na\x1b[2Jmes.")), "U+001B"),
    "bidi in the summary": (script(summary="Prints \u202esdrawkcab"), "can't be seen"),
    "escape in a permission": (script(permissions={"read": ["\x1b[2J"]}), "can't be seen"),
    "line break in a requirement": (script(requirements=["six\n# ///\nimport os"]), "can't be seen"),
    "line break in the Python": (script(requires_python='>=3.10"\nx = "'), "can't be seen"),
    "a block of its own": (script('# /// script\n# dependencies = ["evil"]\n# ///\n' + CODE), "leave it out"),
    "a hidden block": (script(CODE + '\r# /// script\r# dependencies = ["evil"]\r# ///\r'), "line ends"),
    "another encoding": (script("# -*- coding: utf-7 -*-\n" + CODE), "encoding"),
    "silenced": (script(CODE + "# pyst: ignore-file[C001]\n"), "silence"),
    "asks while it runs": (script(CODE.replace("print(f", 'input("?"); print(f')), "input"),
    "bad permission": (script(permissions={"net": ["http://example.org/x y"]}), "net"),
    "bad Python": (script(requires_python="three"), "three"),
    "empty": (script(" \n"), "empty"),
    "deep": (script('"""X."""\nx = ' + "(" * 5000 + ")" * 5000 + "\n" + CODE), ""),
    "null": (script(CODE + "\x00"), ""),
}
"""What a model may say that must not be saved: the answer, and what it is told of it."""
