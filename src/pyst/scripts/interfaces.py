"""Full interfaces, kept by the content of their scripts. A broken cache reads as absent."""

from __future__ import annotations

import marshal
import os
import sys
from typing import Any

from pyst import hotpath
from pyst.scripts.script import Interface, Parameter

FORMAT = 4
MOST_FILES = 8192


def read_cached_interface(source: bytes, path: str, cache: str | None) -> Interface:
    """The interface of a script, from the folder `cache` (None: no cache) if that content was read before.

    Raises `Unparsable`.
    """
    from hashlib import sha256

    from pyst.scripts.introspect import read_interface

    file = os.path.join(cache, sha256(source).hexdigest()) if cache else None
    kept = _load(file) if file else None
    if kept is not None:
        return kept
    interface = read_interface(source, path)
    if file:
        _save(file, interface)
    return interface


def interface_from_json(data: dict[str, Any]) -> Interface:
    """The interface that `Interface.to_json` made `data` of. Raises `KeyError` or `TypeError` for anything else."""
    parameters = tuple(_parameter_from_json(each) for each in data["parameters"])
    commands = tuple((name, interface_from_json(each)) for name, each in data["commands"].items())
    tuples = {name: tuple(data[name]) for name in ("unknown", "exit_notes")}
    return Interface(**{**data, **tuples, "parameters": parameters, "commands": commands})


def _parameter_from_json(data: dict[str, Any]) -> Parameter:
    tuples: dict[str, Any] = {name: tuple(data[name]) for name in ("flags", "unknown", "off_flags") if name in data}
    if data["choices"] is not None:
        tuples["choices"] = tuple(data["choices"])
    return Parameter(**{**data, **tuples})


def _version() -> tuple[object, ...]:
    from pyst import __version__

    return (FORMAT, __version__, sys.hexversion)


def _load(path: str) -> Interface | None:
    body = hotpath.read_sealed(path)
    if body is None:
        return None
    try:
        version, data = marshal.loads(body)
        return interface_from_json(data) if version == _version() else None
    except (ValueError, EOFError, TypeError, KeyError, AttributeError):
        return None


def _save(path: str, interface: Interface) -> None:
    from pyst.system.caches import write_cached

    body: Any = (_version(), interface.to_json())
    try:
        data = marshal.dumps(body, 2)
    except ValueError:
        return  # nested too deep
    write_cached(path, hotpath.sealed(data), most_files=MOST_FILES)
