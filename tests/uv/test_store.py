"""The store with real uv: built once, taken for whole only when it is, healed by a plain rerun."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pyst.environments.marker import MARKER
from pyst.environments.store import ensure, find
from pyst.errors import Failure
from tests.uv.conftest import BOOT, World

pytestmark = pytest.mark.uv
STRACE = shutil.which("strace")


def two(world: World) -> Path:
    """A script with two requirements, published."""
    world.index.wheel("alpha", "1.0")
    world.index.wheel("alpha", "2.0")
    world.index.wheel("beta", requires=("alpha",), scripts={"beta": "beta:main"})
    return world.script("s.py", "alpha", "beta")


def test_it_is_built_once_and_shared(world: World) -> None:
    first = two(world)
    other = world.script("deep/er/other.py", "BETA", "alpha  ", body="import beta")
    for script in (first, first, other):
        assert world.run("run", str(script)).code == 0
    assert world.builds() == 1
    assert world.ensure(other).key == world.ensure(first).key


def test_the_marker_tells_what_is_in_it(world: World) -> None:
    environment = world.ensure(two(world))
    assert environment.path is not None
    told = json.loads((Path(environment.path) / MARKER).read_text())
    assert told["packages"] == [["alpha", "2.0"], ["beta", "1.0"]]
    assert told["key"] == environment.key
    assert told["whole"] is True


def test_modules_are_compiled_whatever_the_variables_say(world: World) -> None:
    world.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    world.index.wheel("big", files={"big/__init__.py": "", "big/broken.py": "(", "big/tests/test_it.py": ""})
    environment = world.ensure(world.script("s.py", "big"))
    compiled = {each.name.split(".")[0] for each in Path(environment.path or "").rglob("*.pyc")}
    assert compiled == {"__init__"}  # neither what can't be, nor a package's own tests


def test_no_code_of_a_package_runs_while_it_is_built(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    line = f"import os; open({str(mark)!r}, 'w')\n"
    world.index.wheel(
        "sly", files={"sly.py": line, "sly.pth": line, "sitecustomize.py": line, "usercustomize.py": line}
    )
    world.ensure(world.script("s.py", "sly", body="pass"))
    assert not mark.exists()
    assert world.run("run", "./s.py").code == 0
    assert mark.exists()  # the trap works


def test_twenty_at_once_build_once(world: World) -> None:
    script = two(world)
    processes = [world.start("run", str(script)) for _ in range(20)]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in processes]
    assert {(out, code) for out, _, code in ended} == {("alpha 2.0\nbeta 1.0\n", 0)}
    assert world.builds() == 1


def broken_marker(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how == "a FIFO":
        os.mkfifo(path)
    elif how == "a link to nowhere":
        path.symlink_to("nowhere")
    elif how != "gone":
        changed = {
            "empty": b"",
            "cut": data[: len(data) // 2],
            "of another key": data.replace(b'"key": "', b'"key": "f', 1),
            "of the future": re.sub(rb'"format": \d+', b'"format": 999', data),
            "of a wrong type": b"[]\n",
            "no text": b"\xff\x00" * 40,
        }
        path.write_bytes(changed[how])


BROKEN = "gone|empty|cut|of another key|of the future|of a wrong type|no text|a folder|a FIFO|a link to nowhere"


@pytest.mark.parametrize("how", BROKEN.split("|"))
def test_a_broken_marker_is_no_marker(world: World, how: str) -> None:
    environment = world.ensure(two(world))
    broken_marker(Path(environment.marker or ""), how)
    assert find(world.spec(world.folder / "s.py"), str(world.root)) is None
    assert world.run("run", "./s.py").out == "alpha 2.0\nbeta 1.0\n"
    assert world.builds() == 2
    assert world.run("run", "./s.py").code == 0
    assert world.builds() == 2


def gone_python(folder: Path) -> None:
    (folder / "bin" / "python").unlink()


def dangling_python(folder: Path) -> None:
    gone_python(folder)
    (folder / "bin" / "python").symlink_to("/nowhere/python")


def gone_config(folder: Path) -> None:
    (folder / "pyvenv.cfg").unlink()


def a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


@pytest.mark.parametrize("harm", [gone_python, dangling_python, gone_config, a_file], ids=lambda each: each.__name__)
def test_a_broken_environment_is_rebuilt(world: World, harm: Callable[[Path], None]) -> None:
    environment = world.ensure(two(world))
    harm(Path(environment.path or ""))
    assert world.run("run", "./s.py").out == "alpha 2.0\nbeta 1.0\n"
    assert world.builds() == 2


def test_files_that_were_harmed_in_uv_s_cache_are_fetched_anew(world: World) -> None:
    script = two(world)
    environment = world.ensure(script)
    module = next(Path(environment.path or "").rglob("alpha.py"))
    if module.stat().st_nlink < 2:
        pytest.skip("uv does not hard-link here")
    with module.open("r+b") as file:
        file.truncate(3)  # as a script might: the file in uv's cache is the same
    shutil.rmtree(environment.path or "")
    assert world.run("run", str(script)).out == "alpha 2.0\nbeta 1.0\n"
    assert "--no-cache" in world.log.read_text()
    with module.open("w") as file:  # the cache is shared by this session's tests
        file.write("VERSION = '2.0'\n")


@pytest.mark.parametrize("place", ["a file", "nowhere"])
def test_without_a_cache_folder_it_still_runs(world: World, tmp_path: Path, place: str) -> None:
    script = two(world)
    cache = tmp_path / "cache"
    cache.write_text("in the way")
    where = str(cache) if place == "a file" else "/proc/nowhere"
    ended = world.run("run", str(script), XDG_CACHE_HOME=where)
    assert ended[:2] == (0, "alpha 2.0\nbeta 1.0\n")
    assert "can't be written" in ended.err
    assert cache.read_text() == "in the way"


def test_a_foreign_folder_is_not_taken_for_the_private_store(world: World, tmp_path: Path) -> None:
    planted = tmp_path / f"pyst-{os.getuid()}"
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    assert world.run("run", str(two(world)), XDG_CACHE_HOME="/proc/nowhere").code == 0
    assert list(planted.iterdir()) == []


def whole_or_absent(world: World) -> None:
    """Every environment that counts as whole has all its files."""
    for folder in world.root.glob("[0-9a-f]*"):
        if (folder / MARKER).exists():
            for record in folder.rglob("RECORD"):
                for row in record.read_text().splitlines():
                    path, _, size = row.rsplit(",", 2)
                    if size:
                        assert (record.parents[1] / path).stat().st_size == int(size)


def test_killed_at_random_a_rerun_heals(world: World) -> None:
    script = two(world)
    rng = random.Random(7)
    world.run("run", str(script))
    for _ in range(12):
        for folder in world.root.glob("[0-9a-f]*"):
            shutil.rmtree(folder)
        process = world.start("run", str(script))
        time.sleep(rng.random() * 0.35)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        whole_or_absent(world)
        assert world.run("run", str(script))[:2] == (0, "alpha 2.0\nbeta 1.0\n")


def most_calls(world: World, script: Path, log: Path) -> int:
    """How many state-changing system calls the busiest process of a cold run makes: strace counts for each alone."""
    traced(world, script, ["-o", str(log), "-e", f"trace={CHANGES}"])
    lines = [line.split(None, 1) for line in log.read_text().splitlines()]
    return max(Counter(pid for pid, call in lines if re.match(r"\w+\(", call)).values())


CHANGES = "rename,renameat,renameat2,mkdir,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,fsync"


def traced(world: World, script: Path, words: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [STRACE or "", "-f", *words, *BOOT, "run", str(script)],
        cwd=world.folder,
        env={**world.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
def test_killed_at_a_system_call_a_rerun_heals(world: World, tmp_path: Path) -> None:
    script = two(world)
    world.ensure(script)
    shutil.rmtree(world.root)
    count = most_calls(world, script, tmp_path / "strace.log")
    assert count > 20
    for at in sorted(random.Random(3).sample(range(1, count), 10)):
        shutil.rmtree(world.root, ignore_errors=True)
        words = ["-o", "/dev/null", "-e", f"trace={CHANGES}", "-e", f"inject={CHANGES}:signal=KILL:when={at}"]
        traced(world, script, words)
        whole_or_absent(world)
        assert world.run("run", str(script))[:2] == (0, "alpha 2.0\nbeta 1.0\n"), at


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_full_or_broken_disk_is_told_and_a_rerun_heals(world: World, error: str) -> None:
    script = two(world)
    world.ensure(script)
    for calls, at in (
        ("mkdir", 1),
        ("mkdir", 4),
        ("symlink,symlinkat", 1),
        ("link,linkat", 2),
        ("fsync", 1),
        ("rename", 2),
    ):
        shutil.rmtree(world.root, ignore_errors=True)
        inject = f"inject={calls}:error={error}:when={at}+"
        ended = traced(world, script, ["-o", "/dev/null", "-e", f"trace={calls}", "-e", inject])
        assert "Traceback" not in ended.stderr
        if ended.returncode != 0:
            assert ended.returncode == 1, ended.stderr
            assert re.search("can't be written|no space|can't write", ended.stderr), ended.stderr
        whole_or_absent(world)
        assert world.run("run", str(script))[:2] == (0, "alpha 2.0\nbeta 1.0\n"), (calls, at)


def test_interrupted_nothing_is_left_running_or_begun(world: World, tmp_path: Path) -> None:
    script = two(world)
    world.spec(script)  # the interpreter is known: what hangs is the build
    begun, slow = tmp_path / "begun", tmp_path / "slow-uv"
    slow.write_text(
        f"#!/bin/sh\nmkdir -p $VIRTUAL_ENV/lib\necho $$ > {begun}.tmp\nmv {begun}.tmp {begun}\nexec sleep 60\n"
    )
    slow.chmod(0o755)
    process = world.start("run", str(script), PYST_UV=str(slow))
    while not begun.exists():
        assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) in ((130, ""), (-signal.SIGINT, "")), err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
    assert list(world.root.glob("[0-9a-f]*")) == []
    assert world.run("run", str(script))[:2] == (0, "alpha 2.0\nbeta 1.0\n")


def lives(pid: int) -> bool:
    """Whether the process runs; one that has ended and that nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a rerun waits for what the killed one had started")
def test_a_killed_pyst_takes_its_builder_along(world: World, tmp_path: Path) -> None:
    script = two(world)
    world.spec(script)
    begun, slow = tmp_path / "begun", tmp_path / "slow-uv"
    slow.write_text(f"#!/bin/sh\nsleep 60 &\necho $$ $! > {begun}.tmp\nmv {begun}.tmp {begun}\nwait\n")
    slow.chmod(0o755)
    process = world.start("run", str(script), PYST_UV=str(slow))
    while not begun.exists():
        assert process.poll() is None
    builder, below = map(int, begun.read_text().split())
    process.kill()
    process.communicate(timeout=60)
    try:  # what uv had started (a build) may live on; it does not keep others waiting
        assert world.run("run", str(script))[:2] == (0, "alpha 2.0\nbeta 1.0\n")
        assert lives(below)
        assert not lives(builder)
    finally:
        os.kill(below, signal.SIGKILL)


def test_uv_that_dies_is_told(world: World, tmp_path: Path) -> None:
    script = two(world)
    spec = world.spec(script)
    dying = tmp_path / "dying-uv"
    dying.write_text("#!/bin/sh\necho 'the moon is full' >&2\nexit 3\n")
    dying.chmod(0o755)
    with pytest.raises(Failure, match="the moon is full"):
        ensure(spec, str(world.root), world.uv(environ={"PYST_UV": str(dying)}), name="s.py")
