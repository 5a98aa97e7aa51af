"""`pyst completions`: the script that makes a shell complete pyst's command lines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import TEXT, one_of, record
from pyst.errors import ExitCode, Failure
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App

SHELLS = {"bash": "pyst.bash", "zsh": "pyst.zsh", "fish": "pyst.fish", "powershell": "pyst.ps1"}
INSTALL = {
    "bash": """echo 'eval "$(pyst completions bash)"' >> ~/.bashrc""",
    "zsh": """echo 'eval "$(pyst completions zsh)"' >> ~/.zshrc""",
    "fish": "pyst completions fish > ~/.config/fish/completions/pyst.fish",
    "powershell": "Add-Content $PROFILE 'pyst completions powershell | Out-String | Invoke-Expression'",
}
DESCRIPTION = "Print the script that makes a shell complete pyst's commands and options, the names of scripts, and \
each script's own options."
EPILOG = "to have it in every shell:\n" + "".join(f"  {shell:<11} {line}\n" for shell, line in INSTALL.items())


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `completions`."""
    parser.add_argument("shell", nargs="?", choices=tuple(SHELLS), help="which shell (default: that of `SHELL`)")


def run(app: App, args: argparse.Namespace) -> Report:
    """Give the script for the shell that was named, or for the user's own."""
    shell = args.shell or _own_shell(app)
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "completion", "shells")
    with open(os.path.join(path, SHELLS[shell]), encoding="utf-8") as file:
        script = file.read()
    if app.view.is_terminal:
        app.talk(f"To have it in every shell: {INSTALL[shell]}")
    return Report({"shell": shell, "script": script, "install": INSTALL[shell]})


def _own_shell(app: App) -> str:
    name = os.path.basename(app.environ.get("SHELL", ""))
    name = "powershell" if name == "pwsh" else name
    if name not in SHELLS:
        known = ", ".join(f"`{each}`" for each in SHELLS)
        message = f"which shell? `SHELL` names `{name}`, which has none" if name else "which shell?"
        raise Failure("E_USAGE", message, hint=f"say one of {known}", exit=ExitCode.USAGE)
    return name


def human(report: Report, view: View) -> Iterable[Line]:
    """The script itself."""
    return list(report.detail["script"].splitlines())


DETAIL: dict[str, Any] = record(shell=one_of(*SHELLS), script=TEXT, install=TEXT)
