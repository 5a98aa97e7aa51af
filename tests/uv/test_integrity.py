"""Integrity where packages are: the lock is a part of what was installed; a direct command outlives its environment."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.installed import data_folder
from tests.uv.conftest import World

pytestmark = pytest.mark.uv


def test_a_lock_that_was_changed_installs_nothing_and_pyst_lock_is_no_change_of_anothers(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.script("it.py", "alpha")
    assert world.run("--yes", "install", "./it.py", "--no-lock").code == 0
    lock = data_folder(world.home) / "installed" / "it.py.lock"
    assert not lock.exists()
    assert world.run("lock", "installed:it").code == 0
    assert lock.exists()
    assert world.run("run", "installed:it").out == "alpha 1.0\n"

    world.index.wheel("alpha", "6.6.6")
    shutil.rmtree(world.root)
    text = lock.read_text()
    lock.write_text(text.replace('version = "1.0"', 'version = "6.6.6"'))
    builds = world.builds()
    ended = world.run("run", "installed:it")
    assert (ended.code, ended.out) == (101, "")
    assert "its lock is not what was consented to" in ended.err
    assert world.run("lock", "installed:it").code == 101  # it would keep what the changed lock says
    assert world.builds() == builds
    lock.write_text(text)
    assert world.run("run", "installed:it").out == "alpha 1.0\n"


def test_a_direct_command_builds_its_environment_anew(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.script("it.py", "alpha")
    assert world.run("--yes", "install", "./it.py", "--direct").code == 0
    shim = data_folder(world.home) / "bin" / "it"

    def start() -> str:
        ended = subprocess.run([shim], env=world.environ, cwd=world.folder, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert start() == "alpha 1.0\n"
    calls = len(world.log.read_text().splitlines())
    assert start() == "alpha 1.0\n"
    assert len(world.log.read_text().splitlines()) == calls
    shutil.rmtree(world.root)
    assert start() == "alpha 1.0\n"
    assert world.builds() == 2
    calls = len(world.log.read_text().splitlines())
    assert start() == "alpha 1.0\n"
    assert len(world.log.read_text().splitlines()) == calls


def test_a_direct_command_whose_environment_can_not_be_built_goes_through_pyst_until_it_can(world: World) -> None:
    world.script("it.py", body="print('plain')\n")
    assert world.run("--yes", "install", "./it.py", "--direct").code == 0
    installed = data_folder(world.home) / "installed" / "it.py"
    shim = data_folder(world.home) / "bin" / "it"

    def start() -> str:
        ended = subprocess.run([shim], env=world.environ, cwd=world.folder, capture_output=True, text=True, timeout=120)
        return ended.stdout

    assert start() == "plain\n"
    installed.write_text(world.script("new.py", "alpha").read_text())
    ended = world.run("trust", "installed:it")
    assert (ended.code, "goes through pyst for now" in ended.err) == (0, True)
    assert start() == ""
    assert b"boot.py" in shim.read_bytes()
    world.index.wheel("alpha", "1.0")
    assert world.run("trust", "installed:it").code == 0
    assert b"boot.py" not in shim.read_bytes() or str(world.root).encode() in shim.read_bytes()
    builds = world.builds()
    assert start() == "alpha 1.0\n"
    assert world.builds() == builds


def test_a_command_of_somebody_else_stays_when_a_script_is_trusted(world: World) -> None:
    world.script("it.py", body="print('plain')\n")
    assert world.run("--yes", "install", "./it.py", "--direct").code == 0
    shim = data_folder(world.home) / "bin" / "it"
    shim.write_text("#!/bin/sh\necho mine\n")
    (data_folder(world.home) / "installed" / "it.py").write_text("print('other')\n")
    ended = world.run("trust", "installed:it")
    assert (ended.code, "is not a file that pyst wrote" in ended.err) == (0, True)
    assert shim.read_text() == "#!/bin/sh\necho mine\n"
    assert world.run("run", "it").out == "other\n"


def test_no_direct_command_rests_on_an_environment_that_is_only_temporary(world: World, tmp_path: Path) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    world.index.wheel("alpha", "1.0")
    world.script("it.py", "alpha")
    shim = data_folder(world.home) / "bin" / "it"
    world.root.mkdir(parents=True, exist_ok=True)
    world.root.chmod(0o777)
    ended = world.run("--yes", "install", "./it.py", "--direct", TMPDIR=str(spare))
    assert (ended.code, "a direct command needs an environment that stays" in ended.err) == (1, True)
    assert not shim.exists()

    world.root.chmod(0o700)
    assert world.run("--yes", "install", "./it.py", "--direct").code == 0
    assert str(world.root).encode() in shim.read_bytes()
    world.root.chmod(0o777)
    with (data_folder(world.home) / "installed" / "it.py").open("a") as file:
        file.write("print('more')\n")
    ended = world.run("trust", "installed:it", TMPDIR=str(spare))
    assert (ended.code, "goes through pyst for now" in ended.err) == (0, True)
    assert str(spare).encode() not in shim.read_bytes()


def test_a_direct_command_of_a_trusted_script_has_the_environment_that_its_runs_have(world: World) -> None:
    world.index.sdist("sdist-only")
    world.script("it.py", "sdist-only", body="import sdist_only, sys\nprint(sys.prefix)\n")
    words = ("--yes", "install", "./it.py", "--no-lock")
    assert world.run(*words, "--direct").code == 101
    assert world.run(*words).code == 0
    assert world.run("trust", "installed:it").code == 0
    ended = world.run(*words, "--direct")
    assert (ended.code, ended.err) == (0, "")
    shim = data_folder(world.home) / "bin" / "it"

    def prefix() -> str:
        return subprocess.run([shim], env=world.environ, capture_output=True, text=True, timeout=60).stdout

    assert prefix() == world.run("run", "installed:it").out != ""
    assert world.run("lock", "installed:it").code == 0
    assert prefix() == world.run("run", "installed:it").out != ""
    with (data_folder(world.home) / "installed" / "it.py").open("a") as file:
        file.write("print('more')\n")
    ended = world.run("trust", "installed:it")
    assert (ended.code, "goes through pyst" in ended.err) == (0, False)
    assert prefix() == world.run("run", "installed:it").out != ""
