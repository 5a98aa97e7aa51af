"""A real run: a small script, in a folder of its own, started as a user would start it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from pyst.errors import Failure
from pyst.upkeep.examination import Case, Result
from pyst.upkeep.installation import package_folder

SCRIPT = '''\
# /// script
# requires-python = ">=3.8"
# dependencies = []
# ///
"""Say what was given, and end with a code of its own."""

import sys

print("|".join(sys.argv[1:]))
raise SystemExit(42)
'''
WORDS = ("a b", "--flag", "ü")
TIMEOUT_SECONDS = 120.0


def trial(case: Case) -> Iterator[Result]:
    """Run the script; its arguments must reach it, its output and its exit code must come back."""
    from tempfile import TemporaryDirectory

    try:
        with TemporaryDirectory(prefix="pyst-doctor-") as folder:
            yield _try(case, folder)
    except OSError as error:
        yield Result("run", "fail", f"there is no temporary folder to run a script in: {error}", "look at TMPDIR")


def _try(case: Case, folder: str) -> Result:
    script = os.path.join(folder, "pyst_doctor_trial.py")
    for path, text in ((script, SCRIPT), (os.path.join(folder, ".pyst.toml"), "")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    boot = os.path.join(package_folder(), "boot.py")
    argv = [sys.executable, "-I", "-S", boot, "run", "--force", "--no-cache", "--cwd", folder, script, *WORDS]
    if case.offline:
        argv.insert(5, "--offline")
    environ = {name: value for name, value in case.environ.items() if name != "PYTHONHOME"}
    environ["PYTHONIOENCODING"] = "utf-8"
    try:
        ended = case.runner.run(argv, cwd=folder, environ=environ, timeout_seconds=TIMEOUT_SECONDS)
    except Failure as failure:
        return Result("run", "fail", failure.message, failure.hint)
    if ended.timed_out:
        return Result("run", "fail", f"a trivial script did not end in {TIMEOUT_SECONDS:.0f} s", "run it with `-v`")
    out = ended.stdout.decode("utf-8", "replace").strip()
    if ended.exit_code == 42 and out == "|".join(WORDS):
        return Result("run", "ok", "a script ran: arguments, output and exit code are exact")
    told = ended.stderr.decode("utf-8", "replace").strip().split("\n")[0]
    message = f"a trivial script ended with {ended.exit_code} (42 was due): {told or out or 'it said nothing'}"
    return Result("run", "fail", message, "`pyst run -v -c 'print(1)'` says more")
