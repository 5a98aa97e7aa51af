"""Locks with real uv: written whole or not at all, obeyed, and told when they fit no more."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.support.faults import breaking, points, start
from tests.uv.conftest import World

pytestmark = pytest.mark.uv


def locked(world: World) -> Path:
    """A script that is locked to alpha 1.0, while 2.0 is out."""
    world.index.wheel("alpha", "1.0")
    world.index.wheel("beta", "1.0", requires=("alpha",))
    script = world.script("s.py", "alpha")
    assert world.run("lock", "./s.py").code == 0
    world.index.wheel("alpha", "2.0")
    world.environ["UV_NO_CACHE"] = "1"  # else uv remembers for a while what the index held
    return script


def test_a_lock_is_obeyed(world: World) -> None:
    script = locked(world)
    assert world.run("run", str(script)) == (0, "alpha 1.0\n", "")
    Path(f"{script}.lock").unlink()
    assert world.run("run", str(script)) == (0, "alpha 2.0\n", "")


def test_locking_again_keeps_versions_unless_told(world: World) -> None:
    script = locked(world)
    before = Path(f"{script}.lock").read_bytes()
    assert "unchanged" in world.run("lock", "./s.py").out
    assert Path(f"{script}.lock").read_bytes() == before
    ended = world.run("lock", "--upgrade", "./s.py")
    assert "1.0" in ended.out
    assert "2.0" in ended.out
    assert world.run("run", str(script)) == (0, "alpha 2.0\n", "")


def test_a_stale_lock_stops_the_run(world: World) -> None:
    script = locked(world)
    assert world.run("lock", "--check", "./s.py").code == 0
    assert world.run("add", "--script", "./s.py", "beta").code == 0
    for words in (("run", str(script)), ("lock", "--check", "./s.py")):
        ended = world.run(*words)
        assert ended.code == 1
        assert "doesn't fit" in ended.err
        assert "pyst lock" in ended.err
    assert world.run("lock", "./s.py").code == 0
    assert world.run("run", str(script)) == (0, "alpha 1.0\n", "")


def test_with_keeps_the_versions_of_the_lock(world: World) -> None:
    script = locked(world)
    script.write_text(script.read_text() + "import beta; print(beta.VERSION)\n")
    assert world.run("run", "--with", "beta", str(script)) == (0, "alpha 1.0\n1.0\n", "")
    ended = world.run("run", "--with", "alpha>=2", str(script))
    assert ended.code == 1
    assert "the lock of" in ended.err
    assert "alpha 1.0" in ended.err


def test_another_python_than_the_lock_was_made_with(world: World, older_python: str) -> None:
    world.index.wheel("alpha", "1.0")
    script = world.script("s.py", "alpha")
    assert world.run("lock", "--python", older_python, "./s.py").code == 0
    assert world.spec(script).requires_python.startswith(">=3.")
    assert world.ensure(script).path is not None


@pytest.fixture
def older_python() -> str:
    """An interpreter that is older than the one that uv would take."""
    root = Path(os.environ.get("PYENV_ROOT", "/nowhere")) / "versions"
    found = sorted(root.glob("3.9.*/bin/python"))
    if not found:
        pytest.skip("no older Python is installed")
    return str(found[0])


@pytest.mark.parametrize("content", [b"", b"garbage", b"version = 99\n", b"\xff\xfe\x00"])
def test_a_broken_lock_is_told_and_locking_mends_it(world: World, content: bytes) -> None:
    script = locked(world)
    lock = Path(f"{script}.lock")
    lock.write_bytes(content)
    for words in (("run", "./s.py"), ("lock", "--check", "./s.py"), ("lock", "./s.py")):
        ended = world.run(*words)
        assert ended.code == 1
        assert "can't be read" in ended.err
        assert "pyst lock --upgrade" in ended.err
        assert lock.read_bytes() == content
    assert world.run("lock", "--upgrade", "./s.py").code == 0
    assert world.run("run", str(script)).code == 0


def test_pylock(world: World) -> None:
    script = locked(world)
    assert "pylock.s.toml" in world.run("lock", "--format", "pylock", "./s.py").out
    answer = json.loads(world.run("lock", "--format", "json", "--lock-format", "pylock", "./s.py").out)
    assert answer["detail"]["changed"] is False
    assert answer["detail"]["lock_format"] == "pylock"
    found = tomllib.loads((script.parent / "pylock.s.toml").read_text())
    assert found["lock-version"] == "1.0"
    assert [(each["name"], each["version"]) for each in found["packages"]] == [("alpha", "1.0")]
    assert world.run("lock", "-o", "other.lock", "./s.py").code == 0
    assert (script.parent / "other.lock").read_bytes() == Path(f"{script}.lock").read_bytes()


def test_nothing_to_lock(world: World) -> None:
    (world.folder / "s.py").write_text("print(1)\n")
    ended = world.run("lock", "./s.py")
    assert ended.code == 1
    assert "no block" in ended.err
    assert set(os.listdir(world.folder)) == {".git", "s.py"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_killed_the_old_or_the_new_lock_is_there(world: World, tmp_path: Path) -> None:
    script = locked(world)
    lock = Path(f"{script}.lock")
    old = lock.read_bytes()
    world.run("lock", "-U", "./s.py")
    new = lock.read_bytes()
    assert new != old
    seen = set()
    words = ["lock", "-U", "./s.py"]
    lock.write_bytes(old)
    for at in points(words, world.environ, world.folder, "rename,fsync,unlink,rmdir", tmp_path / "strace.log"):
        lock.write_bytes(old)
        start(words, world.environ, world.folder, breaking(at, "signal=KILL"))
        assert lock.read_bytes() in (old, new), at
        seen.add(lock.read_bytes())
    assert seen == {old, new}
    assert world.run("run", str(script)) == (0, "alpha 2.0\n", "")
