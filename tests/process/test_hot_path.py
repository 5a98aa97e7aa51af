"""The hot path as users meet it: the second run is replayed, and no change is ever missed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import pyst
from tests.conftest import Home

BOOT = Path(pyst.__file__).with_name("boot.py")
SCRIPT = "import sys\nprint('one', sys.argv[1:])\n"


def start(home: Home, *words: str, cwd: Path | None = None, **environ: str) -> tuple[int, str, str, bool]:
    """Start pyst as the launcher does; gives exit code, both outputs, and whether the hot path answered."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-I", "-S", str(BOOT), *words],
        cwd=cwd or home.project,
        env={**home.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = [line for line in ended.stderr.splitlines() if not line.startswith("import time:")]
    return ended.returncode, ended.stdout, "\n".join(said), "pyst.cli" not in ended.stderr


def heat(home: Home, *words: str, cwd: Path | None = None, **environ: str) -> tuple[int, str, str, bool]:
    """Start until the hot path answers: right after a file was written its stamp does not tell enough."""
    deadline = time.monotonic() + 30
    while True:
        result = start(home, *words, cwd=cwd, **environ)
        if result[3]:
            return result
        assert time.monotonic() < deadline, f"never hot: {result}"


@pytest.fixture
def hot(home: Home) -> Home:
    home.script("hello", SCRIPT)
    assert heat(home, "run", "hello", "a") == (0, "one ['a']\n", "", True)
    return home


def test_the_second_run_is_replayed_with_its_own_arguments(hot: Home) -> None:
    assert start(hot, "run", "hello", "--", "-x", "") == (0, "one ['-x', '']\n", "", True)
    assert start(hot, "run", "hello", "--help") == (0, "one ['--help']\n", "", True)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


CHANGES: dict[str, tuple[Callable[[Home], object], int, str]] = {
    "the script is edited": (lambda h: h.script("hello", "print('two')\n"), 0, "two\n"),
    "the script is edited, its time and size kept": (
        lambda h: _edit_in_secret(h.project / ".pyst" / "hello.py"),
        0,
        "two ['a']\n",
    ),
    "the script goes": (lambda h: (h.project / ".pyst" / "hello.py").unlink(), 127, ""),
    "the script becomes a function script": (
        lambda h: h.script("hello", "def main(x: str):\n    print('called', x)\n"),
        0,
        "called a\n",
    ),
    "the project blocks it": (
        lambda h: write(h.project / ".pyst.toml", "[contexts.default]\nenabled = ['!*']\n"),
        101,
        "",
    ),
    "the user blocks it": (
        lambda h: write(h.path / ".config/pyst/pyst.toml", "[contexts.default]\nenabled = ['!*']\n"),
        101,
        "",
    ),
    "pyproject.toml blocks it": (
        lambda h: write(h.project / "pyproject.toml", "[tool.pyst.contexts.default]\nenabled = ['!*']\n"),
        101,
        "",
    ),
    "the user's settings break": (lambda h: write(h.path / ".config/pyst/pyst.toml", "x ="), 1, ""),
    "the user gets an env file": (
        lambda h: (
            write(h.path / ".config/pyst/.env", "WORD=there\n"),
            h.script("hello", "import os\nprint(os.environ.get('WORD'))\n"),
        ),
        0,
        "there\n",
    ),
    "the project moves up": (lambda h: write(h.project.parent / ".pyst.toml", ""), 127, ""),
}


def _edit_in_secret(path: Path) -> None:
    before = path.stat()
    path.write_text(SCRIPT.replace("one", "two"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed_at_once(hot: Home, change: str) -> None:
    act, code, out = CHANGES[change]
    act(hot)
    result = start(hot, "run", "hello", "a")
    assert result[:2] == (code, out), result
    assert result[3] is False


def test_a_script_that_gets_nearer_takes_over(home: Home) -> None:
    home.script("hello", "print('global')\n", where="global")
    assert heat(home, "run", "hello")[1] == "global\n"
    home.script("hello", "print('project')\n")
    assert start(home, "run", "hello")[1] == "project\n"


def test_a_lock_that_appears_is_obeyed(home: Home) -> None:
    path = home.script("locked", "# /// script\n# dependencies = []\n# ///\nprint('ran')\n")
    assert heat(home, "run", "locked")[1] == "ran\n"
    write(path.with_name("locked.py.lock"), "not a lock")
    assert start(home, "run", "locked")[3] is False


def test_another_folder_or_another_variable_is_another_plan(hot: Home) -> None:
    assert start(hot, "run", "hello", "a", PYST_CONTEXT="nope")[0] == 64
    other = hot.project.parent / "other"
    other.mkdir()
    assert start(hot, "run", "hello", "a", cwd=other)[0] == 127
    assert start(hot, "run", "hello", "a", EDITOR="vi")[3] is True


def test_the_environment_of_the_script_is_the_callers(hot: Home) -> None:
    hot.script("shows", "import os\nprint(sorted(os.environ.items()))\n")
    cold = start(hot, "run", "shows", ODD="\udcff", EMPTY="")
    warm = heat(hot, "run", "shows", ODD="\udcff", EMPTY="")
    assert warm[1] == cold[1]
    assert "'ODD', '\\udcff'" in warm[1]


def test_a_damaged_memo_is_worked_out_anew(hot: Home) -> None:
    for memo in (hot.path / ".cache" / "pyst" / "plans-v1").iterdir():
        memo.write_bytes(memo.read_bytes()[:-5])
    assert start(hot, "run", "hello", "a") == (0, "one ['a']\n", "", False)
    assert start(hot, "run", "hello", "a")[3] is True


def test_no_cache_neither_reads_nor_writes(home: Home) -> None:
    home.script("hello", SCRIPT)
    for _ in range(3):
        assert start(home, "run", "--no-cache", "hello", "a")[:2] == (0, "one ['a']\n")
    assert not (home.path / ".cache" / "pyst" / "plans-v1").exists()


def test_a_cache_that_cannot_be_written_changes_nothing(home: Home) -> None:
    home.script("hello", SCRIPT)
    write(home.path / ".cache", "a file where the cache should be")
    assert start(home, "run", "hello", "a")[:2] == (0, "one ['a']\n")
    assert start(home, "list")[0] == 0


def test_list_is_replayed_and_follows_every_change(home: Home) -> None:
    home.script("hello", '"""Greets."""\n')
    assert heat(home, "list")[1] == "hello  Greets.\n"
    home.script("hello", '"""Greet2."""\n')
    assert start(home, "list")[1] == "hello  Greet2.\n"
    assert heat(home, "list")[1] == "hello  Greet2.\n"
    home.script("deep/other", '"""Else."""\n', where="global")
    assert "deep/other" in start(home, "list")[1]
    assert heat(home)[1] == heat(home, "list")[1]
    write(home.project / ".pyst.toml", "[contexts.default]\nenabled = ['!*']\n")
    assert "hello" not in start(home, "list")[1]


def base_interpreter() -> str:
    """The interpreter behind the virtual environment of these tests."""
    return os.path.realpath(sys.executable)


def test_an_interpreter_that_appears_nearer_on_path_is_seen(home: Home, tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    (far / "python3").symlink_to(base_interpreter())
    environ = {"PATH": f"{near}:{far}:/usr/bin:/bin", "PYENV_ROOT": str(tmp_path / "none")}
    home.script("which", "import sys\nprint(sys.executable)\n")
    assert heat(home, "run", "which", **environ)[1] == f"{far}/python3\n"
    (near / "python3").symlink_to(base_interpreter())
    assert start(home, "run", "which", **environ) == (0, f"{near}/python3\n", "", False)


def test_another_choice_of_pyenv_is_seen(home: Home, tmp_path: Path) -> None:
    pyenv = tmp_path / "pyenv"
    for name in ("3.98.0", "3.99.0"):
        folder = pyenv / "versions" / name / "bin"
        folder.mkdir(parents=True)
        (folder / "python3").symlink_to(base_interpreter())
    (pyenv / "version").write_text("3.98.0\n")
    environ = {"PATH": f"{pyenv}/shims:/usr/bin:/bin", "PYENV_ROOT": str(pyenv)}
    home.script("which", "import sys\nprint(sys.executable)\n")
    assert heat(home, "run", "which", **environ)[1] == f"{pyenv}/versions/3.98.0/bin/python3\n"
    (pyenv / "version").write_text("3.99.0\n")
    assert start(home, "run", "which", **environ) == (0, f"{pyenv}/versions/3.99.0/bin/python3\n", "", False)


def test_variables_that_would_reach_into_an_environment_are_taken_away_hot_or_not(home: Home, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True, timeout=120)
    home.script("hello", "import os\nprint(os.environ.get('VIRTUAL_ENV_PROMPT'))\n")
    there = {"PYST_ENV": str(tmp_path / "venv")}
    heat(home, "run", "hello", **there)
    assert start(home, "run", "hello", **there, VIRTUAL_ENV_PROMPT="other")[:3] == (0, "None\n", "")
    assert start(home, "run", "hello", **there, PYTHONHOME=str(tmp_path))[:3] == (0, "None\n", "")


def test_a_listing_is_written_in_the_encoding_that_is_asked_for(home: Home) -> None:
    home.script("hello", '"""Grüße."""\n')
    heat(home, "list")
    command = [sys.executable, "-m", "pyst", "list"]
    for encoding in ("latin-1", "utf-16-le", "utf-8", "latin-1"):
        environ = {**home.environ, "PYTHONIOENCODING": encoding}
        ended = subprocess.run(command, cwd=home.project, env=environ, capture_output=True, timeout=60, check=True)
        assert ended.stdout.decode(encoding) == "hello  Grüße.\n"


def test_each_installation_of_pyst_has_memos_of_its_own(hot: Home, tmp_path: Path) -> None:
    shutil.copytree(BOOT.parent, tmp_path / "other" / "pyst", ignore=shutil.ignore_patterns("__pycache__"))
    hot.script("called", "import sys\ndef main():\n    print(sys.orig_argv[1])\n")
    assert heat(hot, "run", "called")[1].startswith(str(BOOT.parent))
    other = [sys.executable, "-I", "-S", str(tmp_path / "other" / "pyst" / "boot.py"), "run", "called"]
    for _ in range(3):
        ran = subprocess.run(other, cwd=hot.project, env=hot.environ, capture_output=True, timeout=60, check=True)
        assert ran.stdout.decode().startswith(str(tmp_path))
        assert start(hot, "run", "called")[3] is True
