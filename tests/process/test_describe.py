"""The scripts that run in a script's own interpreter: the `import` mode, and reading newer syntax."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pyst
from pyst.scripts.introspect import Unparsable, read_interface
from tests.support.interpreters import interpreters

INSIDE = Path(pyst.__file__).parent / "inside"


def run(program: str, *words: str, python: str = sys.executable) -> tuple[int, list[dict[str, Any]], str]:
    command = [python, "-I", str(INSIDE / program), *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


def test_an_app_is_described_and_never_started(tmp_path: Path) -> None:
    script = tmp_path / "tool.py"
    script.write_text(
        "import argparse\nprint('noise')\nparser = argparse.ArgumentParser(description='Do.')\n"
        "parser.add_argument('--n', type=int, default=3 + len('x'))\nparser.parse_args()\n"
        f"open({str(tmp_path / 'started')!r}, 'w')\n"
    )
    code, (answer,), _ = run("describe.py", str(script))
    assert code == 0
    assert answer["interface"]["framework"] == "argparse"
    (parameter,) = answer["interface"]["parameters"]
    assert (parameter["flags"], parameter["default"], parameter["type"]) == (["--n"], 4, "int")
    assert not (tmp_path / "started").exists()


def test_the_shape_is_that_of_an_interface(tmp_path: Path) -> None:
    script = tmp_path / "tool.py"
    script.write_text("import click\n@click.command()\n@click.option('--x')\ndef cli(x): pass\n")
    _, (answer,), _ = run("describe.py", str(script))
    static = read_interface(script.read_bytes(), str(script)).to_json()
    assert list(answer["interface"]) == list(static)
    assert list(answer["interface"]["parameters"][0]) == list(static["parameters"][0])


def test_a_script_that_fails_is_an_error_line_and_the_next_one_is_described(tmp_path: Path) -> None:
    names = ("raises", "exits", "nothing", "good")
    texts = ("1 / 0", "raise SystemExit(3)", "pass", "import argparse\nargparse.ArgumentParser().parse_args()")
    for name, text in zip(names, texts, strict=True):
        (tmp_path / f"{name}.py").write_text(text + "\n")
    code, answers, stderr = run("describe.py", *(str(tmp_path / f"{name}.py") for name in names))
    assert code == 1
    assert [bool(each.get("error")) for each in answers] == [True, True, True, False]
    assert "ZeroDivisionError" in answers[0]["error"]
    assert stderr == ""


@pytest.mark.parametrize("python", interpreters().values(), ids=lambda path: path.split("/")[-3])
def test_describing_works_on_every_python(tmp_path: Path, python: str) -> None:
    script = tmp_path / "tool.py"
    script.write_text(
        "import argparse\n\ndef main():\n    parser = argparse.ArgumentParser(description='Do.')\n"
        "    sub = parser.add_subparsers()\n    go = sub.add_parser('go', help='Go.')\n"
        "    go.add_argument('n', type=int, nargs='*')\n"
        "    parser.parse_args()\n\nif __name__ == '__main__':\n    main()\n"
    )
    code, (answer,), stderr = run("describe.py", str(script), python=python)
    assert (code, stderr) == (0, "")
    static = read_interface(script.read_bytes(), str(script)).to_json()
    assert answer["interface"] == static


def test_reading_by_another_interpreter_is_the_same(tmp_path: Path) -> None:
    script = tmp_path / "tool.py"
    script.write_text("async def main(x: int, *, y: bool = False):\n    '''Do.'''\n")
    code, (answer,), _ = run("parse.py", str(script))
    assert code == 0
    assert answer["entry"] == {"calls_main": True, "is_async": True}
    assert answer["interface"] == read_interface(script.read_bytes(), str(script)).to_json()


def test_what_no_interpreter_reads_is_broken(tmp_path: Path) -> None:
    script = tmp_path / "tool.py"
    script.write_text("x = 1\ndef (:\n")
    for python in (sys.executable, next(iter(interpreters().values()))):
        code, (answer,), _ = run("parse.py", str(script), python=python)
        assert code == 0
        assert answer["broken"]["code"] == "E_SYNTAX"


NEWER = {
    (3, 12): "type Name = str\ndef main[T](x: Name, y: str = f'{'a'}'): '''Do.'''\n",
    (3, 14): "def main(x: str):\n    '''Do.'''\n    return t'{x}'\n",
}


@pytest.mark.parametrize("version", NEWER, ids=lambda version: f"{version[0]}.{version[1]}")
def test_newer_syntax_is_read_by_a_newer_interpreter(tmp_path: Path, version: tuple[int, int]) -> None:
    newer = [path for found, path in interpreters().items() if found >= version]
    if not newer:
        pytest.skip("no interpreter of that version here")
    script = tmp_path / "tool.py"
    script.write_text(NEWER[version])
    if sys.version_info < version:
        with pytest.raises(Unparsable):
            read_interface(script.read_bytes(), str(script))
    _, (answer,), _ = run("parse.py", str(script), python=newer[-1])
    assert answer["entry"]["calls_main"] is True
    assert [each["name"] for each in answer["interface"]["parameters"]][:1] == ["x"]
