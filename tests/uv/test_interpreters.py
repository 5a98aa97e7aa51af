"""Which interpreter is chosen, with real uv and the machine's own Pythons."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pyst.environments.interpreters import find_interpreter, search_path
from pyst.environments.pins import may_meet
from pyst.environments.spec import Interpreter
from pyst.errors import Failure, Where
from pyst.system.witness import Witness
from tests.support.interpreters import interpreters
from tests.uv.conftest import World

pytestmark = pytest.mark.uv


def find(world: World, request: str | None = None, requires: str = "", **environ: str) -> Interpreter:
    uv = world.uv(environ=environ)
    return find_interpreter(request, requires, root=str(world.root), uv=uv, cwd=str(world.folder))


def calls(world: World) -> int:
    return len(world.log.read_text().splitlines()) if world.log.exists() else 0


@pytest.fixture
def pyenv(world: World, tmp_path: Path) -> Path:
    """A pyenv of our own, whose only version is this interpreter, called 3.99."""
    root = tmp_path / "pyenv"
    folder = root / "versions" / "3.99.0" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "python3"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {os.path.realpath(sys.executable)} "$@"\n')
        program.chmod(0o755)
    shims = root / "shims"
    shims.mkdir()
    shim = shims / "python3"
    shim.write_text(f"#!/bin/sh\ntouch {tmp_path}/shim-ran\nexit 127\n")
    shim.chmod(0o755)
    world.environ.update(PYENV_ROOT=str(root), PATH=f"{shims}:/usr/bin:/bin")
    return root


def test_the_answer_is_remembered(world: World) -> None:
    first = find(world)
    assert Path(first.path).is_absolute()
    asked = calls(world)
    assert find(world) == first
    assert calls(world) == asked


@pytest.mark.parametrize("content", [b"", b"x" * 40, None])
def test_a_broken_memory_is_no_memory(world: World, content: bytes | None) -> None:
    first = find(world)
    for path in (world.root / ".interpreters").iterdir():
        if content is None:
            path.write_bytes(path.read_bytes()[:-3])
        else:
            path.write_bytes(content)
    assert find(world) == first


def test_a_new_interpreter_on_the_path_is_seen(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    world.environ["PATH"] = f"{folder}:{world.environ['PATH']}"
    first = find(world)
    asked = calls(world)
    (folder / "anything").touch()
    assert find(world) == first
    assert calls(world) > asked


def test_versions_of_pyenv_are_found_and_its_shims_not_run(world: World, pyenv: Path, tmp_path: Path) -> None:
    (pyenv / "version").write_text("3.99.0\n")
    found = find(world)
    assert found.real_path == os.path.realpath(sys.executable)  # the real binary, not the script that starts it
    assert not (tmp_path / "shim-ran").exists()


def test_the_search_path(pyenv: Path) -> None:
    for version in ("3.8.1", "3.10.2", "3.9.7", "2.7.18", "pypy3.10"):
        (pyenv / "versions" / version / "bin").mkdir(parents=True)
    environ = {"PYENV_ROOT": str(pyenv), "PATH": f"{pyenv}/shims:relative:.::/bin", "PYENV_VERSION": "3.9.7:system"}
    versions = [str(pyenv / "versions" / each / "bin") for each in ("3.9.7", "3.99.0", "3.10.2", "3.8.1", "pypy3.10")]
    assert search_path(environ).split(":") == [versions[0], "/bin", *versions[1:]]


def test_a_request(world: World) -> None:
    assert find(world, sys.executable).version == "{}.{}.{}".format(*sys.version_info[:3])
    assert find(world, PYST_PYTHON=sys.executable) == find(world, sys.executable)
    assert find(world, UV_PYTHON=sys.executable) == find(world, sys.executable)


def test_a_relative_path_starts_at_the_caller_s_folder(world: World) -> None:
    (world.folder / "my-python").symlink_to(sys.executable)
    assert find(world, "./my-python").real_path == os.path.realpath(sys.executable)


def test_a_request_against_requires_python_is_told(world: World) -> None:
    said: list[str] = []
    uv = world.uv(say=said.append)
    found = find_interpreter(sys.executable, ">=3.99", root=str(world.root), uv=uv, cwd=str(world.folder))
    assert not found.satisfies
    assert "doesn't meet requires-python `>=3.99`" in said[0]
    assert find(world, sys.executable, ">=3.8").satisfies


@pytest.mark.parametrize(
    ("request_", "requires", "code"),
    [
        ("3.99", "", "E_NO_INTERPRETER"),
        ("", ">=3.99", "E_NO_INTERPRETER"),
        ("/nowhere/python", "", "E_NO_INTERPRETER"),
        ("/bin/sh", "", "E_NO_INTERPRETER"),
        ("", ">= three", "E_METADATA"),
    ],
)
def test_what_is_not_there(world: World, request_: str, requires: str, code: str) -> None:
    with pytest.raises(Failure) as caught:
        find(world, request_ or None, requires)
    assert caught.value.code == code
    assert "\n" not in caught.value.message.strip().partition("cause")[0]


class Pinned(NamedTuple):
    """Two versions of Python on the PATH (the first is found first), and where the user pins one."""

    first: str
    second: str
    file: Path


@pytest.fixture
def pinned(world: World, tmp_path: Path) -> Pinned:
    found = sorted(interpreters().items(), reverse=True)[:2]
    if len(found) < 2:
        pytest.skip("needs two versions of Python")
    folders = []
    for (major, minor), path in found:
        folder = tmp_path / f"python{major}.{minor}"
        folder.mkdir()
        for name in ("python", "python3", f"python{major}.{minor}"):
            (folder / name).symlink_to(path)
        folders.append(str(folder))
    world.environ.update(PATH=":".join(folders), PYENV_ROOT=str(tmp_path / "no-pyenv"))
    file = world.home.path / ".config" / "uv" / ".python-version"
    file.parent.mkdir(parents=True)
    first, second = (f"{major}.{minor}" for (major, minor), _ in found)
    return Pinned(first, second, file)


def minor_of(found: Interpreter) -> str:
    return ".".join(found.version.split(".")[:2])


def test_the_user_s_own_pin_counts(world: World, pinned: Pinned, tmp_path: Path) -> None:
    assert minor_of(find(world)) == pinned.first
    pinned.file.write_text(f"# mine\n\n{pinned.second}\n{pinned.first}\n")
    assert minor_of(find(world)) == pinned.second
    assert minor_of(find(world, requires=">=3.8")) == pinned.second
    assert minor_of(find(world, requires=f">={pinned.first}")) == pinned.first
    assert minor_of(find(world, pinned.first)) == pinned.first
    assert minor_of(find(world, UV_PYTHON=pinned.first)) == pinned.first
    assert minor_of(find(world, UV_NO_CONFIG="1")) == pinned.first
    (tmp_path / "elsewhere" / "uv").mkdir(parents=True)
    (tmp_path / "elsewhere" / "uv" / ".python-versions").write_text(pinned.second)
    assert minor_of(find(world, XDG_CONFIG_HOME=str(tmp_path / "elsewhere"))) == pinned.second
    assert minor_of(find(world, XDG_CONFIG_HOME=str(tmp_path))) == pinned.first
    pinned.file.unlink()
    assert minor_of(find(world)) == pinned.first


def test_a_pin_in_a_folder_is_not_the_user_s(world: World, pinned: Pinned) -> None:
    (world.folder / ".python-version").write_text(pinned.second)
    (world.home.path / ".python-version").write_text(pinned.second)
    assert minor_of(find(world)) == pinned.first


def test_a_pin_that_changes_ends_a_remembered_run(world: World, pinned: Pinned) -> None:
    script = world.script("version.py", body="import sys; print('%d.%d' % sys.version_info[:2])")
    for version in (pinned.first, pinned.second, pinned.first):
        pinned.file.write_text(version)
        for _ in range(2):
            assert world.run("run", str(script)) == (0, f"{version}\n", "")


@pytest.mark.parametrize("text", ["hello-world", "./python", "bin/python", "../x", "~/python", "python3"])
def test_a_pin_that_is_no_version_is_told_and_ignored(world: World, pinned: Pinned, text: str) -> None:
    (world.folder / "python").symlink_to("/bin/false")
    pinned.file.write_text(text)
    said: list[str] = []
    found = find_interpreter(
        None, "", root=str(world.root), uv=world.uv(say=said.append), cwd=str(world.folder), witness=Witness()
    )
    assert minor_of(found) == pinned.first
    assert len(said) == 1
    assert f"`{pinned.file}` is ignored: `{text}`" in said[0]


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe\n", None])
def test_a_pin_that_says_nothing(world: World, pinned: Pinned, content: bytes | None) -> None:
    if content is None:
        pinned.file.mkdir()
    else:
        pinned.file.write_bytes(content)
    assert minor_of(find(world)) == pinned.first


def test_a_pin_that_is_not_there_is_named(world: World, pinned: Pinned) -> None:
    pinned.file.write_text("3.99")
    with pytest.raises(Failure) as caught:
        find(world)
    assert caught.value.code == "E_NO_INTERPRETER"
    assert caught.value.where == Where(str(pinned.file))
    assert minor_of(find(world, requires="<3.99")) == pinned.first


@pytest.mark.parametrize(
    ("request_", "requires", "may"),
    [
        ("3.12", "", True),
        ("3.12", ">=3.12.4", True),
        ("3.12.1", ">=3.12.4", False),
        ("3.12", ">=3.13", False),
        ("3.12", "<3.12", False),
        ("3", ">=3.13", True),
        ("3", "<3", False),
        ("pypy", ">=3.13", True),
        (">=3.8", "<3.13", True),
        ("3.12", "nonsense", False),
    ],
)
def test_whether_a_pin_may_do(request_: str, requires: str, may: bool) -> None:
    assert may_meet(request_, requires) is may
