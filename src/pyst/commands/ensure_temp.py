"""`pyst ensure-temp`: the folder that file-first runs put their files into."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import TEXT, YES_NO, record
from pyst.errors import Failure
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Make the folder that file-first runs (`pyst run --input-path …`) put their files into, if it is not there yet, and
print its path. A folder that is made here is kept out of Git by a `.gitignore` inside it."""
EPILOG = """\
exit codes: 0 the folder is there, 1 it can't be made.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `ensure-temp`."""
    parser.add_argument("--dir", default="temp", metavar="DIR", help="which folder (default: `temp`)")


def run(app: App, args: argparse.Namespace) -> Report:
    """Make the folder if needed. Raises `Failure` (E_WRITE)."""
    from pyst.records.folder import make_output_folder

    path = os.path.abspath(os.path.join(app.cwd, args.dir))
    try:
        made = make_output_folder(path)
    except OSError as error:
        message = f"the folder `{path}` can't be made: {error.strerror or error}"
        raise Failure("E_WRITE", message, hint="choose another with `--dir`") from error
    return Report({"path": path, "made": made})


def human(report: Report, view: View) -> Iterable[Line]:
    """The path alone, for `$(pyst ensure-temp)`."""
    yield report.detail["path"]


DETAIL: dict[str, Any] = record(path=TEXT, made=YES_NO)
