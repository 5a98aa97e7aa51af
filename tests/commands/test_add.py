"""`pyst add` and `pyst remove`."""

from __future__ import annotations

import os

import jsonschema
import pytest

from pyst.commands import add, remove
from tests.conftest import Home, Pyst

BLOCK = '# /// script\n# dependencies = ["six"]  # old\n# ///\nprint(1)\n'


def test_added_and_removed(home: Home, pyst: Pyst) -> None:
    path = home.script("x", BLOCK)
    path.chmod(0o750)
    ended = pyst("add", "--script", "x", "idna", "SIX>=1")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "added     idna\nreplaced  six\n"
    assert path.read_text() == BLOCK.replace('["six"]', '["SIX>=1", "idna"]')
    assert path.stat().st_mode & 0o777 == 0o750
    assert pyst("remove", "--script", "x", "six", "idna").out == "removed  SIX>=1\nremoved  idna\n"
    assert path.read_text() == BLOCK.replace('["six"]', "[]")


def test_a_script_without_a_block_gets_one(home: Home, pyst: Pyst) -> None:
    path = home.script("x", "#!/usr/bin/env python\nprint(1)\n")
    assert pyst("add", "--script", str(path), "six").code == 0
    block = '# /// script\n# dependencies = [\n#     "six",\n# ]\n# ///\n'
    assert path.read_text() == f"#!/usr/bin/env python\n{block}\nprint(1)\n"


def test_what_is_there_is_left_alone(home: Home, pyst: Pyst) -> None:
    path = home.script("x", BLOCK)
    before = path.stat()
    assert pyst("add", "--script", "x", "six").out == f"unchanged {path}\n"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_link_stays_a_link(home: Home, pyst: Pyst) -> None:
    path = home.script("real.py", BLOCK, where="path")
    link = home.script("x", "")
    link.unlink()
    link.symlink_to(path)
    assert pyst("add", "--script", "x", "idna").code == 0
    assert link.is_symlink()
    assert '"idna"' in path.read_text()


def test_a_lock_that_fits_no_more_is_told(home: Home, pyst: Pyst) -> None:
    path = home.script("x", BLOCK)
    path.with_name("x.py.lock").write_text("version = 1\n")
    for ended in (pyst("add", "--script", "x", "idna"), pyst("remove", "--script", "x", "idna")):
        assert ended.code == 0
        assert "doesn't fit the block any more" in ended.err
        assert "fix: pyst lock x" in ended.err
    assert pyst("add", "--script", "x", "six").err == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "six"], 64, "name it by `--script`"),
        (["remove", "six"], 64, "name it by `--script`"),
        (["add", "--script", "x", "six >> 1"], 64, "`six >> 1` is no requirement"),
        (["add", "--script", "x", "idna", "./folder"], 64, "`./folder` is no requirement"),
        (["remove", "--script", "x", "sixx"], 1, "did you mean `six`?"),
        (["add", "--script", "y", "six"], 127, "y"),
    ],
)
def test_what_cannot_be_done_changes_nothing(home: Home, pyst: Pyst, words: list[str], code: int, said: str) -> None:
    path = home.script("x", BLOCK)
    ended = pyst(*words)
    assert ended.code == code
    assert said in ended.err
    assert path.read_text() == BLOCK


def test_a_broken_block_is_refused(home: Home, pyst: Pyst) -> None:
    path = home.script("x", "# /// script\n# dependencies = [\n# ///\n")
    before = path.read_bytes()
    ended = pyst("add", "--script", "x", "six")
    assert ended.code == 1
    assert f"{path}:" in ended.err
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["x.py"]


def test_the_data_fit_their_schemas(home: Home, pyst: Pyst) -> None:
    home.script("x", BLOCK)
    jsonschema.validate(pyst("add", "--script", "x", "idna", "--format", "json").detail, add.DETAIL)
    jsonschema.validate(pyst("remove", "--script", "x", "idna", "--format", "json").detail, remove.DETAIL)
