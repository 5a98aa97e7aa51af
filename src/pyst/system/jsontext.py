"""JSON text of plain data, as `json.dumps` writes it, without the import of `json` (8 ms, with `re`)."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any


try:
    from _json import encode_basestring_ascii as _quoted
except ImportError:  # an interpreter without that half in C
    from json.encoder import py_encode_basestring_ascii as _quoted


def json_text(value: Any, indent: int | None = None) -> str:
    """`value` as JSON: on one line, or with each entry on its own, `indent` spaces deeper than what it belongs to.

    For dicts with text keys, lists, tuples, text, numbers (no NaN), booleans and None.
    """
    out: list[str] = []
    _write(value, out, indent, "\n")
    return "".join(out)


def _write(value: Any, out: list[str], indent: int | None, line: str) -> None:
    if isinstance(value, str):
        out.append(_quoted(value))
    elif value is None or value is True or value is False:
        out.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int):
        out.append(int.__repr__(value))
    elif isinstance(value, float):
        out.append(float.__repr__(value))
    elif isinstance(value, dict):
        entries = [(_quoted(name) + ": ", each) for name, each in value.items()]
        _write_all(entries, "{}", out, indent, line)
    else:
        _write_all([("", each) for each in value], "[]", out, indent, line)


def _write_all(entries: list[tuple[str, Any]], marks: str, out: list[str], indent: int | None, line: str) -> None:
    out.append(marks[0])
    inner = line if indent is None else line + " " * indent
    for at, (name, each) in enumerate(entries):
        if at:
            out.append("," if indent is not None else ", ")
        if indent is not None:
            out.append(inner)
        out.append(name)
        _write(each, out, indent, inner)
    if entries and indent is not None:
        out.append(line)
    out.append(marks[1])
