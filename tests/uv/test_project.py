"""Scripts without a block in projects, with real uv: a trusted project's own environment, what any other declares."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pyst.system.uv import find_uv
from tests.uv.conftest import World

pytestmark = pytest.mark.uv


class Checkout:
    """A project whose package and backend tell when their code is run by others than the script."""

    def __init__(self, world: World, mark: Path) -> None:
        self.world, self.mark, self.folder = world, mark, world.folder
        world.index.wheel("alpha", "1.0")
        world.index.wheel("alpha", "2.0")
        world.index.wheel("tester", "1.0")
        self.declare()
        (self.folder / "backend.py").write_text(BACKEND.replace("MARK", repr(str(mark))))
        self.script = self.folder / "tools" / "s.py"
        self.script.parent.mkdir()
        self.script.write_text("import alpha, tester, sys\nprint(alpha.VERSION, tester.VERSION, sys.prefix)\n")

    def declare(self, alpha: str = "alpha", more: str = "") -> None:
        (self.folder / "pyproject.toml").write_text(
            '[project]\nname = "proj"\nversion = "1"\nrequires-python = ">=3.8"\n'
            f'dependencies = ["{alpha}"]\n[dependency-groups]\ndev = ["tester"]\n{more}'
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        )

    def lock(self) -> None:
        words = [find_uv({}), "lock", "--quiet", "--python", sys.executable]
        subprocess.run(words, cwd=self.folder, env=self.world.environ, check=True)
        self.mark.unlink(missing_ok=True)

    def plant(self, at: str = ".venv") -> None:
        """An environment that came with the checkout."""
        python = self.folder / at / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\ntouch {self.mark}\necho planted\n")
        python.chmod(0o755)
        (self.folder / at / "pyvenv.cfg").write_text("home = /usr/bin\n")


BACKEND = """
import zipfile, os
def build_wheel(folder, config_settings=None, metadata_directory=None):
    open(MARK, "w").close()
    info = "proj-1.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, "proj-1-py3-none-any.whl"), "w") as archive:
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: proj\\nVersion: 1\\nRequires-Dist: alpha\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", f"{info}METADATA,,\\n{info}WHEEL,,\\n{info}RECORD,,\\n")
    return "proj-1-py3-none-any.whl"
build_editable = build_wheel
"""


@pytest.fixture
def checkout(world: World, tmp_path: Path) -> Checkout:
    return Checkout(world, tmp_path / "foreign-code-ran")


def test_untrusted_what_is_declared_without_running_anything(world: World, checkout: Checkout) -> None:
    checkout.plant()
    checkout.plant(".pyst/venv")
    ended = world.run("run", str(checkout.script))
    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"2.0 1.0 {world.root}")
    assert not checkout.mark.exists()


def test_untrusted_the_lock_is_obeyed(world: World, checkout: Checkout) -> None:
    checkout.declare("alpha<2")
    checkout.lock()
    checkout.declare("alpha")
    lock = (checkout.folder / "uv.lock").read_bytes()
    ended = world.run("run", str(checkout.script))
    assert ended.out.startswith(f"1.0 1.0 {world.root}"), ended.err
    assert not checkout.mark.exists()
    assert (checkout.folder / "uv.lock").read_bytes() == lock
    assert not (checkout.folder / ".venv").exists()


def test_untrusted_indexes_and_sources_are_refused(world: World, checkout: Checkout) -> None:
    checkout.declare(more='[tool.uv.sources]\nalpha = { path = "alpha" }\n')
    assert world.run("run", str(checkout.script)).code == 101
    checkout.declare(more='[[tool.uv.index]]\nurl = "https://evil.example/simple"\n')
    refused = world.run("run", str(checkout.script))
    assert refused.code == 101
    assert "indexes of its own" in refused.err


def test_trusted_the_project_s_own_is_built_and_used(world: World, checkout: Checkout) -> None:
    assert world.run("trust", ".").code == 0
    ended = world.run("run", str(checkout.script))
    assert ended.out == f"2.0 1.0 {checkout.folder / '.venv'}\n", ended.err
    assert checkout.mark.exists()  # its backend built it
    builds = world.builds()
    assert world.run("run", str(checkout.script)).out == ended.out
    assert world.builds() == builds
    assert not (checkout.folder / "uv.lock").exists()


def test_trusted_the_project_s_lock_is_obeyed(world: World, checkout: Checkout) -> None:
    checkout.declare("alpha<2")
    checkout.lock()
    assert world.run("trust", ".").code == 0
    assert world.run("run", str(checkout.script)).out == f"1.0 1.0 {checkout.folder / '.venv'}\n"
    checkout.declare("alpha>=2")
    assert world.run("trust", ".").code == 0
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    ended = world.run("run", str(checkout.script))
    assert ended.code == 1
    assert "fix: uv lock" in ended.err


def test_trusted_a_ready_environment_is_used(world: World, checkout: Checkout) -> None:
    assert world.run("trust", ".").code == 0
    checkout.plant(".pyst/venv")
    assert world.run("run", str(checkout.script)).out == "planted\n"


def test_trusted_a_broken_environment_is_mended(world: World, checkout: Checkout) -> None:
    assert world.run("trust", ".").code == 0
    assert world.run("run", str(checkout.script)).code == 0
    python = checkout.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere")
    assert world.run("run", str(checkout.script)).out == f"2.0 1.0 {checkout.folder / '.venv'}\n"


def test_the_user_names_an_environment(world: World, checkout: Checkout, tmp_path: Path) -> None:
    venv = tmp_path / "my-venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    checkout.script.write_text("import sys; print(sys.prefix)")
    assert world.run("run", str(checkout.script), PYST_ENV=str(venv)).out == f"{venv}\n"
    refused = world.run("run", str(checkout.script), PYST_ENV=str(tmp_path / "none"))
    assert refused.code == 126
    assert "`PYST_ENV` names" in refused.err


def test_the_python_version_file_is_honoured(world: World, checkout: Checkout) -> None:
    (checkout.folder / ".python-version").write_text("3.99\n")
    ended = world.run("run", str(checkout.script))
    assert ended.code == 126
    assert "3.99" in ended.err


def test_a_path_in_the_python_version_file_is_not(world: World, checkout: Checkout) -> None:
    checkout.plant("evil")
    (checkout.folder / ".python-version").write_text(f"{checkout.folder}/evil/bin/python\n")
    assert world.run("run", str(checkout.script)).code == 0
    assert not checkout.mark.exists()


def test_a_script_elsewhere_is_not_the_project_s(world: World, checkout: Checkout, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("import sys; print('alpha' in sys.modules, sys.prefix == sys.base_prefix)")
    assert world.run("run", str(other)) == (0, "False True\n", "")


def test_a_script_with_a_block_is_on_its_own(world: World, checkout: Checkout) -> None:
    script = world.script("tools/own.py", "alpha<2", body="import alpha; print(alpha.VERSION)")
    assert world.run("run", str(script)) == (0, "1.0\n", "")


def test_a_broken_project_file_is_told(world: World, checkout: Checkout) -> None:
    (checkout.folder / "pyproject.toml").write_text("[project\n")
    ended = world.run("run", str(checkout.script))
    assert ended.code == 1
    assert "pyproject.toml" in ended.err
    assert "Traceback" not in ended.err
