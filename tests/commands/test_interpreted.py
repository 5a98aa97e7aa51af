"""What only an interpreter can tell: newer syntax, and a framework's own word on a trusted script."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from pyst.commands.support import interpreted
from pyst.commands.support.interpreted import is_newer
from pyst.environments.spec import Interpreter
from tests.conftest import Home, Pyst
from tests.support.interpreters import interpreters

LOOP = """import argparse, json
parser = argparse.ArgumentParser(description="Made in a loop.")
for name in json.loads('["alpha", "beta"]'):
    parser.add_argument("--" + name, help="set " + name)
open("ran", "w").close()
if __name__ == "__main__":
    print(parser.parse_args())
"""


def imports(home: Home) -> None:
    settings = home.path / ".config" / "pyst" / "pyst.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[core]\nintrospection = "import"\n')


def flags(pyst: Pyst, name: str) -> list[str]:
    interface = pyst("info", name, "--format", "json").detail["interface"]
    return [flag for each in interface["parameters"] for flag in each["flags"] if flag]


def test_a_trusted_script_is_described_by_its_framework(pyst: Pyst, home: Home) -> None:
    home.script("loop", LOOP)
    assert "--alpha" not in flags(pyst, "loop")
    imports(home)
    assert "--alpha" not in flags(pyst, "loop"), "an untrusted script was imported"
    assert pyst("trust", "loop").code == 0
    assert {"--alpha", "--beta"} <= set(flags(pyst, "loop"))
    assert not (home.project / "ran").exists()
    home.script("loop", LOOP.replace('"beta"', '"gamma"'))
    assert "--gamma" not in flags(pyst, "loop"), "trust outlived an edit"


def test_a_project_cannot_ask_for_imports_unless_trusted(pyst: Pyst, home: Home) -> None:
    home.script("loop", LOOP)
    (home.project / ".pyst.toml").write_text('[core]\nintrospection = "import"\n')
    assert pyst("trust", "loop").code == 0
    assert "--alpha" not in flags(pyst, "loop")
    assert pyst("trust", ".").code == 0
    assert "--alpha" in flags(pyst, "loop")


def test_a_script_that_cannot_be_imported_is_shown_as_it_is_written(pyst: Pyst, home: Home) -> None:
    home.script("loop", "import argparse\nraise RuntimeError('no luck')\nargparse.ArgumentParser()\n")
    imports(home)
    pyst("trust", "loop")
    ended = pyst("info", "loop", "--format", "json")
    assert ended.code == 0
    assert [each["code"] for each in ended.json["diagnostics"]] == ["W_INTROSPECTION"]
    assert "no luck" in ended.json["diagnostics"][0]["message"]


PRYING = """import argparse, os, socket, subprocess
def tried(act):
    try:
        return "reached: %s" % (act(),)
    except BaseException as error:
        return "kept out: %s" % type(error).__name__
parser = argparse.ArgumentParser()
parser.add_argument("--file", help=tried(lambda: open({secret!r}).read()))
parser.add_argument("--beside", help=tried(lambda: open({beside!r}).read()))
parser.add_argument("--write", help=tried(lambda: open({beside!r}, "w").close()))
parser.add_argument("--variable", help=tried(lambda: os.environ["API_KEY"]))
parser.add_argument("--network", help=tried(lambda: socket.create_connection(("127.0.0.1", {port}), 5).close()))
parser.add_argument("--program", help=tried(lambda: subprocess.run(["/bin/true"], check=True)))
parser.add_argument("--itself", help=tried(lambda: open(__file__).read()[:6]))
"""


def test_an_import_happens_within_walls(pyst: Pyst, home: Home) -> None:
    secret, beside = home.path / "secret.txt", home.project / "beside.txt"
    secret.write_text("canary")
    beside.write_text("canary")
    imports(home)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        home.script("prying", PRYING.format(secret=str(secret), beside=str(beside), port=port))
        assert pyst("trust", "prying").code == 0
        ended = pyst("info", "prying", "--format", "json", API_KEY="canary")
    helps = {each["flags"][0]: each["help"] for each in ended.detail["interface"]["parameters"] if each["flags"]}
    assert helps.pop("--itself") == "reached: import"
    del helps["--write"]  # a view of its own may take it; the file tells
    assert len(helps) == 5
    assert {name: text for name, text in helps.items() if not text.startswith("kept out: ")} == {}
    assert beside.read_text() == "canary"


@pytest.mark.parametrize(
    ("code", "said", "bound"),
    [
        ("while True: pass", "longer than 1 s", ("MOST_SECONDS", 1.0)),
        (
            "taken = [bytearray(1 << 20) for _ in range(1000)]",
            "emory",
            ("BOUNDS", interpreted.BOUNDS._replace(memory_bytes=500 << 20)),  # as a fork, it begins with that of pytest
        ),
    ],
)
def test_an_import_is_bounded(
    pyst: Pyst, home: Home, monkeypatch: pytest.MonkeyPatch, code: str, said: str, bound: tuple[str, object]
) -> None:
    monkeypatch.setattr(interpreted, *bound)
    home.script("loop", f"import argparse\n{code}\nargparse.ArgumentParser().parse_args()\n")
    imports(home)
    pyst("trust", "loop")
    ended = pyst("info", "loop", "--format", "json")
    assert ended.code == 0
    assert [each["code"] for each in ended.json["diagnostics"]] == ["W_INTROSPECTION"]
    assert said in ended.json["diagnostics"][0]["message"]


def test_without_walls_nothing_is_imported(pyst: Pyst, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    landlock = pytest.importorskip("pyst.confinement.linux.landlock")
    path = home.script("loop", LOOP.replace('open("ran"', f"open({str(home.path / 'ran')!r}"))
    imports(home)
    pyst("trust", "loop")
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    ended = pyst("info", "loop", "--format", "json")
    assert (ended.code, ended.detail["path"]) == (0, str(path))
    assert [each["code"] for each in ended.json["diagnostics"]] == ["W_INTROSPECTION"]
    assert "nothing was run" in ended.json["diagnostics"][0]["message"]
    assert not (home.path / "ran").exists()


@pytest.mark.uv
def test_a_framework_of_its_environment_is_found_within_walls(pyst: Pyst, home: Home) -> None:
    home.script(
        "app",
        "# /// script\n# dependencies = ['click']\n# ///\nimport click\n"
        "def made(name):\n    return click.option('--' + name, help=name)\n"
        "@click.command()\n@made('alpha')\n@made('be' + 'ta')\ndef main(alpha, beta):\n    '''Made.'''\n"
        "if __name__ == '__main__':\n    main()\n",
    )
    imports(home)
    pyst("trust", "app")
    assert {"--alpha", "--beta"} <= set(flags(pyst, "app"))


NEWER = {version: path for version, path in interpreters().items() if version > sys.version_info[:2]}


@pytest.mark.skipif(not NEWER or sys.version_info >= (3, 12), reason="needs a Python that is newer than this one")
def test_newer_syntax_is_read_by_the_scripts_interpreter(pyst: Pyst, home: Home) -> None:
    newest = max(NEWER)
    version = ".".join(map(str, newest))
    home.script(
        "fresh",
        f"# /// script\n# requires-python = '=={version}.*'\n# ///\n"
        "type Number = int\ndef main(n: Number) -> None:\n    '''Count.'''\n    print(n)\n",
    )
    path = f"{Path(NEWER[newest]).parent}:{home.environ['PATH']}"
    ended = pyst("info", "fresh", "--format", "json", PATH=path)
    assert ended.detail["broken"] is None, ended.detail
    assert [each["name"] for each in ended.detail["interface"]["parameters"]] == ["n"]
    ran = pyst("run", "fresh", "42", PATH=path)
    assert (ran.code, ran.out) == (0, "42\n"), ran


def test_what_is_newer() -> None:
    here = "{}.{}".format(*sys.version_info)
    assert not is_newer(Interpreter("p", here + ".99", "cpython", "p"))
    assert is_newer(Interpreter("p", f"{sys.version_info[0]}.{sys.version_info[1] + 1}.0", "cpython", "p"))
    assert not is_newer(Interpreter("p", "3.6.1", "cpython", "p"))
    assert not is_newer(Interpreter("p", "", "", "p"))
