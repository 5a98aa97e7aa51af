"""The values about scripts: what one is, what its block says, and what can be known of its interface.

Pure values only, shared by every room. Who fills them: `metadata` (the block), `introspect` (the interface),
`discover` and `catalog` (where scripts are found and which one a name means).
"""

from __future__ import annotations

from typing import Any, NamedTuple

ORIGINS = ("project", "global", "installed", "path")
"""Where a script was found. `path` is a script that was named by its path."""


class Metadata(NamedTuple):
    """The PEP 723 `script` block. `line` is the line of `# /// script` (from 1)."""

    requires_python: str | None
    dependencies: tuple[str, ...]
    tool: dict[str, Any]
    text: str
    line: int


class Parameter(NamedTuple):
    """One parameter of a command line.

    `flags` are the option strings (`--name`, `-n`; empty for an argument). `type` is a word for a person and a
    schema (`str`, `int`, `float`, `bool`, `path`, `date`, `datetime`, `choice`, `json`, …). `default` is plain
    JSON data. `unknown` names the fields of this value that can't be known without running the script.

    How values are written: one use takes `width` words (None: as many as follow), and where it `repeats`, several
    uses add up; of a flag neither says anything. `off_flags` are those of the `flags` that say no.
    """

    name: str
    kind: str  # "argument" | "option"
    flags: tuple[str, ...] = ()
    required: bool = False
    multiple: bool = False
    is_flag: bool = False
    type: str | None = "str"
    choices: tuple[Any, ...] | None = None
    default: Any = None
    help: str | None = None
    unknown: tuple[str, ...] = ()
    off_flags: tuple[str, ...] = ()
    width: int | None = 1
    repeats: bool = False

    def to_json(self) -> dict[str, Any]:
        body = self._asdict()
        body["flags"] = list(self.flags)
        body["off_flags"] = list(self.off_flags)
        body["choices"] = list(self.choices) if self.choices is not None else None
        body["unknown"] = list(self.unknown)
        return body


class Interface(NamedTuple):
    """What can be known of a script without running it (SPEC section 4).

    `entry` is `block`, `framework`, `main` or `none` (no entry point was seen: the file just runs). `framework`
    is `typer`, `click`, `cyclopts`, `argparse`, `fire`, `function` (pyst calls `def main`) or None.
    `is_async`, `returns` and `result_schema` (a JSON Schema of what is returned, as pyst prints it; None where
    nothing is, or where that can't be known) speak of `def main`. `unknown` names what can't be known statically
    (`parameters`, `commands`). `runs_alone`: it surely does something without one of its `commands` too.
    `exit_notes` are the exit codes that the docstring documents.
    """

    entry: str
    framework: str | None = None
    summary: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    commands: tuple[tuple[str, Interface], ...] = ()
    unknown: tuple[str, ...] = ()
    exit_notes: tuple[str, ...] = ()
    is_async: bool = False
    returns: str | None = None
    result_schema: dict[str, Any] | None = None
    runs_alone: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "entry": self.entry,
            "framework": self.framework,
            "summary": self.summary,
            "description": self.description,
            "parameters": [each.to_json() for each in self.parameters],
            "commands": {name: each.to_json() for name, each in self.commands},
            "unknown": list(self.unknown),
            "exit_notes": list(self.exit_notes),
            "is_async": self.is_async,
            "returns": self.returns,
            "result_schema": self.result_schema,
            "runs_alone": self.runs_alone,
        }


class Broken(NamedTuple):
    """Why a script can't be run or described: a message and the line in its file (0 if unknown)."""

    code: str
    message: str
    line: int = 0


class Script(NamedTuple):
    """One runnable Python file: what it is called and where it is. Its content is read by whom needs it.

    `name` has no suffix and may have groups (`db/backup`). `root` is the folder that it was found under.
    """

    name: str
    path: str
    origin: str
    root: str

    @property
    def selector(self) -> str:
        """The name that means this script from anywhere: `origin:name`, or its path."""
        return self.path if self.origin == "path" else f"{self.origin}:{self.name}"
