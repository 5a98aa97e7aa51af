"""Where attempts happen, and how one is run in a tier and judged: the ground that all of one process share."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.attempts.attempt import ATTEMPTS, Attempt, NotHere, Stage
from tests.attempts.confiners import (
    REFUSED,
    Unprepared,
    base_environ,
    command,
    prepare_environment,
    system_python,
)
from tests.attempts.corpus.later_runs import PACKAGE
from tests.attempts.refusal import refuse_namespaces
from tests.attempts.scene import Scene, User, below, wait_for

PATIENCE_SECONDS = 20.0


class Result(NamedTuple):
    """What came of an attempt in a tier: `success`, `stopped`, `not here` (with a reason) or `broken`."""

    verdict: str
    reason: str = ""
    output: str = ""


class Place:
    """Where all attempts of one process happen: a folder, a home with what pyst keeps, an interpreter."""

    def __init__(self, folder: Path, user: User) -> None:
        self.folder, self.user = folder, user
        self.home = folder / "home"
        self.home.mkdir()
        folder.chmod(0o755)
        user.own(self.home)
        self.python = system_python()
        self.count = 0
        self.environment: Path | None = None
        self.problem = ""

    def results(self, name: str, tiers: Sequence[str]) -> dict[str, Result]:
        """How the attempt `name` did without confinement (`none`) and, where it succeeded there, in the tiers."""
        one = ATTEMPTS[name]
        if (one.requirement or name == "change-cache-of-uv") and self.environment is None and not self.problem:
            self._prepare()
        found = {"none": self.attempt(one, "none")}
        if found["none"].verdict == "success":
            found |= {tier: self.attempt(one, tier) for tier in tiers}
        return found

    def _prepare(self) -> None:
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
            if tier.endswith(REFUSED):
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
