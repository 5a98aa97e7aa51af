"""What an answer about interpreters rests on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyst.environments import interpreters
from pyst.environments.spec import Interpreter
from pyst.hotpath import time_of
from pyst.system.uv import Uv
from pyst.system.witness import Witness


def test_a_folder_that_changes_while_the_answer_is_read_does_not_pass_for_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    os.utime(folder, ns=(10**18, 10**18))

    def changes_meanwhile(*_: object) -> Interpreter:
        (folder / "python3").touch()
        return Interpreter("/usr/bin/python3", "3.12.0", "cpython", "/usr/bin/python3.12")

    monkeypatch.setattr(interpreters, "_read", changes_meanwhile)
    witness = Witness()
    uv = Uv({"PATH": str(folder), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "none")})
    interpreters.find_interpreter(None, "", root=str(tmp_path), uv=uv, cwd=str(tmp_path), witness=witness)
    assert witness.times[str(folder)] == 10**18 != time_of(str(folder))
