"""How much of an interface is read statically, and how much of that is right: measured against the frameworks.

`python -m tests.support.truth` prints the table of `tests/corpus/README.md`, and what was missed or wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pyst
from pyst.inside import _main as inside
from pyst.scripts.introspect import read_interface

CORPUS = Path(__file__).parent.parent / "corpus"
DESCRIBE = Path(pyst.__file__).parent / "inside" / "describe.py"
FRAMEWORKS = ("typer", "click", "argparse", "cyclopts", "fire", "function")
READ = ("off_flags", "width", "repeats")
"""How values are written."""
FIELDS = (*READ, "kind", "flags", "required", "multiple", "is_flag", "type", "choices", "default", "help")


class Tally:
    """The fields of the truth: how many there are, which were known and right, missed, and wrong."""

    def __init__(self) -> None:
        self.scripts = 0
        self.total = 0
        self.right = 0
        self.missed: list[str] = []
        self.wrong: list[str] = []

    @property
    def recall(self) -> float:
        return self.right / self.total

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong))

    def claim(self, where: str, said: Any, truth: Any) -> None:
        """Count one field that the static reading claims to know."""
        self.total += 1
        if said == truth:
            self.right += 1
        else:
            self.wrong.append(f"{where}: read {said!r}, is {truth!r}")

    def miss(self, where: str, fields: int = 1) -> None:
        self.total += fields
        self.missed.append(f"{where} ({fields})")


class Described(NamedTuple):
    path: Path
    interface: dict[str, Any]


def describe(framework: str) -> list[Described]:
    """What the framework says of each script of its part of the corpus. One process for all of them."""
    paths = sorted((CORPUS / framework).glob("*.py"))
    if framework == "function":
        return [Described(path, _live_function(path)) for path in paths]
    command = [sys.executable, "-I", str(DESCRIBE), *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = []
    for line in ran.stdout.splitlines():
        answer = json.loads(line)
        if "interface" not in answer:
            raise AssertionError(f"{answer['path']}: {answer['error']}")
        found.append(Described(Path(answer["path"]), answer["interface"]))
    assert len(found) == len(paths), ran.stderr
    return found


def _live_function(path: Path) -> dict[str, Any]:
    """What pyst's own caller makes of the live `main` of a script: types, not defaults and help."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"corpus_function_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    words, types = inside.load("_words"), inside.load("_types")
    live = words.signature(module.main, types)[-1]
    if words.takes_raw_words(module.main, live):
        return {"parameters": None, "commands": {}}
    return {"parameters": [_live_parameter(each) for each in live], "commands": {}}


def _live_parameter(live: Any) -> dict[str, Any]:
    kind = live.type
    rest, extra = live.kind == 2, live.kind == 4
    unsaid = ["default", "help", "flags", "off_flags", "width", "repeats"]
    if kind.width > 1 or kind.word == "Fraction" or "=" in kind.word:
        unsaid.append("type")  # its words for these are for a person
    return {
        "name": live.name,
        "kind": "argument" if live.is_argument else "option",
        "required": live.is_required,
        "multiple": kind.many is not None or kind.width > 1 or rest or extra,
        "is_flag": kind.is_flag and not live.is_argument,
        "type": kind.word,
        "choices": kind.choices or None,
        "unknown": unsaid,
    }


def measure(framework: str) -> Tally:
    """Compare the static reading with the framework's answer over its part of the corpus."""
    tally = Tally()
    for path, truth in describe(framework):
        tally.scripts += 1
        said = read_interface(path.read_bytes(), str(path)).to_json()
        if truth["parameters"] is None:
            tally.claim(path.stem, said["unknown"], ["parameters"])
            continue
        if framework == "function":
            for each in said["parameters"]:
                each["choices"] = [str(choice) for choice in each["choices"]] if each["choices"] else None
        else:
            tally.claim(path.stem, said["framework"], truth["framework"])
        _compare(tally, path.stem, said, truth)
    return tally


def _compare(tally: Tally, where: str, said: dict[str, Any], truth: dict[str, Any]) -> None:
    known = _by_name(said["parameters"])
    real = _by_name(truth["parameters"])
    names = list(real)
    if "parameters" not in said["unknown"]:
        tally.claim(f"{where} parameters", list(known), names)
    for name in known:
        if name not in names:
            tally.claim(f"{where} {name}", "a parameter", "none")
    for name, each in real.items():
        told = [field for field in FIELDS if field not in each["unknown"]]
        mine = known.get(name)
        if mine is None:
            tally.miss(f"{where} {each['name']}", 1 + len(told))
            continue
        tally.claim(f"{where} {each['name']}", mine["name"], each["name"])
        for field in told:
            if field in mine["unknown"]:
                tally.miss(f"{where} {each['name']}.{field}")
            else:
                tally.claim(f"{where} {each['name']}.{field}", mine[field], each[field])
    _compare_commands(tally, where, said, truth)


def _by_name(parameters: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The parameters by name; of several with one name (flags that set one value) the later ones get a number."""
    found: dict[str, dict[str, Any]] = {}
    for each in parameters:
        name, number = each["name"], 2
        while name in found:
            name, number = f"{each['name']} {number}", number + 1
        found[name] = each
    return found


def _compare_commands(tally: Tally, where: str, said: dict[str, Any], truth: dict[str, Any]) -> None:
    if said["commands"] and not said["unknown"]:
        tally.claim(f"{where} runs_alone", said["runs_alone"], truth["runs_alone"])
    for name in said["commands"]:
        if name not in truth["commands"]:
            tally.claim(f"{where} {name}", "a command", "none")
    for name, inner in truth["commands"].items():
        if name in said["commands"]:
            tally.claim(f"{where} {name}", True, True)
            tally.claim(f"{where} {name}.summary", said["commands"][name]["summary"], inner["summary"])
            _compare(tally, f"{where} {name}", said["commands"][name], inner)
        elif "commands" in said["unknown"]:
            fields = sum(1 + len(FIELDS) - len(each["unknown"]) for each in inner["parameters"])
            tally.miss(f"{where} {name}", 2 + fields)
        else:
            tally.claim(f"{where} {name}", "no command", "a command")


def row(framework: str, tally: Tally) -> str:
    """One row of the table."""
    cells = (tally.scripts, tally.total, f"{tally.recall:.3f}", f"{tally.precision:.3f}")
    return f"| {framework} | " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> None:
    for framework in (*FRAMEWORKS, "hard"):
        tally = measure(framework)
        print(row(framework, tally))
        for kind in ("wrong", "missed"):
            for line in getattr(tally, kind) if kind in sys.argv or kind == "wrong" else ():
                print(f"    {kind}: {line}")


if __name__ == "__main__":
    main()
