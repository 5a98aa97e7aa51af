"""Code that is no script file, and top-level `await`, in real children: as `python -c` and `python -` would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import interpreters

CODE = Path(__file__).parents[2] / "src" / "pyst" / "inside" / "code.py"
PYTHONS = [pytest.param(path, id="{}.{}".format(*interpreters.version_of(path))) for path in interpreters.under_test()]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(params=PYTHONS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """`run(word, …)` starts the interpreter under test with these words."""

    def start(*words: str, stdin: str | None = None, **environ: str) -> Ended:
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [request.param, *words],
            input=stdin or "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**surroundings, "LC_ALL": "C.UTF-8", **environ},
            cwd=tmp_path,
            timeout=60,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return start


SEEN = """
import sys
shown = {k: v for k, v in globals().items() if k not in ("__builtins__", "sys")}
print(list(globals())[:8], shown, type(__builtins__))
print(sys.argv, sys.path, sys.modules["__main__"].__dict__ is globals(), sorted(sys.modules))
"""


@pytest.mark.parametrize("flags", [(), ("-I",), ("-E",), ("-W", "error")])
def test_code_sees_what_python_shows_it(run: Run, tmp_path: Path, flags: tuple[str, ...]) -> None:
    bare = run(*flags, "-c", SEEN, "a", "-b")
    assert bare.code == 0
    assert run(*flags, str(CODE), "--text", SEEN, "-c", "a", "-b") == bare
    (tmp_path / "piece").write_text(SEEN)
    assert run(*flags, str(CODE), str(tmp_path / "piece"), "-c", "a", "-b") == bare
    assert run(*flags, str(CODE), str(tmp_path / "piece"), "-", "a") == run(*flags, "-", "a", stdin=SEEN)


def test_safe_path(run: Run) -> None:
    text = "import sys; print(sys.path)"
    assert run(str(CODE), "--text", text, "-c", PYTHONSAFEPATH="1") == run("-c", text, PYTHONSAFEPATH="1")


def test_a_file_is_removed_once_it_is_read(run: Run, tmp_path: Path) -> None:
    piece = tmp_path / "piece"
    piece.write_text("print('ran')")
    assert run(str(CODE), "--delete", str(piece), "-c").out == "ran\n"
    assert not piece.exists()
    gone = run(str(CODE), str(piece), "-c")
    assert (gone.code, gone.out) == (1, "")
    assert gone.err == f"error: can't read the code in `{piece}`: No such file or directory\n"


ENDS = [
    "import sys; sys.exit(42)",
    "import sys; sys.exit('bye')",
    "raise KeyboardInterrupt",
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "x = (",
    "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "import __main__\nx = 1\nprint(__main__.x)",
    "# coding: utf-8\nprint('é')",
]


@pytest.mark.parametrize("text", ENDS)
def test_code_ends_as_under_python(run: Run, text: str) -> None:
    bare, ours = run("-c", text), run(str(CODE), "--text", text, "-c")
    assert (ours.code, ours.out) == (bare.code, bare.out)
    assert ours.err.splitlines()[-1:] == bare.err.splitlines()[-1:]
    assert "inside" not in ours.err


def test_a_traceback_shows_the_lines_of_the_code(run: Run) -> None:
    text = "def f():\n    raise ValueError('no')\nf()\n"
    for words, name in ((("--text", text, "-c"), "<string>"), (("--async", "--text", text, "-"), "<stdin>")):
        ended = run(str(CODE), *words)
        assert ended.code == 1
        lines = [line for line in ended.err.splitlines() if not re.fullmatch(r"[ ~^]+", line)]
        assert lines == [
            "Traceback (most recent call last):",
            f'  File "{name}", line 3, in <module>',
            "    f()",
            f'  File "{name}", line 2, in f',
            "    raise ValueError('no')",
            "ValueError: no",
        ]


def test_a_traceback_that_the_code_shows_has_lines_under_asyncio(run: Run) -> None:
    text = "import asyncio, traceback\nawait asyncio.sleep(0)\ntry:\n    {}['x']\n"
    text += "except KeyError:\n    traceback.print_exc()\n"
    assert "\n    {}['x']\n" in run(str(CODE), "--async", "--text", text, "-c").err


def test_top_level_await(run: Run) -> None:
    text = """
import asyncio
async def double(x):
    await asyncio.sleep(0)
    return x * 2
got = await double(21)
async with asyncio.Lock():
    print(got, [each async for each in (await double(i) for i in (1, 2))], __name__)
def seen(): return got
print(seen())
"""
    ended = run(str(CODE), "--async", "--text", text, "-c")
    assert ended == Ended(0, "42 [2, 4] __main__\n42\n", "")


def test_code_without_await_runs_outside_of_a_loop(run: Run) -> None:
    text = "import asyncio\nasync def f(): return 3\nprint(asyncio.run(f()))"
    assert run(str(CODE), "--async", "--text", text, "-c") == Ended(0, "3\n", "")


def test_await_needs_async(run: Run) -> None:
    ended = run(str(CODE), "--text", "await x", "-c")
    assert ended.code == 1
    assert "SyntaxError" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("text", "code", "last"),
    [
        ("await f()\n1/0", 1, "ZeroDivisionError: division by zero"),
        ("await f()\nraise SystemExit(7)", 7, None),
        (
            "await f()\nos.kill(os.getpid(), signal.SIGINT)\nawait asyncio.sleep(60)",
            -signal.SIGINT,
            "KeyboardInterrupt",
        ),
    ],
)
def test_top_level_await_ends_as_python_would(run: Run, text: str, code: int, last: str | None) -> None:
    before = "import asyncio, os, signal\nasync def f(): await asyncio.sleep(0)\n"
    ended = run(str(CODE), "--async", "--text", before + text, "-c")
    assert ended.code == code
    assert (ended.err.splitlines() or [None])[-1] == last
    assert "inside" not in ended.err


def test_top_level_await_in_a_script_file(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "folder" / "tool"
    script.parent.mkdir()
    script.write_text(
        "import asyncio, sys\nawait asyncio.sleep(0)\nprint(sys.argv, sys.path[0], __file__, __spec__)\n1/0\n"
    )
    ended = run(str(CODE), "--async", "--script", str(script), "a", "--b")
    assert ended.out == f"[{str(script)!r}, 'a', '--b'] {script.parent} {script} None\n"
    assert ended.code == 1
    assert ended.err.startswith(
        f'Traceback (most recent call last):\n  File "{script}", line 4, in <module>\n    1/0\n'
    )


def test_a_script_with_top_level_await_and_a_main(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "tool.py"
    script.write_text("import asyncio\nx = await asyncio.sleep(0, 3)\nasync def main(y: int): return x + y\n")
    assert run(str(CODE), "--async", "--call", "--script", str(script), "4") == Ended(0, "7\n", "")


def test_wrong_use_is_told(run: Run) -> None:
    ended = run(str(CODE), "--async")
    assert ended.code == 1
    assert ended.err.startswith("usage: code.py")
