"""Writing TOML: just what a synthetic `script` block needs, in one canonical form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def script_block(requires_python: str, requirements: tuple[str, ...], tool_uv: Mapping[str, Any]) -> str:
    """A file that holds one PEP 723 block with these values, and nothing else."""
    lines = [f"requires-python = {toml_value(requires_python)}"] if requires_python else []
    lines.append("dependencies = [")
    lines += [f"    {toml_value(each)}," for each in requirements]
    lines.append("]")
    if tool_uv:
        lines.append("[tool.uv]")
        lines += [f"{toml_string(key)} = {toml_value(value)}" for key, value in tool_uv.items()]
    return "\n".join(["# /// script", *(f"# {each}" for each in lines), "# ///", ""])


def toml_value(value: Any) -> str:
    """The value on one line (TOML 1.0; tables inline)."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_string(key)} = {toml_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    return str(value.isoformat())


def toml_string(text: str) -> str:
    """A basic string."""
    out = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif char < " " or char == "\x7f":
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'
