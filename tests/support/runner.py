"""A runner of helper programs that runs none: it records what it was asked and answers from a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pyst.system.process import MOST_BYTES, Finished, Runner


class Call(NamedTuple):
    """What the runner was asked for."""

    argv: tuple[str, ...]
    cwd: str
    environ: dict[str, str]
    stdin: bytes | None
    timeout_seconds: float | None


Answer = Finished | Exception | Callable[[Call], Finished]


class RecordingRunner(Runner):
    """Answers each call with the first answer whose words all occur in its argv, in this order.

    `RecordingRunner({("uv", "sync"): ok(), ("uv", "lock"): ok(stderr=b"…", exit_code=2)})`. The first word is
    compared with the name of the program without its folder. A call without an answer is an error of the test.
    """

    def __init__(self, answers: Mapping[tuple[str, ...], Answer]) -> None:
        self.answers = dict(answers)
        self.calls: list[Call] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        stdin: bytes | None = None,
        timeout_seconds: float | None = None,
        most_bytes: int = MOST_BYTES,
        stderr_line: Callable[[str], None] | None = None,
    ) -> Finished:
        call = Call(tuple(argv), cwd, dict(environ), stdin, timeout_seconds)
        self.calls.append(call)
        answer = self._answer_to(call)
        if isinstance(answer, Exception):
            raise answer
        finished = answer(call) if callable(answer) else answer._replace(argv=call.argv)
        if stderr_line:
            for line in finished.stderr.decode("utf-8", "replace").splitlines():
                stderr_line(line)
        return finished

    def _answer_to(self, call: Call) -> Answer:
        words = [call.argv[0].rpartition("/")[2], *call.argv[1:]]
        for wanted, answer in self.answers.items():
            rest = iter(words)
            if all(word in rest for word in wanted):
                return answer
        raise AssertionError(f"no answer for {call.argv}")


def ok(stdout: bytes = b"", stderr: bytes = b"", exit_code: int = 0, timed_out: bool = False) -> Finished:
    """An answer: the helper ended so."""
    return Finished((), exit_code, stdout, stderr, timed_out)
