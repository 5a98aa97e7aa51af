"""Shims for a POSIX shell: what they start, with every path and every argument as it is; whose they are."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.scripts.decoding import BOM
from pyst.sharing.shims import (
    KINDS,
    MOST_BYTES,
    MOST_FIRST_LINE_BYTES,
    Shim,
    Start,
    check_shim,
    direct_start,
    interpreter_of,
    is_ours,
    needed_interpreters,
    plan_shim,
    posix_quoted,
    pyst_start,
    read_shim,
)

HARD = [
    "",
    " ",
    "a b",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "$(id)",
    "\\",
    "\\'",
    "*",
    "~",
    "-n",
    "!",
    "a\nb",
    "é",
    "\udcff",
    ";",
]
TEXT = st.text(st.characters(exclude_characters="\0"), max_size=8)
WORDS = st.lists(st.one_of(st.sampled_from(HARD), TEXT), max_size=4)
PRINTS = "import sys; sys.stdout.buffer.write(b'\\0'.join(__import__('os').fsencode(each) for each in sys.argv[1:]))"


def run(path: Path | str, *words: str, interpreter: str = "", **environ: str) -> subprocess.CompletedProcess[bytes]:
    start = [interpreter] if interpreter else []
    return subprocess.run(
        [*start, os.fsencode(path), *map(os.fsencode, words)],
        env={"PATH": os.defpath, **environ},
        capture_output=True,
        timeout=60,
    )


@given(WORDS)
def test_words_are_words(words: list[str]) -> None:
    assert shlex.split(" ".join(map(posix_quoted, words))) == words


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_arguments_and_paths_arrive_as_they_are(tmp_path: Path, shell: str) -> None:
    if not os.path.exists(shell):
        pytest.skip(f"there is no {shell}")
    folder = tmp_path / 'it\'s $HOME `id` "a\\b"\n*'
    folder.mkdir()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
    python.chmod(0o755)
    shim = plan_shim("tool", "direct", str(folder), direct_start((str(python), "-c", PRINTS, *HARD), None))
    (folder / "tool").write_bytes(shim.content)
    ended = run(shim.path, *HARD, interpreter=shell)
    assert ended.stderr == b""
    assert ended.stdout.split(b"\0") == [os.fsencode(each) for each in (*HARD, *HARD)]


def test_a_direct_shim_puts_its_environment_in_force(tmp_path: Path) -> None:
    code = "import os; print(*(os.environ.get(x) for x in ('VIRTUAL_ENV', 'PATH', 'PYTHONHOME')), sep='\\n')"
    environment = tmp_path / "an env"
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
    python.chmod(0o755)
    shim = plan_shim("tool", "direct", str(tmp_path), direct_start((str(python), "-c", code), str(environment)))
    (tmp_path / "tool").write_bytes(shim.content)
    (tmp_path / "tool").chmod(0o755)
    told = run(shim.path, PATH="/usr/bin:/bin", PYTHONHOME="/nowhere", VIRTUAL_ENV_PROMPT="x").stdout.decode()
    assert told.splitlines() == [str(environment), f"{environment}/bin:/usr/bin:/bin", "None"]


def shim_of(script: bytes, folder: Path | str = "/bin", python: str = sys.executable) -> Shim:
    return plan_shim("tool", "direct", str(folder), direct_start((python, "-P", "/installed/tool.py"), None, script))


SCRIPTS = {
    "plain": b"import sys; print(sys.argv[1:], len('\xc3\xa9'))\n",
    "no line end": b"import sys; print(sys.argv[1:], 1)",
    "docstring and future": b'"""What."""\nfrom __future__ import annotations\nimport sys\nprint(sys.argv[1:], 1)\n',
    "byte order mark": BOM + b"import sys; print(sys.argv[1:], len('\xc3\xa9'))\n",
    "its own first line": b"#!/usr/bin/env python\nimport sys; print(sys.argv[1:], 1)\n",
    "cookie": b"# coding: utf-8\nimport sys; print(sys.argv[1:], len('\xc3\xa9'))\n",
    "needless cookie": b"# coding: latin-1\nimport sys; print(sys.argv[1:], 1)\n",
    "carriage returns": b"import sys\r\nprint(sys.argv[1:], 1)\r\n",
}


@pytest.mark.parametrize("what", SCRIPTS)
def test_a_direct_shim_is_the_script_where_it_can_be(tmp_path: Path, what: str) -> None:
    shim = shim_of(SCRIPTS[what], tmp_path)
    Path(shim.path).write_bytes(shim.content)
    Path(shim.path).chmod(0o755)
    ended = run(shim.path, "a b", "-x")
    assert (ended.returncode, ended.stdout) == (0, b"['a b', '-x'] 1\n"), ended.stderr
    assert interpreter_of(shim.content) == sys.executable
    assert is_ours(shim.content)
    assert needed_interpreters(str(tmp_path)) == {sys.executable: "tool"}


LONG = "/" + "x" * MOST_FIRST_LINE_BYTES + "/python"
NOT_AS_PYTHON = {
    "another encoding": (b"# coding: latin-1\nprint('\xe9')\n", sys.executable),
    "too large": (b"#" * MOST_BYTES, sys.executable),
    "a blank in the path": (b"print()\n", "/a folder/python"),
    "a line end in the path": (b"print()\n", "/a\nfolder/python"),
    "no text in the path": (b"print()\n", "/\udcff/python"),
    "a long path": (b"print()\n", LONG),
    "a path that would tell an encoding": (b"print('\xc3\xa9')\n", "/coding=latin-1/python"),
}


@pytest.mark.parametrize("what", NOT_AS_PYTHON)
def test_else_a_shell_starts_it(what: str) -> None:
    script, python = NOT_AS_PYTHON[what]
    content = shim_of(script, python=python).content
    assert content.startswith(b"#!/bin/sh\n")
    assert interpreter_of(content) is None
    assert is_ours(content)


def test_other_words_are_started_by_a_shell() -> None:
    for words in ((sys.executable, "/call.py", "/tool.py"), (sys.executable, "-P", "/call.py", "/tool.py")):
        shim = plan_shim("tool", "direct", "/bin", direct_start(words, None, b"print()\n"))
        assert shim.content.startswith(b"#!/bin/sh\n")


def test_what_others_wrote_names_no_interpreter(tmp_path: Path) -> None:
    content = shim_of(b"print()\n").content
    (tmp_path / "changed").write_bytes(content + b"#\n")
    (tmp_path / "theirs").write_bytes(b"#!/usr/bin/python3 -P\nprint()\n")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "whole").write_bytes(content)
    assert needed_interpreters(str(tmp_path)) == {sys.executable: "whole"}
    assert needed_interpreters(str(tmp_path / "nowhere")) == {}


def pretending_pyst(folder: Path) -> str:
    """A folder for PATH, with a `pyst` that prints its words."""
    pyst = folder / "pyst"
    pyst.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    pyst.chmod(0o755)
    return f"{folder}:{os.defpath}"


@pytest.mark.parametrize("kind", KINDS)
def test_where_all_is_gone_the_pyst_on_path_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    gone = str(tmp_path / "gone")
    monkeypatch.setattr(sys, "executable", gone)
    shim = plan_shim("tool", kind, str(tmp_path), direct_start((gone, "x"), gone) if kind == "direct" else None)
    (tmp_path / "tool").write_bytes(shim.content)
    ended = run(shim.path, "--", "a b", interpreter="/bin/sh", PATH=pretending_pyst(tmp_path))
    assert ended.stdout.decode().splitlines() == ["run", "installed:tool", "--", "--", "a b"]
    (tmp_path / "pyst").unlink()
    ended = run(shim.path, interpreter="/bin/sh")
    assert (ended.returncode, ended.stdout) == (127, b"")
    assert (
        ended.stderr.decode() == f"error: `tool` runs through pyst, which is not where it was ({gone}), nor on PATH\n"
    )


def test_the_usual_shim_is_the_bare_start_of_this_pyst() -> None:
    start = pyst_start("tool")
    assert start.words[0] == sys.executable
    assert start.words[-3:] == ("run", "installed:tool", "--")
    assert os.path.isfile(start.needs[1])
    assert os.path.basename(start.needs[1]) == "boot.py"


def test_a_kind_is_told_what_it_starts() -> None:
    for kind, start in (("pyst", Start(("/x",))), ("direct", None), ("other", None)):
        with pytest.raises(ValueError, match="direct shim"):
            plan_shim("tool", kind, "/bin", start)


def test_a_shim_is_known_by_its_bytes() -> None:
    shim = plan_shim("tool", "pyst", "/bin")
    assert shim == plan_shim("tool", "pyst", "/bin")
    assert is_ours(shim.content)


@given(st.data())
def test_changed_by_a_byte_it_is_not_ours(data: st.DataObject) -> None:
    content = plan_shim("tool", "pyst", "/bin").content
    mark = content.index(b"Made by pyst")
    at = data.draw(st.integers(mark, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda each: each != content[at]))
    changed = content[:at] + bytes([other]) + content[at + 1 :]
    is_line_end = (content[at : at + 1], other) == (b"\n", 0x0D)
    assert not is_ours(changed) or is_line_end
    assert not is_ours(content[:at])
    assert not is_ours(content + b"\n")


@given(st.binary(max_size=300))
def test_nothing_else_is_ours(data: bytes) -> None:
    assert not is_ours(data)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "another program": lambda path: path.write_text("#!/bin/sh\nexec theirs\n"),
    "an empty file": lambda path: path.touch(),
    "a folder": lambda path: path.mkdir(),
    "a link": lambda path: path.symlink_to("/bin/sh"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a FIFO": os.mkfifo,
    "a large file": lambda path: path.write_bytes(b"#" * (2 << 20)),
    "a shim that somebody changed": lambda path: path.write_bytes(
        plan_shim("tool", "pyst", str(path.parent)).content + b"# mine\n"
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_pyst_did_not_write_is_refused(tmp_path: Path, what: str) -> None:
    shim = plan_shim("tool", "pyst", str(tmp_path))
    FOREIGN[what](tmp_path / "tool")
    with pytest.raises(Failure) as caught:
        check_shim(shim)
    assert caught.value.code == "E_SHIM"
    assert str(tmp_path / "tool") in caught.value.message


def test_a_file_where_the_folder_of_commands_belongs_is_told(tmp_path: Path) -> None:
    (tmp_path / "bin").write_bytes(b"")
    with pytest.raises(Failure) as caught:
        check_shim(plan_shim("tool", "pyst", str(tmp_path / "bin")))
    assert caught.value.code == "E_SHIM"
    assert f"`{tmp_path}/bin`, where commands belong, is no folder" in caught.value.message


def test_what_pyst_wrote_may_be_replaced_whatever_it_starts(tmp_path: Path) -> None:
    old = plan_shim("tool", "direct", str(tmp_path), direct_start(("/gone/python", "/gone/tool.py"), "/gone"))
    assert read_shim(old.path) is None
    (tmp_path / "tool").write_bytes(old.content)
    assert check_shim(plan_shim("tool", "pyst", str(tmp_path))) == old.content
