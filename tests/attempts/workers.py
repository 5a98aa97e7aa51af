"""Several attempts at once: processes with a ground of their own each, which are given names and tell results.

They speak in lines of JSON. Each is its own subreaper, so that what one attempt leaves running is never taken for
another's.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from tests.attempts.place import PATIENCE_SECONDS, Result

RUN = Path(__file__).with_name("run.py")
FIRST = ("resources", "later runs")
"""The groups that take longest are begun with, so that none is waited for at the end."""

Found = tuple[str, dict[str, Result]]


def answer(words: TextIO, answers: TextIO, results: Callable[[Iterable[str]], Iterator[Found]]) -> None:
    """What a worker does: a name comes in, its results go out, until no more come."""
    names = (line.strip() for line in iter(words.readline, ""))
    for name, found in results(names):
        print(json.dumps([name, found]), file=answers, flush=True)


def ask(names: Sequence[str], tiers: Sequence[str], uid: int | None, jobs: int) -> Iterator[Found]:
    """The results of the attempts as they come, from `jobs` workers. Every worker is ended when this is."""
    from tests.attempts.attempt import ATTEMPTS

    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in sorted(names, key=lambda each: ATTEMPTS[each].group not in FIRST):
        waiting.put(name)
    told: queue.SimpleQueue[Found | None] = queue.SimpleQueue()
    words = [sys.executable, str(RUN), "--worker", *(f"--tier={each}" for each in tiers)]
    words += [] if uid is None else [f"--as-uid={uid}"]
    workers = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        for _ in range(jobs)
    ]
    threads = [threading.Thread(target=_serve, args=(each, waiting, told, len(tiers) + 1)) for each in workers]
    try:
        for thread in threads:
            thread.start()
        left, missing = jobs, set(names)
        while left:
            found = told.get()
            if found is None:
                left -= 1
            else:
                missing.discard(found[0])
                yield found
        yield from ((name, {"none": Result("broken", "all workers are gone")}) for name in missing)
    finally:
        while not waiting.empty():
            waiting.get_nowait()
        for worker in workers:
            assert worker.stdin
            assert worker.stdout
            worker.stdin.close()
        for worker, thread in zip(workers, threads, strict=True):
            thread.join()
            assert worker.stdout
            worker.stdout.close()
            worker.wait()


def _serve(
    worker: subprocess.Popen[str],
    waiting: queue.SimpleQueue[str],
    told: queue.SimpleQueue[Found | None],
    runs: int,
) -> None:
    """Hand names to one worker until there are no more. One that keeps silent is ended with its attempt."""
    assert worker.stdin
    assert worker.stdout
    try:
        while True:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                return
            patience = threading.Timer(runs * PATIENCE_SECONDS * 2 + 200, worker.kill)
            patience.start()
            try:
                worker.stdin.write(name + "\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
            except (OSError, ValueError):
                line = ""
            finally:
                patience.cancel()
            if not line:
                told.put((name, {"none": Result("broken", "its worker is gone")}))
                return
            _, found = json.loads(line)
            told.put((name, {tier: Result(*each) for tier, each in found.items()}))
    finally:
        told.put(None)
