"""The commands on the pages, run as a reader would type them, and what they say compared with what the page says.

A fenced block `console` holds lines `$ command` (which a trailing backslash continues), each followed by what it
writes on both streams. `…` stands for any text in a line; a line that is only `…`, for any lines. A command with
nothing below it only has to succeed; with output below it, the output decides. `console no-run` is not run.
A fenced block `LANGUAGE file=PATH` is written to that file before what follows is run.

Each page has its own new home `/home/you`, and its blocks follow each other in one folder: a copy of this
checkout's examples, or an empty project where the page says `<!-- project: empty -->`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
HOME = "/home/you"
FENCE = re.compile(r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence) *$", re.M | re.S)
BLOCK_SECONDS = 300
KEPT = ("LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NO_PROXY", "no_proxy", "PYENV_ROOT")
KEPT_PREFIXES = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "HTTP", "http")


TALK = re.compile(r"(building|compiling|waiting for|preparing) .*environment.*")
"""What pyst tells where something takes long. It need not stand on the page, since it may be there or not."""


class Step(NamedTuple):
    """One command, the output below it on the page, and the line of the page that it is in (from 1)."""

    command: str
    expected: list[str]
    line: int


class Block(NamedTuple):
    """One fenced block: its info string, its text, its place in the page, and the line that its text begins in."""

    info: str
    body: str
    start: int
    end: int
    line: int


class Wrong(NamedTuple):
    """A command that does not do what the page says."""

    page: str
    step: Step
    code: int
    output: list[str]

    def __str__(self) -> str:
        said = "\n".join(f"    {line}" for line in self.output)
        promised = "\n".join(f"    {line}" for line in self.step.expected) or "    (success)"
        place = f"{self.page}:{self.step.line}: $ {self.step.command}"
        return f"{place}\n  the page says:\n{promised}\n  it ended with {self.code} and said:\n{said}"


def blocks_of(page: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for match in FENCE.finditer(page):
        line = page.count("\n", 0, match.start("body")) + 1
        yield Block(match["info"].strip(), match["body"], match.start("body"), match.end("body"), line)


def steps_of(block: Block) -> list[Step]:
    """The commands of a `console` block."""
    steps: list[Step] = []
    lines = block.body.splitlines()
    at = 0
    while at < len(lines):
        if lines[at].startswith("$ "):
            start, command = at, lines[at][2:]
            while command.endswith("\\") and at + 1 < len(lines):
                at += 1
                command += "\n" + lines[at].removeprefix("> ")
            steps.append(Step(command, [], block.line + start))
        elif steps:
            steps[-1].expected.append(lines[at].rstrip())
        at += 1
    for step in steps:
        while step.expected and not step.expected[-1]:
            step.expected.pop()
    return steps


def fits(expected: list[str], output: list[str]) -> bool:
    """Whether the output is what the page says, line by line or without the talk in it."""
    return _fits(expected, output) or _fits(expected, [line for line in output if not TALK.fullmatch(line)])


def _fits(expected: list[str], output: list[str]) -> bool:
    if not expected:
        return not output
    first, rest = expected[0], expected[1:]
    if first.strip() == "…":
        return any(_fits(rest, output[skipped:]) for skipped in range(len(output) + 1))
    return bool(output) and _fits_line(first, output[0]) and _fits(rest, output[1:])


def _fits_line(expected: str, line: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), line) is not None


def is_run(block: Block) -> bool:
    """Whether the commands of a block are to be run."""
    words = block.info.split()
    return words[:1] == ["console"] and "no-run" not in words


class Reader:
    """Somebody with a new home who types what a page says."""

    def __init__(self, folder: Path, *, empty: bool) -> None:
        self.folder = folder.resolve()
        self.home = self.folder / HOME.lstrip("/")
        self.project = self.home / ("project" if empty else "pyst")
        self.bin = self.folder / "bin"
        self.bin.mkdir(parents=True)
        _write_pyst(self.bin / "pyst")
        if empty:
            (self.project / ".git").mkdir(parents=True)
            return
        self.project.mkdir(parents=True)
        (self.project / ".git").mkdir()
        shutil.copytree(ROOT / "examples", self.project / "examples", symlinks=True)
        for name in (".pyst.toml", "README.md"):
            shutil.copy(ROOT / name, self.project)

    def write(self, block: Block) -> None:
        """Write the file that a block shows."""
        (name,) = re.findall(r"file=(\S+)", block.info)
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body)

    def type(self, steps: list[Step]) -> list[tuple[int, list[str]]]:
        """Type the commands of one block into one shell; the exit code of each and what it wrote."""
        mark = "\x1e"
        script = "".join(
            f"{step.command}\n__code=$?; printf '\\n{mark}%d\\n' $__code; (exit $__code)\n" for step in steps
        )
        kept = {name: each for name, each in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
        path = os.pathsep.join([str(self.bin), os.environ.get("PATH", os.defpath)])
        environ = kept | {"HOME": str(self.home), "PATH": path, "UV_PYTHON_DOWNLOADS": "never", "PYTHONUTF8": "1"}
        if "PYST_DOCS_UV_CACHE" in os.environ:
            environ["UV_CACHE_DIR"] = os.environ["PYST_DOCS_UV_CACHE"]
        done = subprocess.run(
            ["bash", "--norc", "--noprofile", "-c", script],
            cwd=self.project,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=BLOCK_SECONDS,
        )
        text = done.stdout.decode(errors="replace").replace(str(self.folder), "")
        parts = re.split(rf"\n?{mark}(\d+)\n", text)
        return [(int(code), _lines(said)) for said, code in zip(parts[::2], parts[1::2], strict=False)]


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _write_pyst(path: Path) -> None:
    """A `pyst` command that is this Python's: the installed launcher where there is one."""
    launcher = Path(sysconfig.get_path("scripts"), "pyst")
    words = f'"{launcher}"' if launcher.exists() else f'"{sys.executable}" -m pyst'
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    path.chmod(0o755)


def check_page(path: Path, folder: Path, *, strict: bool = False) -> Iterator[tuple[Block, list[Wrong]]]:
    """Do what a page says, in `folder`; each block that was run, with what is wrong in it.

    With `strict`, a command with nothing below it must say nothing.
    """
    page = path.read_text(encoding="utf-8")
    reader = Reader(folder, empty="<!-- project: empty -->" in page)
    for block in blocks_of(page):
        if "file=" in block.info:
            reader.write(block)
        if not is_run(block):
            continue
        steps = steps_of(block)
        said = reader.type(steps)
        said += [(-1, ["(the shell ended before)"])] * (len(steps) - len(said))
        wrong = []
        for step, (code, output) in zip(steps, said, strict=True):
            right = fits(step.expected, output) if step.expected or strict else code == 0
            if not right:
                wrong.append(Wrong(path.name, step, code, output))
        yield block, wrong


def recorded(page: str, corrections: list[tuple[Block, list[Wrong]]]) -> str:
    """The page with the real output below each command that said something else."""
    for block, wrong in reversed(corrections):
        lines = block.body.splitlines()
        for each in reversed(wrong):
            first = each.step.line - block.line + each.step.command.count("\n") + 1
            lines[first : first + len(each.step.expected)] = each.output
        page = page[: block.start] + "".join(line + "\n" for line in lines) + page[block.end :]
    return page
