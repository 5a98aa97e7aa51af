"""The key of an environment: equal for equal needs, whatever the text looks like, and for nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyst
from pyst.environments.spec import EnvSpec, Interpreter, make_spec, wanted_python
from pyst.scripts.metadata import parse_metadata
from pyst.scripts.script import Metadata

PYTHON = Interpreter("/usr/bin/python3.12", "3.12.1", "cpython", "/usr/bin/python3.12", "cpython-312-x86_64")


def spec(source: str, path: str = "/p/s.py", **more: Any) -> EnvSpec:
    return make_spec(parse_metadata(source, path), PYTHON, script_path=path, **more)


def block(*lines: str) -> str:
    return "\n".join(["# /// script", *(f"# {each}" for each in lines), "# ///", ""])


BASE = block('requires-python = ">=3.9"', 'dependencies = ["six>=1", "idna"]', "[tool.uv]", 'resolution = "highest"')
SAME = {
    "order and spelling": block(
        "# a comment",
        "dependencies = [",
        "  'IDNA',   # first",
        '  "six >= 1",',
        "]",
        'requires-python = ">= 3.9"',
        'tool.uv.resolution = "highest"',
    ),
    "said twice": block(
        'requires-python = ">=3.9"',
        'dependencies = ["six>=1", "idna", "Idna", "six>= 1"]',
        'tool = { uv = { resolution = "highest" } }',
    ),
    "the code around it": "#!/usr/bin/env python\n" + BASE + "print('other')\n",
    "other tools": BASE.replace("# ///\n", "# [tool.black]\n# line-length = 3\n# ///\n"),
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME.keys())
def test_what_does_not_count(source: str) -> None:
    assert spec(source).key == spec(BASE).key


def test_the_place_of_the_script_does_not_count() -> None:
    assert spec(BASE, "/p/s.py").key == spec(BASE, "/elsewhere/other.py").key


DIFFERENT = {
    "a requirement": BASE.replace("idna", "attrs"),
    "a version": BASE.replace("six>=1", "six>=1.1"),
    "one less": BASE.replace(', "idna"', ""),
    "requires-python": BASE.replace(">=3.9", ">=3.10"),
    "no requires-python": BASE.replace('# requires-python = ">=3.9"\n', ""),
    "a setting": BASE.replace("highest", "lowest"),
    "no setting": BASE.replace('# resolution = "highest"\n', ""),
}


@pytest.mark.parametrize("source", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_counts_in_the_block(source: str) -> None:
    assert spec(source).key != spec(BASE).key


@pytest.mark.parametrize(
    "more",
    [
        {"lock": b"version = 1\n"},
        {"flags": ("--resolution", "lowest")},
        {"settings": (("UV_DEFAULT_INDEX", "https://i.example"),)},
        {"allow_build": True},
        {"with_requirements": ("attrs",)},
    ],
    ids=str,
)
def test_what_counts_beside_the_block(more: dict[str, Any]) -> None:
    assert spec(BASE, **more).key != spec(BASE).key


@pytest.mark.parametrize("field", ["version", "implementation", "real_path", "platform"])
def test_the_interpreter_counts(field: str) -> None:
    other = PYTHON._replace(**{field: "other"})
    assert spec(BASE)._replace(interpreter=other).key != spec(BASE).key


def test_the_name_of_the_interpreter_does_not_count() -> None:
    assert spec(BASE)._replace(interpreter=PYTHON._replace(path="/link/python")).key == spec(BASE).key


def test_a_requirement_given_twice_is_the_script_s() -> None:
    assert spec(BASE, with_requirements=("SIX >=1",)).key == spec(BASE).key


def test_how_packages_are_fetched_does_not_count() -> None:
    assert spec(BASE, flags=("--offline", "-v", "--no-cache")).key == spec(BASE).key


def test_needs_are_the_script_s_alone() -> None:
    one, other = spec(BASE), spec(BASE, with_requirements=("attrs",), flags=("--offline",), allow_build=True)
    assert one.needs == other._replace(interpreter=PYTHON._replace(version="3.13.0")).needs
    assert one.needs != spec(BASE, lock=b"x").needs


RELATIVE = [
    'sources.six = { path = "lib/six" }',
    'sources.six = { path = "../p/six" }',
    'sources.six = [{ path = "lib/six", marker = "os_name == \'nt\'" }]',
    'index = [{ url = "./simple" }]',
    'find-links = ["wheels"]',
    'constraint-dependencies = ["idna @ ./idna.whl"]',
]


@pytest.mark.parametrize("setting", RELATIVE)
def test_relative_sources_bind_to_the_folder(setting: str) -> None:
    source = BASE.replace('resolution = "highest"', setting)
    assert spec(source, "/p/s.py").key != spec(source, "/q/s.py").key
    assert spec(source).script == "/p/s.py"
    assert "/p/" in str(spec(source, "/p/s.py").tool)


def test_absolute_sources_do_not() -> None:
    source = BASE.replace('resolution = "highest"', 'sources.six = { path = "/lib/six" }')
    assert spec(source, "/p/s.py").key == spec(source, "/q/s.py").key


@pytest.mark.parametrize(
    ("own", "lock", "wanted"),
    [
        (None, None, ""),
        (">=3.9", b'requires-python = ">=3.12"', ">=3.9"),
        (None, b'version = 1\nrequires-python = ">=3.12"\n', ">=3.12"),
        (None, b"\xff\x00 garbage", ""),
    ],
)
def test_the_python_of_a_lock_stands_in(own: str | None, lock: bytes | None, wanted: str) -> None:
    assert wanted_python(Metadata(own, (), {}, "", 1), lock) == wanted


def test_nothing_asked_for_is_the_plain_interpreter() -> None:
    assert make_spec(None, PYTHON).is_plain
    assert spec(block('requires-python = ">=3.9"')).is_plain
    assert not spec(block(), with_requirements=("six",)).is_plain


SCALARS = st.one_of(st.text(max_size=5), st.integers(-5, 5), st.booleans(), st.floats(-3, 3))
TABLES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), TABLES, max_size=4))
def test_the_order_of_a_table_does_not_count(table: dict[str, Any]) -> None:
    def reversed_all(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: reversed_all(value[key]) for key in reversed(value)}
        return [reversed_all(each) for each in value] if isinstance(value, list) else value

    one = make_spec(Metadata(None, ("six",), {"uv": table}, "", 1), PYTHON)
    other = make_spec(Metadata(None, ("six",), {"uv": reversed_all(table)}, "", 1), PYTHON)
    assert one.key == other.key


@given(TABLES, TABLES)
def test_different_tables_have_different_keys(one: Any, other: Any) -> None:
    keys = [make_spec(Metadata(None, ("six",), {"uv": {"x": each}}, "", 1), PYTHON).key for each in (one, other)]
    assert (keys[0] == keys[1]) == (ascii(_plain(one)) == ascii(_plain(other)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def test_the_key_is_the_same_in_every_process() -> None:
    source = BASE.replace("idna", "idnä-ẞ☃")
    code = (
        "import sys; from pyst.environments.spec import *; from pyst.scripts.metadata import parse_metadata;"
        f"p = Interpreter(*{tuple(PYTHON)!r}); print(make_spec(parse_metadata({source!r}, ''), p).key)"
    )
    folder = str(Path(pyst.__file__).parents[1])
    keys = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": folder, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert keys == {spec(source, "").key}
