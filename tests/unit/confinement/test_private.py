"""Private folders of the basic tier: made although another run takes them for left behind."""

from __future__ import annotations

import os
import shutil

import pytest

from pyst.confinement import private


@pytest.mark.parametrize("moment", ["mkdir", "open"])
def test_a_folder_that_another_run_removes_is_made_anew(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = getattr(os, moment)
    taken: list[str] = []

    def then_it_is_gone(path: str, *rest: int, **more: int) -> int | None:
        answer: int | None = real(path, *rest, **more)
        if not taken and path.startswith(private.base()):
            taken.append(path)
            shutil.rmtree(path)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(os, moment, then_it_is_gone)
        path, held = private.make(os.getpid())
    os.close(held)
    assert taken
    assert path not in taken
    assert os.listdir(path) == ["home"]
    private.remove(path)
    assert not os.path.exists(path)
