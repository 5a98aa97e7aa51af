"""`pyst which`."""

from __future__ import annotations

import jsonschema

from pyst.commands import which as command
from tests.conftest import Home, Pyst


def test_the_path_alone_is_printed(home: Home, pyst: Pyst) -> None:
    path = home.script("db/backup", "")
    ended = pyst("which", "db/backup")
    assert (ended.code, ended.out, ended.err) == (0, f"{path}\n", "")
    assert pyst("which", "project:db/backup").out == ended.out


def test_all_prints_what_it_hides(home: Home, pyst: Pyst) -> None:
    near, far = home.script("x", ""), home.script("x", "", where="global")
    assert pyst("which", "--all", "x").out.split() == [str(near), str(far)]
    assert pyst("which", "global:x").out.split() == [str(far)]


def test_the_data_fit_their_schema(home: Home, pyst: Pyst) -> None:
    home.script("x", "")
    detail = pyst("which", "x", "--format", "json").detail
    jsonschema.validate(detail, command.DETAIL)
    assert detail["selector"] == "project:x"


def test_an_unknown_name_is_127_with_near_misses(home: Home, pyst: Pyst) -> None:
    home.script("deploy", "")
    ended = pyst("which", "deplyo")
    assert ended.code == 127
    assert "there is no script `deplyo`" in ended.err
    assert "did you mean `deploy`?" in ended.err
    failed = pyst("which", "deplyo", "--format", "json")
    assert failed.json["diagnostics"][0]["code"] == "E_NOT_FOUND"


def test_a_name_that_looks_like_an_option(home: Home, pyst: Pyst) -> None:
    path = home.script("-rf", "")
    assert pyst("which", "-rf").code == 64
    assert pyst("which", "--", "-rf").out == f"{path}\n"
    assert pyst("which", ".pyst/-rf.py").out == f"{path}\n"


def test_a_disabled_script_has_a_path(home: Home, pyst: Pyst) -> None:
    path = home.script("x", "")
    (home.project / ".pyst.toml").write_text("[contexts.default]\nenabled = []\n")
    assert pyst("which", "x").out == f"{path}\n"


def test_global_precedence(home: Home, pyst: Pyst) -> None:
    home.script("x", "")
    far = home.script("x", "", where="global")
    assert pyst("which", "x", PYST_PRECEDENCE="global").out == f"{far}\n"
