"""`pyst gc` and `pyst cache` over real environments: what is needed or in use stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pyst.environments.gc import delete, read_stored
from pyst.environments.marker import USED
from pyst.system.files import locked
from tests.support.faults import injecting, start
from tests.support.installed import data_folder
from tests.uv.conftest import World

pytestmark = pytest.mark.uv
DAY = 86400


def aged(world: World, *scripts: Path, days: int = 30) -> None:
    """Have the environments of these scripts be used long ago."""
    for script in scripts:
        path = Path(world.ensure(script).path or "") / USED
        then = path.stat().st_mtime - days * DAY
        os.utime(path, (then, then))


def collected(world: World, *words: str) -> dict[str, Any]:
    ended = world.run("gc", "--format", "json", *words)
    assert ended.code == 0, ended.err
    detail: dict[str, Any] = json.loads(ended.out)["detail"]
    return detail


def keys(world: World) -> set[str]:
    return {each.name for each in world.root.glob("[0-9a-f]*")}


@pytest.fixture
def scripts(world: World) -> list[Path]:
    """Three scripts of different needs, all run long ago."""
    for name in ("alpha", "beta", "gamma"):
        world.index.wheel(name)
    found = [world.script(f"use-{name}.py", name) for name in ("alpha", "beta", "gamma")]
    aged(world, *found)
    return found


def key_of(world: World, script: Path) -> str:
    return world.spec(script).key


def test_what_a_direct_command_starts_stays(world: World) -> None:
    world.index.wheel("alpha")
    script = world.script("use-alpha.py", "alpha")
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a kernel takes a first line of so many bytes
        here = world._replace(environ={**world.environ, "XDG_CACHE_HOME": short})
        assert here.run("--yes", "install", "--direct", str(script)).code == 0
        command = data_folder(world.home) / "bin" / "use-alpha"
        [environment] = Path(short, "pyst", "environments-v1").glob("[0-9a-f]*")
        assert command.read_text().startswith(f"#!{environment}/bin/python -P\n")

        def says() -> str:
            ended = subprocess.run([command], env={"PATH": "/nowhere"}, capture_output=True, text=True, timeout=60)
            return ended.stdout

        assert says() == "alpha 1.0\n"
        shutil.rmtree(environment.parent / ".users")  # so that nobody is known to need it
        then = environment.stat().st_mtime - 30 * DAY
        os.utime(environment / USED, (then, then))
        [row] = collected(here)["environments"]
        assert (row["action"], row["reason"]) == ("keep", f"needed by {command}")
        ended = here.run("cache", "clear")
        assert (ended.code, "1 environment is kept" in ended.err, str(command) in ended.err) == (0, True, True)
        assert says() == "alpha 1.0\n"
        (linked := world.folder / "cache").symlink_to(short)
        otherwise = world._replace(environ={**world.environ, "XDG_CACHE_HOME": str(linked)})
        assert "1 environment is kept" in otherwise.run("cache", "clear").err
        assert says() == "alpha 1.0\n"
        shutil.rmtree(environment)
        assert here.run("run", "use-alpha").out == "alpha 1.0\n"  # what is built anew has the same place
        assert says() == "alpha 1.0\n"
        lock = data_folder(world.home) / "installed" / "use-alpha.py.lock"
        world.index.wheel("alpha", "2.0")
        assert here.run("lock", "--upgrade", "installed:use-alpha").code == 0
        assert "2.0" in lock.read_text()
        assert says() == "alpha 2.0\n"
        assert here.run("--yes", "uninstall", "use-alpha").code == 0
        assert here.run("cache", "clear").code == 0
        assert not list(environment.parent.glob("[0-9a-f]*"))


def test_what_existing_scripts_need_stays(world: World, scripts: list[Path]) -> None:
    kept = [key_of(world, each) for each in scripts]
    scripts[0].unlink()
    scripts[1].write_text(scripts[1].read_text().replace("beta", "alpha"))
    assert {each["reason"] for each in collected(world, "--dry-run")["environments"]} == {
        "not needed",
        f"needed by {scripts[2]}",
    }
    assert keys(world) == set(kept)
    assert collected(world)["dropped"] == 2
    assert keys(world) == {kept[2]}
    assert collected(world)["dropped"] == 0


def test_a_rename_is_noticed_on_the_next_run(world: World, scripts: list[Path]) -> None:
    key = key_of(world, scripts[0])
    moved = scripts[0].rename(world.folder / "moved.py")
    assert world.run("run", str(moved)).code == 0
    aged(world, moved)
    collected(world)
    assert key in keys(world)


def test_losing_the_record_means_least_recently_used(world: World, scripts: list[Path]) -> None:
    shutil.rmtree(world.root / ".users")
    Path(world.ensure(scripts[2]).path or "", USED).touch()
    shutil.rmtree(world.root / ".users")
    assert collected(world)["dropped"] == 2
    assert keys(world) == {key_of(world, scripts[2])}


def test_a_running_process_keeps_its_environment(world: World, scripts: list[Path]) -> None:
    ready = world.folder / "ready"
    scripts[0].write_text(scripts[0].read_text() + f"open({str(ready)!r}, 'w').close()\nimport time; time.sleep(60)\n")
    process = world.start("run", str(scripts[0]))
    try:
        while not ready.exists():
            assert process.poll() is None
        aged(world, scripts[0])
        key = key_of(world, scripts[0])
        for each in scripts:
            each.unlink()
        assert collected(world, "--max-size", "0")["dropped"] == 2
        assert keys(world) == {key}
        assert world.run("cache", "clear").code == 0
        assert keys(world) == {key}
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    assert world.run("cache", "clear").code == 0
    assert keys(world) == set()


def test_what_is_locked_is_skipped(world: World, scripts: list[Path]) -> None:
    key = key_of(world, scripts[0])
    scripts[0].unlink()
    with locked(str(world.root / ".locks" / key)):
        rows = {each["key"]: each for each in collected(world)["environments"]}
    assert rows[key]["reason"] == "locked by another process"
    assert key in keys(world)


def test_what_is_used_while_it_is_judged_stays(world: World, scripts: list[Path]) -> None:
    stored = read_stored(str(world.root), key_of(world, scripts[0]))
    world.run("run", str(scripts[0]))
    assert delete(stored, str(world.root), lambda _: False) == "used meanwhile"
    seen = iter([False, True])  # found by a run just as it was moved away
    stored = read_stored(str(world.root), stored.key)
    assert delete(stored, str(world.root), lambda _: next(seen)) == "used meanwhile"
    assert world.run("run", str(scripts[0])) == (0, "alpha 1.0\n", "")


def test_a_size_that_is_to_be_kept(world: World, scripts: list[Path]) -> None:
    aged(world, *scripts, days=2)
    shutil.rmtree(world.root / ".users")
    assert collected(world)["dropped"] == 0
    total = collected(world)["size_bytes"]
    detail = collected(world, "--max-size", str(total - 1))
    assert detail["dropped"] == 1
    assert detail["size_bytes"] < total
    ended = world.run("gc", "--max-size", "nonsense")
    assert ended.code == 64


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_killed_it_is_finished_by_the_next(world: World, scripts: list[Path]) -> None:
    for each in scripts[1:]:
        each.unlink()
    kept = key_of(world, scripts[0])
    calls = ("rename:1", "rename:2", "unlink:1", "unlink:4", "unlinkat:1", "unlinkat:9", "rmdir:1", "rmdir:3")
    for call, at in (each.split(":") for each in calls):
        start(["gc"], world.environ, world.folder, injecting(call, "signal=KILL", int(at)))
        assert kept in keys(world)
        assert world.run("run", str(scripts[0])) == (0, "alpha 1.0\n", "")
    assert collected(world)["kept"] == 1
    assert keys(world) == {kept}
    assert os.listdir(world.root / ".trash") == []


def test_the_cache(world: World, scripts: list[Path]) -> None:
    assert world.run("cache", "path").out == f"{world.root.parent}\n"
    assert "environments  3 entries" in world.run("cache", "stats").out
    assert world.run("cache", "clear", "nonsense").code == 64
    assert world.run("cache", "clear", "plans").code == 0
    assert len(keys(world)) == 3
    assert world.run("cache", "clear").code == 0
    assert keys(world) == set()
    assert world.run("run", str(scripts[0])) == (0, "alpha 1.0\n", "")
