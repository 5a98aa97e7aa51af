"""The files that are listed and run: scripts as people write them, and justfiles with as many recipes. Pure text."""

from __future__ import annotations

import random

VERBS = [
    "archive",
    "check",
    "clean",
    "collect",
    "compare",
    "convert",
    "count",
    "deploy",
    "export",
    "fetch",
    "import",
    "index",
    "merge",
    "prune",
    "rotate",
]
NOUNS = [
    "accounts",
    "backups",
    "builds",
    "caches",
    "images",
    "invoices",
    "logs",
    "mails",
    "orders",
    "photos",
    "reports",
    "sessions",
    "tables",
    "tags",
]
KINDS = ("function", "argparse", "typer", "click", "plain")
LINES = 74

WITH_TWO = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["packaging", "shellingham"]
# ///
"""Say which Python this is, with two packages at hand, both of which import in less than a millisecond."""

import sys

import packaging
import shellingham

print(sys.version_info[:2], packaging.__name__, shellingham.__name__)
'''

WITH_NONE = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Say which Python this is."""

import sys

print(sys.version_info[:2])
'''

FUNCTION = '''\
"""Say which Python this is, a number of times.

Args:
    times: how often
"""

import sys


def main(times: int = 1):
    for _ in range(times):
        print(sys.version_info[:2])
'''


def fresh_script(number: int) -> str:
    """A script whose needs no script before it had: same packages, another `requires-python`."""
    return WITH_TWO.replace('">=3.11"', f'">=3.11, !=3.3.{number}"')


def script_names(count: int) -> list[str]:
    """Names such as `orders/archive-12`, in groups of about fifty."""
    return [f"{NOUNS[n // 50 % len(NOUNS)]}-{n // 50}/{VERBS[n % len(VERBS)]}-{n}" for n in range(count)]


def script_text(number: int) -> str:
    """The text of one script of 74 lines; its kind and its words depend on `number` alone."""
    words = random.Random(number)
    verb, noun, kind = words.choice(VERBS), words.choice(NOUNS), KINDS[number % len(KINDS)]
    lines = [
        *_block(kind),
        f'"""{verb.capitalize()} the {noun} that are older than a number of days.',
        "",
        f"Looks through every folder it is given, and leaves {noun} alone that are in use.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *(["import argparse"] if kind == "argparse" else []),
        "import json",
        "import os",
        "import sys",
        "import time",
        "from pathlib import Path",
        "",
        *{"argparse": ["import argparse", ""], "typer": ["import typer", ""], "click": ["import click", ""]}.get(
            kind, []
        ),
        f'SUFFIXES = (".{noun[:3]}", ".bak", ".old")',
        "DAY_SECONDS = 86_400",
        "",
        "",
    ]
    end = _end(kind, verb, noun)
    while len(lines) + len(end) + 12 <= LINES:
        lines += _helper(words.choice(NOUNS), len(lines))
    lines += [f"# part {n}: what follows is called from the command line" for n in range(LINES - len(lines) - len(end))]
    return "\n".join(lines + end) + "\n"


def _block(kind: str) -> list[str]:
    if kind == "plain":
        return []
    needs = f'"{kind}>=0.9"' if kind in ("typer", "click") else ""
    return ["# /// script", '# requires-python = ">=3.11"', f"# dependencies = [{needs}]", "# ///"]


def _helper(noun: str, number: int) -> list[str]:
    return [
        f"def {noun}_below_{number}(folder: Path, days: int) -> list[Path]:",
        f'    """The {noun} below a folder that were last changed before `days` days."""',
        "    limit = time.time() - days * DAY_SECONDS",
        "    found = []",
        "    for parent, _, names in os.walk(folder):",
        "        for name in names:",
        "            path = Path(parent, name)",
        "            if path.suffix in SUFFIXES and path.stat().st_mtime < limit:",
        "                found.append(path)",
        "    return sorted(found)",
        "",
        "",
    ]


def _end(kind: str, verb: str, noun: str) -> list[str]:
    doc = f'    """{verb.capitalize()} {noun}."""'
    body = [
        "    for path in sorted(Path(folder).rglob('*')):",
        "        print(json.dumps({'path': str(path), 'days': days}))",
    ]
    if kind == "function":
        return ["def main(folder: Path, days: int = 30, dry_run: bool = False) -> int:", doc, *body, "    return 0"]
    if kind == "argparse":
        return [
            "def main() -> int:",
            f'    parser = argparse.ArgumentParser(description="{verb} {noun}")',
            '    parser.add_argument("folder", help="where to look")',
            '    parser.add_argument("--days", type=int, default=30, help="the age in days")',
            "    options = parser.parse_args()",
            "    folder, days = options.folder, options.days",
            *body,
            "    return 0",
            "",
            "",
            'if __name__ == "__main__":',
            "    sys.exit(main())",
        ]
    if kind == "typer":
        return [
            "app = typer.Typer()",
            "",
            "",
            "@app.command()",
            'def main(folder: Path, days: int = typer.Option(30, help="the age in days")) -> None:',
            doc,
            *body,
            "",
            "",
            'if __name__ == "__main__":',
            "    app()",
        ]
    if kind == "click":
        return [
            "@click.command()",
            '@click.argument("folder")',
            '@click.option("--days", default=30, help="the age in days")',
            "def main(folder: str, days: int) -> None:",
            doc,
            *body,
            "",
            "",
            'if __name__ == "__main__":',
            "    main()",
        ]
    return ["folder, days = sys.argv[1], 30", "for path in sorted(Path(folder).rglob('*')):", "    print(path, days)"]


def justfile(count: int) -> str:
    """A justfile with as many recipes as there are scripts, each with a line of documentation."""
    parts = []
    for number, name in enumerate(script_names(count)):
        words = random.Random(number)
        verb, noun = words.choice(VERBS), words.choice(NOUNS)
        recipe = name.replace("/", "_")
        parts.append(f"# {verb} the {noun} that are older than a number of days\n{recipe} folder days='30':\n")
        parts.append(f"    python3 scripts/{name}.py {{{{folder}}}} --days {{{{days}}}}\n\n")
    return "".join(parts)
