"""What lies in a stranger's checkout is neither run nor obeyed; what the user configured is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.wheels import Index, source_tree
from tests.uv.conftest import World

pytestmark = pytest.mark.uv


@pytest.fixture
def evil(world: World, tmp_path: Path) -> tuple[str, Path]:
    """An index with other packages of the same names, and a mark that planted programs leave."""
    index = Index(tmp_path / "evil")
    index.wheel("alpha", "6.66")
    return index.url, tmp_path / "planted-ran"


def plant(folder: Path, url: str, mark: Path) -> None:
    """All that uv would look for, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = f"#!/bin/sh\ntouch {mark}\nexit 1\n"
    for path in (".venv/bin/python", ".venv/bin/python3", "uv", "python3", "python"):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(program)
        file.chmod(0o755)
    (folder / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.12.0\n")
    (folder / "uv.toml").write_text(f'[[index]]\nurl = "{url}"\ndefault = true\n')
    (folder / "pyproject.toml").write_text(f'[[tool.uv.index]]\nurl = "{url}"\ndefault = true\n')
    (folder / ".python-version").write_text("2.7\n")
    (folder / ".env").write_text(f"UV_DEFAULT_INDEX={url}\nPYST_UV={folder}/uv\n")
    for name in ("json", "hashlib", "packaging", "tomllib"):
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")


def test_planted_files_are_neither_run_nor_obeyed(world: World, evil: tuple[str, Path]) -> None:
    world.index.wheel("alpha", "1.0")
    script = world.script("repo/scripts/s.py", "alpha")
    for folder in (world.folder, script.parents[1], script.parent):
        plant(folder, *evil)
    for cwd in (script.parent, script.parents[1]):
        ended = world.run("run", str(script), cwd=cwd, PATH=f".:{world.environ['PATH']}")
        assert ended == (0, "alpha 1.0\n", "")
    assert not evil[1].exists()


def test_a_cache_below_a_planted_folder(world: World, evil: tuple[str, Path]) -> None:
    world.index.wheel("alpha", "1.0")
    plant(world.folder, *evil)
    cache = world.folder / "cache"
    ended = world.run("run", str(world.script("s.py", "alpha")), XDG_CACHE_HOME=str(cache))
    assert ended == (0, "alpha 1.0\n", "")
    assert cache.is_dir()
    assert not evil[1].exists()


def test_an_activated_environment_does_not_leak_in(world: World, evil: tuple[str, Path]) -> None:
    world.index.wheel("alpha", "1.0")
    plant(world.folder, *evil)
    venv = str(world.folder / ".venv")
    more = {"VIRTUAL_ENV": venv, "CONDA_PREFIX": venv, "UV_PROJECT_ENVIRONMENT": venv, "PYTHONPATH": str(world.folder)}
    world.ensure(world.script("s.py", "alpha"))  # PYTHONPATH is for the script, so it is not run here
    world.environ.update(more)
    world.log.unlink()
    other = world.script("t.py", "alpha>=1")
    assert world.ensure(other).path is not None
    assert not evil[1].exists()


def test_the_user_s_own_configuration_counts(world: World, tmp_path: Path) -> None:
    del world.environ["UV_DEFAULT_INDEX"]
    world.index.wheel("alpha", "1.0")
    config = world.home.path / ".config" / "uv" / "uv.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[[index]]\nurl = "{world.index.url}"\ndefault = true\n')
    script = world.script("s.py", "alpha")
    assert world.run("run", str(script)) == (0, "alpha 1.0\n", "")
    other = Index(tmp_path / "other")
    other.wheel("alpha", "3.0")
    config.write_text(f'[[index]]\nurl = "{other.url}"\ndefault = true\n')
    assert world.run("run", str(script)) == (0, "alpha 3.0\n", "")


def trusted(world: World, script: Path) -> None:
    assert world.run("trust", str(script)).code == 0


def test_an_sdist_is_built_only_when_trusted(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "built"
    world.index.sdist("gamma", mark=mark)
    script = world.script("s.py", "gamma")
    refused = world.run("run", str(script))
    assert refused.code == 101
    assert "`gamma` has no wheel" in refused.err
    assert "pyst trust" in refused.err
    assert not mark.exists()
    trusted(world, script)
    assert world.run("run", str(script)) == (0, "gamma 1.0\n", "")
    assert mark.read_text() == "built\n"


def test_the_block_cannot_allow_itself_to_build(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "built"
    world.index.sdist("gamma", mark=mark)
    for setting in ("no-build = false", "no-binary = true", 'no-build-isolation-package = ["gamma"]'):
        script = world.script("s.py", "gamma", more=f"[tool.uv]\n{setting}")
        assert world.run("run", str(script)).code == 101
    assert not mark.exists()


def test_a_path_source_only_when_trusted_and_relative_to_the_script(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "built"
    source_tree(world.folder / "lib" / "local-package", "local-package", "7.0", mark=mark)
    more = '[tool.uv.sources]\nlocal-package = { path = "../lib/local-package" }'
    script = world.script("scripts/s.py", "local-package", more=more)
    refused = world.run("run", str(script))
    assert (refused.code, mark.exists()) == (101, False)
    assert "`local-package` is taken from a path" in refused.err
    trusted(world, script)
    assert world.run("run", str(script), cwd=world.home.path) == (0, "local_package 7.0\n", "")
    assert mark.exists()
    assert world.run("lock", str(script)).code == 0
    assert 'directory = "../lib/local-package"' in Path(f"{script}.lock").read_text()
    assert world.run("run", str(script)) == (0, "local_package 7.0\n", "")
    assert sorted(os.listdir(script.parent)) == ["s.py", "s.py.lock"]


def test_an_index_of_the_script_only_when_trusted(world: World, evil: tuple[str, Path]) -> None:
    world.index.wheel("alpha", "1.0")
    script = world.script("s.py", "alpha", more=f'[[tool.uv.index]]\nurl = "{evil[0]}"\ndefault = true')
    refused = world.run("run", str(script))
    assert refused.code == 101
    assert "`index`" in refused.err
    trusted(world, script)
    assert world.run("run", str(script), UV_DEFAULT_INDEX="") == (0, "alpha 6.66\n", "")


def test_trust_in_a_project_does_not_cover_one_inside_it(world: World, tmp_path: Path) -> None:
    """Its files were never hashed: it may have come, or changed, after the trust was given."""
    top, mark = world.folder / "repo", tmp_path / "planted-ran"
    inner = top / "inner"
    inner.mkdir(parents=True)
    (top / ".pyst.toml").touch()
    (top / "pyproject.toml").write_text('[project]\nname = "top"\nversion = "1"\n')
    assert world.run("trust", str(top))[0] == 0
    (inner / "pyproject.toml").write_text(
        '[project]\nname = "inner"\nversion = "1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "planted"\nbackend-path = ["."]\n'
    )
    (inner / "planted.py").write_text(f"open({str(mark)!r}, 'w')\n")
    program = inner / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    script = inner / "s.py"
    script.write_text("print('ran')\n")
    assert world.run("run", str(script), cwd=top) == (0, "ran\n", "")
    (inner / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.12.0\n")
    assert world.run("run", str(script), cwd=top) == (0, "ran\n", "")
    assert not mark.exists()


def test_environments_in_a_folder_that_others_may_write_to_are_not_believed(world: World, tmp_path: Path) -> None:
    world.index.wheel("alpha", "1.0")
    script = world.script("s.py", "alpha")
    spare = tmp_path / "spare"
    spare.mkdir()
    assert world.run("run", str(script), TMPDIR=str(spare)) == (0, "alpha 1.0\n", "")
    planted = world.root / world.spec(script).key / "lib"
    next(planted.rglob("alpha*/__init__.py"), next(planted.rglob("alpha.py"), planted)).write_text("VERSION = 6.66\n")
    world.root.chmod(0o777)
    code, out, err = world.run("run", str(script), TMPDIR=str(spare))
    assert (code, out) == (0, "alpha 1.0\n")
    assert f"warning: the cache folder `{world.root}` can be written by others" in err
    assert list(spare.glob("pyst-*/environments-v*/*/bin/python"))
