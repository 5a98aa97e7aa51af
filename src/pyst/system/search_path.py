"""The search path of commands: whether a folder is on PATH, and the line of a shell that puts it there. Pure, but for
links that are followed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from shlex import quote


def is_on_path(folder: str, environ: Mapping[str, str]) -> bool:
    """Whether commands are looked for in `folder`, by whatever name PATH has for it."""
    real = os.path.realpath(folder)
    listed = environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.path.realpath(each) == real for each in listed if os.path.isabs(each))


def path_line(folder: str, shell: str | None) -> str | None:
    """The line by which `shell` looks into `folder` first; None for a folder that PATH has no way to name.

    `shell` is one of the names that `host.shell_name` gives; what is not known is taken for a POSIX shell.
    """
    if os.pathsep in folder or "\n" in folder:
        return None
    if shell == "fish":
        escaped = folder.replace("\\", "\\\\").replace("'", "\\'")
        return f"fish_add_path --path '{escaped}'"
    if shell == "powershell":
        literal = "".join(each * 2 if each in "'\u2018\u2019\u201a\u201b" else each for each in folder)
        return f"$env:PATH = '{literal}' + [IO.Path]::PathSeparator + $env:PATH"
    if shell == "cmd":
        return f'set "PATH={folder};%PATH%"'
    if shell in ("csh", "tcsh"):
        return f"set path = ({quote(folder).replace('!', chr(92) + '!')} $path)"
    return f'export PATH={quote(folder)}:"$PATH"'


def start_file(shell: str | None, environ: Mapping[str, str], home: str) -> str | None:
    """The file of the user's that `shell` reads when it starts; None where there is none, as for cmd.exe."""
    if shell == "zsh":
        return os.path.join(environ.get("ZDOTDIR") or home, ".zshrc")
    if shell == "fish":
        base = environ.get("XDG_CONFIG_HOME", "")
        return os.path.join(base if os.path.isabs(base) else os.path.join(home, ".config"), "fish", "config.fish")
    if shell == "powershell":
        return "$PROFILE"
    if shell == "cmd":
        return None
    return os.path.join(home, {"bash": ".bashrc", "csh": ".cshrc", "tcsh": ".tcshrc"}.get(shell or "", ".profile"))
