"""What differs between two recorded runs: what they rested on, how they ended, and what they left.

Outputs find each other by their path in the output folder, in which the run's own id does not count. A content is read
from where the run left it, and believed only if it is still what the record says; where it is gone or was changed
since, hash and size are all that is compared.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pyst.records.comparing.choices import Choices
from pyst.records.comparing.contents import MOST_BYTES, compare_contents, format_of
from pyst.records.comparing.files import SAME, Pair
from pyst.records.comparing.values import ADDED, BYTES, CHANGED, REMOVED, Comparison, Difference
from pyst.records.record import Output, Record
from pyst.system.digest import sha256 as sha256_of

STDOUT = "stdout"
"""What the standard output of a run is called among its outputs; a file of this name is `./stdout`."""
RUN_ID = "{run_id}"
"""What stands for the id of the run in the path of an output."""


class Aspect(NamedTuple):
    """Something that two runs rested on, and that is not the same: `left` and `right` are plain JSON data."""

    name: str
    left: Any
    right: Any


class Item(NamedTuple):
    """One output of a run: what it is called whatever the run's id, and where its content may be had."""

    name: str
    bytes: int
    sha256: str
    format: str = ""
    path: str | None = None
    is_stdout: bool = False


def aspects(left: Record, right: Record) -> list[Aspect]:
    """What the two runs rested on that differs, and how they ended."""
    one, other = _facts(left), _facts(right)
    found = [Aspect(name, one[name], other[name]) for name in one if one[name] != other[name]]
    names = set(left.variables), set(right.variables)
    if names[0] != names[1]:
        found.append(Aspect("variables", sorted(names[0] - names[1]), sorted(names[1] - names[0])))
    return found


def _facts(record: Record) -> dict[str, Any]:
    environment, interpreter, options = record.environment, record.interpreter, record.options
    return {
        "script": record.script.selector,
        "code": record.script.sha256,
        "arguments": list(record.argv),
        "input": record.input.sha256 if record.input else None,
        "interpreter": f"{interpreter.implementation or 'python'} {interpreter.version or interpreter.path}",
        "environment": environment.key or environment.path,
        "requirements": sorted(environment.requirements),
        "lock": environment.lock.sha256 if environment.lock else None,
        "folder": record.cwd,
        "context": options.context,
        "confinement": record.confinement.tier if record.confinement else None,
        "status": record.status,
        "exit_code": record.exit_code,
    }


ENDINGS = ("status", "exit_code")
"""Those of the aspects that tell how a run ended, not what it rested on."""


def items_of(record: Record) -> list[Item]:
    """The outputs of a run, standard output first."""
    items = []
    if record.stdout is not None:
        out = record.stdout
        items.append(Item(STDOUT, out.bytes, out.sha256, "", out.path, is_stdout=True))
    for each in record.outputs:
        if record.stdout is None or each.role != STDOUT or path_of(record, each) != record.stdout.path:
            name = each.path.replace(record.run_id, RUN_ID)
            name = "./" + name if name == STDOUT else name
            items.append(Item(name, each.bytes, each.sha256, each.format, path_of(record, each)))
    return items


def path_of(record: Record, output: Output) -> str | None:
    """Where an output lies; None for a path that leads out of the output folder."""
    path = os.path.normpath(os.path.join(record.output_dir, output.path))
    inside = path.startswith(os.path.join(record.output_dir, ""))
    return path if inside and "\0" not in path else None


def read_item(item: Item, state: str, most_bytes: int = MOST_BYTES) -> bytes | None:
    """The content of an output; None where it is gone, was changed since, or is larger than what is compared."""
    if item.bytes > most_bytes:
        return None
    data = read_kept(item.path, item.bytes, item.sha256) if item.path else None
    if data is None:
        from pyst.records import objects

        data = objects.read(state, item.sha256)
    return data


def read_kept(path: str, size: int, sha256: str) -> bytes | None:
    """The bytes of the regular file at `path`, if they are those that were recorded. Follows no link, never blocks."""
    from pyst.system.files import open_regular

    try:
        with open(open_regular(path), "rb") as file:
            if os.fstat(file.fileno()).st_size != size:
                return None
            data = file.read(size + 1)
    except (OSError, ValueError):
        return None
    return data if sha256_of(data) == sha256 else None


def compare_outputs(
    left: Iterable[Item],
    right: Iterable[Item],
    state: str,
    choices: Choices,
    only: str | None = None,
    *,
    most_bytes: int = MOST_BYTES,
) -> Iterator[Pair]:
    """What differs between the outputs of two runs, in the order of their names; `only` is the name of a single one."""
    sides: list[Mapping[str, Item]] = [{each.name: each for each in items} for items in (left, right)]
    for name in sorted({**sides[0], **sides[1]}, key=lambda name: (name != STDOUT, name)):
        if only is not None and name != only:
            continue
        rules = choices.rules_for(name)
        one, other = sides[0].get(name), sides[1].get(name)
        if rules is None:
            continue
        if one is None or other is None:
            yield Pair(name, ADDED if one is None else REMOVED)
            continue
        found = compare_items(one, other, state, choices, most_bytes)
        yield Pair(name, SAME if found.is_same else CHANGED, found)


def compare_items(one: Item, other: Item, state: str, choices: Choices, most_bytes: int = MOST_BYTES) -> Comparison:
    """What differs between two outputs; of those above `most_bytes`, hash and size are compared."""
    way = format_of(one.name, one.format) or format_of(other.name, other.format)
    if one.sha256 == other.sha256:
        return Comparison(way or BYTES, is_identical=True)
    rules = choices.rules_for(one.name)
    assert rules is not None
    contents = read_item(one, state, most_bytes), read_item(other, state, most_bytes)
    if contents[0] is not None and contents[1] is not None:
        return compare_contents(contents[0], contents[1], rules, format=way, most_bytes=most_bytes)
    notes = [
        f"{side}: {_why_not(item, most_bytes)}; hash and size are compared"
        for side, item, data in zip(("left", "right"), (one, other), contents, strict=True)
        if data is None
    ]
    told = [{"bytes": each.bytes, "sha256": each.sha256} for each in (one, other)]
    return Comparison(BYTES, (Difference(CHANGED, "", told[0], told[1]),), 1, notes=tuple(notes))


def _why_not(item: Item, most_bytes: int) -> str:
    if item.bytes > most_bytes:
        return f"it has more than {most_bytes} bytes"
    if item.path is None:
        return "it was not kept"
    return f"`{item.path}` was changed since" if os.path.lexists(item.path) else f"`{item.path}` is gone"
