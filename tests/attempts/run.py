"""Run the attempts: `python tests/attempts/run.py [--tier TIER]… [NAME…]`.

Every attempt is run without confinement first, and counts only if it succeeds there. Whether it did is judged from
outside by what it left, reached or disturbed, never by what it says.

Exit codes:
    0: every attempt was run
    1: a tier could not be run at all
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import tests.attempts.corpus  # noqa: E402,F401
from tests.attempts.attempt import ATTEMPTS, Attempt, NotHere, Stage  # noqa: E402
from tests.attempts.confiners import (  # noqa: E402
    TIERS,
    Unprepared,
    base_environ,
    command,
    prepare_environment,
    system_python,
)
from tests.attempts.corpus.later_runs import PACKAGE  # noqa: E402
from tests.attempts.refusal import refuse_namespaces  # noqa: E402
from tests.attempts.scene import Scene, User, below, wait_for  # noqa: E402
from tests.attempts.table import markdown, summary, write_page  # noqa: E402

PATIENCE_SECONDS = 20.0


class Result(NamedTuple):
    """What came of an attempt in a tier: `success`, `stopped`, `not here` (with a reason) or `broken`."""

    verdict: str
    reason: str = ""
    output: str = ""


class Place:
    """Where all attempts of one invocation happen: a folder, a home with what pyst keeps, an interpreter."""

    def __init__(self, folder: Path, user: User, *, refused: bool) -> None:
        self.folder, self.user, self.refused = folder, user, refused
        self.home = folder / "home"
        self.home.mkdir()
        folder.chmod(0o755)
        user.own(self.home)
        self.python = system_python()
        self.count = 0
        self.environment: Path | None = None
        self.problem = ""

    def prepare(self) -> None:
        """Make the environment that some attempts poison."""
        try:
            self.environment = prepare_environment(self.python, self.home, self.user, PACKAGE)
        except (Unprepared, OSError, subprocess.SubprocessError) as error:
            self.problem = str(error)

    def attempt(self, one: Attempt, tier: str) -> Result:
        """Run one attempt in one tier, and judge it."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        scene = Scene(folder, self.home, self.user, self.environment, self.python)
        scene.helpers.update(below(os.getpid()))
        scene.script.write_text(one.script(), encoding="utf-8")
        self.user.own(folder)
        if one.requirement and self.environment is None:
            return Result("not here", self.problem)
        stage = one.setting(scene)
        try:
            return self._judged(one, tier, scene, next(stage))
        except NotHere as error:
            return Result("not here", str(error))
        finally:
            for _ in stage:
                raise AssertionError(f"{one.name} has two stages")
            shutil.rmtree(folder, ignore_errors=True)

    def _judged(self, one: Attempt, tier: str, scene: Scene, stage: Stage) -> Result:
        succeeded = False
        with self._start(one, tier, scene, stage) as process:
            end = time.monotonic() + PATIENCE_SECONDS
            while process.poll() is None and time.monotonic() < end:
                succeeded = succeeded or stage.look()
                time.sleep(0.01)
            late = process.poll() is None
            scene.pid = 0
            succeeded = succeeded or stage.succeeded()
            _end_all(scene)
        output = scene.output.read_text(errors="replace")
        if not (scene.work / "begun").exists():
            return Result("broken", "the attempt was not begun", output)
        if late and not succeeded:
            return Result("broken", "it did not end", output)
        return Result("success" if succeeded else "stopped", "", output)

    @contextlib.contextmanager
    def _start(self, one: Attempt, tier: str, scene: Scene, stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
        given = json.dumps({**stage.given, "begun": str(scene.work / "begun")})
        words = command(tier, scene, one.requirement, given)

        def before() -> None:
            if scene.terminal is not None:
                os.setsid()
                import fcntl
                import termios

                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if self.refused and tier != "none":
                refuse_namespaces()

        for number, fd in scene.descriptors.items():
            os.dup2(fd, number)
        with scene.output.open("wb") as output:
            process = subprocess.Popen(
                words,
                cwd=scene.work,
                env=base_environ(self.home) | scene.environ,
                stdin=subprocess.DEVNULL if scene.terminal is None else scene.terminal,
                stdout=output,
                stderr=output,
                pass_fds=tuple(scene.descriptors),
                preexec_fn=before,
                start_new_session=scene.terminal is None,
            )
        scene.pid = process.pid
        for number in scene.descriptors:
            os.close(number)
        try:
            yield process
        finally:
            _end_all(scene)
            process.wait()


def _end_all(scene: Scene) -> None:
    """Kill what the run has left; each is a child of this process, near or far, and was started by the attempt."""

    def left() -> list[int]:
        with contextlib.suppress(ChildProcessError):
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if found is None or found.si_pid in scene.helpers or found.si_pid == scene.pid:
                    break
                os.waitpid(found.si_pid, os.WNOHANG)
        return [pid for pid in below(os.getpid()) if pid not in scene.helpers]

    for pid in left():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not left(), 5)


def run_all(place: Place, tiers: list[str], names: list[str], *, talk: bool) -> dict[str, dict[str, Result]]:
    """The results of the attempts, by name and tier; an attempt that fails unconfined is not run elsewhere."""
    results: dict[str, dict[str, Result]] = {}
    for name in names:
        one = ATTEMPTS[name]
        found = results[name] = {"none": place.attempt(one, "none")}
        if found["none"].verdict == "success":
            for tier in tiers:
                found[tier] = place.attempt(one, tier)
        if talk:
            told = ", ".join(f"{tier}: {each.verdict} {each.reason}".strip() for tier, each in found.items())
            print(f"{name}: {told}", flush=True)
            for tier, each in found.items():
                strange = each.verdict != "success" if tier == "none" else each.verdict == "broken"
                if strange and each.output:
                    print("    " + "\n    ".join(each.output.strip().splitlines()[-3:]), flush=True)
    return results


def main() -> int:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="which attempts, or groups of them (default: all)")
    add("--tier", action="append", choices=[*TIERS, "none"], help="in which tiers (repeatable; default: all)")
    add("--as-uid", type=int, metavar="UID", help="run the attempts as this user; takes root")
    add("--refuse-namespaces", action="store_true", help="let this be a host that refuses namespaces; takes root")
    add("--json", action="store_true", help="print the results as JSON")
    add("--markdown", action="store_true", help="print the table for the page")
    add("--write", action="store_true", help="write the table into docs/threat-model.md")
    add("--show", action="store_true", help="print the output of every run")
    add("--list", action="store_true", help="only print what there is")
    options = parser.parse_args()
    groups = {each.group for each in ATTEMPTS.values()}
    unknown = [name for name in options.names if name not in ATTEMPTS and name not in groups]
    if unknown:
        parser.error(f"there is no attempt `{unknown[0]}`")
    names = [n for n, a in ATTEMPTS.items() if not options.names or n in options.names or a.group in options.names]
    if options.list:
        print("\n".join(f"{name}: {ATTEMPTS[name].what}" for name in names))
        return 0
    tiers = [each for each in options.tier or TIERS if each != "none" and (each != "bwrap" or shutil.which("bwrap"))]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(36, 1, 0, 0, 0)  # orphans of the attempts come to this process
    libc.syscall(
        ctypes.c_long(250 if os.uname().machine == "x86_64" else 219), 1, None, 0, 0, 0
    )  # a keyring of its own
    with tempfile.TemporaryDirectory(prefix="pyst-attempts-", dir="/var/tmp") as folder:
        place = Place(Path(folder), User(options.as_uid), refused=options.refuse_namespaces)
        if any(ATTEMPTS[name].requirement or name == "change-cache-of-uv" for name in names):
            place.prepare()
        results = run_all(place, tiers, names, talk=not options.json and not options.markdown)
    if options.show:
        for name, found in results.items():
            for tier, each in found.items():
                print(f"--- {name}, {tier}: {each.verdict}\n{each.output}")
    if options.json:
        told = {name: {tier: each._asdict() for tier, each in found.items()} for name, found in results.items()}
        print(json.dumps({"attempts": told, "summary": summary(results, tiers)}, indent=2))
    elif options.markdown:
        print(markdown(results, tiers))
    else:
        for tier, each in summary(results, tiers).items():
            print(
                f"{tier}: {each['stopped']} of {each['of']} stopped, "
                f"{each['breaches']} of {each['breaches_of']} breaches"
            )
            print("".join(f"    not stopped: {name}\n" for name in each["not_stopped"]), end="")
    if options.write:
        write_page(ROOT / "docs" / "threat-model.md", markdown(results, tiers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
