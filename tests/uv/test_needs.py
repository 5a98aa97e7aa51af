"""What can't be had is told: what is missing, why, and the way on."""

from __future__ import annotations

import sys

import pytest

from tests.uv.conftest import World

pytestmark = pytest.mark.uv


def test_offline_what_was_fetched_before_is_enough(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    script = world.script("s.py", "alpha")
    assert world.run("run", "--offline", str(script)).code == 0  # the index is a folder: nothing to fetch


def test_offline_the_missing_package_is_named(world: World) -> None:
    script = world.script("s.py", "idna", "six")
    environ = {"UV_DEFAULT_INDEX": "https://127.0.0.1:9/simple"}
    ended = world.run("run", "--offline", str(script), **environ)
    assert ended.code == 102
    assert "`idna` was not fetched before" in ended.err
    report = world.run("run", "--offline", "--format", "json", str(script), **environ)
    assert '"E_OFFLINE"' in report.out
    assert ended.out == ""


def test_no_such_package(world: World) -> None:
    ended = world.run("run", str(world.script("s.py", "requets")))
    assert ended.code == 1
    assert "no package index knows `requets`" in ended.err
    assert "did you mean `requests`?" in ended.err


def test_a_conflict_is_explained(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.index.wheel("alpha", "2.0")
    world.index.wheel("old", requires=("alpha<2",))
    world.index.wheel("new", requires=("alpha>=2",))
    ended = world.run("run", str(world.script("s.py", "old", "new")))
    assert ended.code == 1
    assert "can't be met together" in ended.err
    assert "alpha>=2" in ended.err
    assert "alpha<2" in ended.err


def test_an_index_that_cannot_be_reached(world: World) -> None:
    script = world.script("s.py", "alpha")
    ended = world.run("run", str(script), UV_DEFAULT_INDEX="http://127.0.0.1:9/simple", UV_HTTP_RETRIES="0")
    assert ended.code == 1
    assert "`http://127.0.0.1:9/simple/alpha/` can't be reached" in ended.err


def test_a_python_that_is_not_there(world: World) -> None:
    script = world.script("s.py", "alpha", more='requires-python = ">=3.99"')
    script.write_text(script.read_text().replace("# requires", "# requires"))
    ended = world.run("run", str(script))
    assert ended.code == 126
    assert "no interpreter was found for Python `>=3.99`" in ended.err
    assert "hint: install it" in ended.err


def test_with_adds_a_requirement(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.index.wheel("beta", "1.0")
    script = world.script("s.py", "alpha", body="import alpha, beta; print(beta.VERSION)")
    assert world.run("run", str(script)).code == 1
    assert world.run("run", "--with", "beta", str(script)) == (0, "1.0\n", "")


@pytest.mark.parametrize(
    ("setting", "version"),
    [
        ('constraint-dependencies = ["alpha<2"]', "1.0"),
        ('override-dependencies = ["alpha==1.0"]', "1.0"),
        ('resolution = "lowest"', "1.0"),
        ('prerelease = "allow"', "3.0rc1"),
        ("", "2.0"),
    ],
)
def test_settings_of_the_block_are_obeyed(world: World, setting: str, version: str) -> None:
    for each in ("1.0", "2.0", "3.0rc1"):
        world.index.wheel("alpha", each)
    script = world.script("s.py", "alpha>0", more=f"[tool.uv]\n{setting}")
    assert world.run("run", str(script)) == (0, f"alpha {version}\n", "")


def test_flags_for_uv(world: World) -> None:
    for each in ("1.0", "2.0"):
        world.index.wheel("alpha", each)
    script = world.script("s.py", body="import alpha, sys; print(alpha.VERSION, sys.executable)")
    ended = world.run("run", "--uv-flags", f"--resolution lowest --with alpha>0 --python {sys.executable}", str(script))
    assert ended.out.startswith(f"1.0 {world.root}"), ended.err
    assert world.run("run", "--uv-flags=--with alpha", str(script)).out.startswith("2.0 ")
    ended = world.run("run", "--uv-flags=--with alpha --frob", str(script))
    assert ended.code == 64
    assert "uv takes no flag `--frob`" in ended.err


def test_from_pypi(world: World) -> None:
    del world.environ["UV_DEFAULT_INDEX"]
    body = "import six, idna; print(six.__name__, idna.encode('é.example').decode())"
    assert world.run("run", str(world.script("s.py", "six", "idna", body=body))) == (0, "six xn--9ca.example\n", "")
