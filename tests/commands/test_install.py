"""`pyst install`, `update` and `uninstall`: what is shown, asked, refused; what is there afterwards."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyst.app import App
from pyst.cli.main import main
from pyst.sharing.manifest import Installed, read_manifest
from pyst.system.digest import sha256
from tests.conftest import Ended, Home, Pyst
from tests.support.installed import data_folder

HELLO = '"""Say hello."""\nprint("hello")\n'
ASKS = '# /// script\n# [tool.pyst.permissions]\n# {}\n# ///\n"""Ask."""\nprint("asks")\n'

Terminal = Callable[..., Ended]


@pytest.fixture
def source(home: Home) -> Path:
    """A script outside of all script folders."""
    return home.script("hello.py", HELLO, where="path")


@pytest.fixture
def terminal(home: Home) -> Terminal:
    """`terminal("install", …, answers="y\\n")`: the same with a person there."""

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    def call(*words: str, answers: str = "") -> Ended:
        out, err = Screen(), Screen()

        def make_app(**given: Any) -> App:
            environ = {**home.environ, "TERM": "dumb"}
            return App(environ=environ, cwd=str(home.project), stdin=Screen(answers), stdout=out, stderr=err, **given)

        code = main(list(words), make_app)
        return Ended(code, out.getvalue(), err.getvalue())

    return call


def entry_of(home: Home, name: str = "hello") -> Installed | None:
    return read_manifest(str(data_folder(home) / "manifest.json")).scripts.get(name)


def everything(home: Home) -> dict[str, bytes | None]:
    """All files and folders of the data, but for locks."""
    data = data_folder(home)
    found = {str(each.relative_to(data)): each for each in data.rglob("*") if each.name != "manifest.lock"}
    return {name: path.read_bytes() if path.is_file() else None for name, path in found.items()}


def code_of(ended: Ended) -> str:
    return str(ended.json["diagnostics"][0]["code"])


def test_a_file_is_installed_and_runs_by_its_name(pyst: Pyst, home: Home, source: Path) -> None:
    ended = pyst("install", "--yes", "./hello.py")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"installed  hello  {source}\n  command    {data_folder(home)}/bin/hello\n")
    assert "not on PATH" in ended.out
    entry = entry_of(home)
    assert entry is not None
    assert (entry.source, entry.pinned, entry.commit, entry.ref) == (str(source), str(source), None, "")
    assert (entry.sha256, entry.size_bytes) == (sha256(HELLO.encode()), len(HELLO))
    assert entry.installed_at == entry.updated_at > 1_700_000_000
    assert (entry.lock_sha256, entry.requirements, dict(entry.permissions)) == (None, (), {})
    assert pyst("run", "installed:hello").out == "hello\n"
    done = subprocess.run([data_folder(home) / "bin" / "hello"], env=home.environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "hello\n")


def test_without_a_terminal_it_needs_a_yes(pyst: Pyst, home: Home, source: Path) -> None:
    ended = pyst("install", "./hello.py", "--format", "json")
    assert (ended.code, code_of(ended)) == (64, "E_CONFIRM")
    assert everything(home) == {}


def test_a_person_is_shown_what_it_is_and_asked(terminal: Terminal, home: Home, source: Path) -> None:
    ended = terminal("install", "./hello.py", answers="n\n")
    assert ended.code == 1
    assert "Say hello." in ended.err
    assert f"  from           {source}" in ended.err
    assert "  requires       nothing" in ended.err
    assert "Install `hello`? [yes/code/no]" in ended.err
    assert ended.out.startswith("declined  hello")
    assert everything(home) == {}
    assert terminal("install", "./hello.py", answers="y\n").code == 0
    assert entry_of(home) is not None


def test_the_code_is_shown_on_wish(terminal: Terminal, home: Home, source: Path) -> None:
    ended = terminal("install", "./hello.py", answers="code\ny\n")
    assert ended.code == 0
    assert '    1  """Say hello."""\n    2  print("hello")\n' in ended.err


def test_nobody_can_scroll_away_what_matters(terminal: Terminal, home: Home) -> None:
    home.script("long.py", f'"""{"Long " * 9999}."""\n', where="path")
    ended = terminal("install", "./long.py", answers="n\n")
    assert len(ended.err) < 3000
    assert "more characters)" in ended.err
    home.script("long.py", "\n".join(f"x = {number}" for number in range(5000)), where="path")
    terminal("install", "./long.py", answers="y\n")
    home.script("long.py", "\n".join(f"y = {number}" for number in range(5000)), where="path")
    ended = terminal("update", "long", answers="n\n")
    assert ended.err.count("\n") < 500
    assert "more lines; `--dry-run --format json` has all of them" in ended.err


def test_everything_comes_before_what_is_less(pyst: Pyst, home: Home) -> None:
    many = [f"h{number}.example:443" for number in range(400)]
    home.script("asks.py", ASKS.format(f"net = {[*many, '*.net']!r}\n# run = true"), where="path")
    shown = pyst("install", "--dry-run", "./asks.py").out
    assert "  asks for net   *.net, h0.example:443, " in shown
    assert "(401 in all)" in shown
    assert "  asks for run   *\n" in shown


def test_many_more_permissions_are_told_widest_first_and_counted(pyst: Pyst, home: Home) -> None:
    path = home.script("asks.py", HELLO, where="path")
    pyst("install", "--yes", "./asks.py")
    many = [f"h{number}.example:443" for number in range(400)]
    path.write_text(ASKS.format(f"net = {[*many, '*.net']!r}"))
    shown = pyst("update", "asks", "--dry-run").out
    assert (
        "permissions    + 301 more of net than those below\n  permissions    + net *.net  (more than before)" in shown
    )
    assert shown.count("  permissions  ") == 101


def test_a_dry_run_touches_nothing(pyst: Pyst, home: Home, source: Path) -> None:
    ended = pyst("install", "--dry-run", "./hello.py")
    assert ended.code == 0
    assert "Say hello." in ended.out
    assert not data_folder(home).exists()


def test_what_it_shows_can_not_steer_the_terminal(terminal: Terminal, home: Home) -> None:
    home.script("evil.py", '"""Nice\x1b[2J \u202egnihton."""\nprint("\x1b[31m")\n', where="path")
    ended = terminal("install", "./evil.py", answers="y\n")
    assert ended.code == 0
    assert "\x1b" not in ended.err + ended.out
    assert "\u202e" not in ended.err + ended.out
    home.script("evil.py", '"""Nice\x1b[2J."""\nprint("\x1b]0;x\x07", "\u2066")\n', where="path")
    ended = terminal("update", "evil", answers="y\n")
    assert "+print(" in ended.err
    assert not {"\x1b", "\x07", "\u2066"} & set(ended.err + ended.out)


def test_a_source_is_needed(pyst: Pyst) -> None:
    ended = pyst("install", "--format", "json")
    assert (ended.code, code_of(ended)) == (64, "E_USAGE")
    assert "gist:ID" in ended.json["diagnostics"][0]["hint"]


def test_only_the_expected_content_is_taken(pyst: Pyst, home: Home, source: Path) -> None:
    words = ("install", "--yes", "--format", "json", "./hello.py")
    assert code_of(pyst(*words, "--sha256", "0" * 64)) == "E_FETCH_HASH"
    assert code_of(pyst(*words, "--sha256", "abc")) == "E_USAGE"
    assert everything(home) == {}
    assert pyst(*words, "--sha256", sha256(HELLO.encode()).upper()).code == 0


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "CON", "a b", "x.py", "pyst", "-x", "a\x1bb"])
def test_a_name_must_be_one(pyst: Pyst, home: Home, source: Path, name: str) -> None:
    ended = pyst("install", "--yes", "--format", "json", f"--as={name}", "./hello.py")
    assert (ended.code, code_of(ended)) == (64, "E_NAME")
    assert everything(home) == {}


def test_names_that_differ_in_letter_case_alone_are_one(pyst: Pyst, home: Home, source: Path) -> None:
    assert pyst("install", "--yes", "./hello.py").code == 0
    ended = pyst("install", "--yes", "--format", "json", "--as", "Hello", "./hello.py")
    assert (ended.code, code_of(ended)) == (1, "E_NAME_TWIN")


def test_a_command_on_path_is_not_shadowed_unasked(pyst: Pyst, home: Home, source: Path) -> None:
    words = ("install", "--yes", "--format", "json", "--as", "ls", "./hello.py")
    assert code_of(pyst(*words)) == "E_SHADOWS"
    assert everything(home) == {}
    assert pyst(*words, "--force").code == 0
    assert pyst(*words).detail["action"] == "unchanged"


def test_own_commands_on_path_are_no_obstacle(pyst: Pyst, home: Home, source: Path) -> None:
    path = f"{data_folder(home)}/bin:{home.environ['PATH']}"
    for _ in range(2):
        ended = pyst("install", "--yes", "./hello.py", PATH=path)
        assert ended.code == 0
        assert "PATH" not in ended.out


def test_the_same_again_is_unchanged(pyst: Pyst, home: Home, source: Path) -> None:
    assert pyst("install", "--yes", "./hello.py").code == 0
    before = everything(home)
    ended = pyst("install", "./hello.py", "--format", "json")
    assert (ended.code, ended.detail["action"], ended.detail["done"]) == (0, "unchanged", False)
    assert everything(home) == before


def test_a_command_that_was_deleted_is_put_there_again(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    shim = data_folder(home) / "bin" / "hello"
    shim.unlink()
    assert pyst("update", "hello").out.startswith("mended  hello")
    assert shim.exists()


def test_what_is_from_elsewhere_is_replaced_by_force_alone(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    before = everything(home)
    other = home.script("other.py", "print('other')\n", where="path")
    words = ("install", "--yes", "--format", "json", "--as", "hello", "./other.py")
    ended = pyst(*words)
    assert (ended.code, code_of(ended)) == (1, "E_INSTALLED")
    assert str(source) in ended.json["diagnostics"][0]["message"]
    assert everything(home) == before
    ended = pyst(*words, "--force")
    assert (ended.detail["action"], ended.detail["before"]["source"]) == ("replace", str(source))
    assert pyst("run", "installed:hello").out == "other\n"
    entry = entry_of(home)
    assert entry is not None
    assert entry.source == str(other)


def test_a_file_that_pyst_did_not_install_is_kept(pyst: Pyst, home: Home, source: Path) -> None:
    mine = data_folder(home) / "installed" / "hello.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("print('mine')\n")
    words = ("install", "--yes", "--format", "json", "./hello.py")
    ended = pyst(*words)
    assert (ended.code, code_of(ended)) == (101, "E_CHANGED_HERE")
    assert mine.read_text() == "print('mine')\n"
    ended = pyst(*words, "--force")
    assert (ended.code, ended.detail["action"]) == (0, "replace")
    assert "-print('mine')" in ended.detail["changes"]["code"]


def test_nothing_is_lost_where_the_bytes_are_the_same(pyst: Pyst, home: Home, source: Path) -> None:
    mine = data_folder(home) / "installed" / "hello.py"
    mine.parent.mkdir(parents=True)
    mine.write_text(HELLO)
    assert pyst("install", "--yes", "./hello.py").code == 0
    source.write_text("print('fixed')\n")
    mine.write_text("print('fixed')\n")
    assert pyst("run", "installed:hello").code == 101
    assert pyst("update", "--yes", "hello").code == 0
    assert pyst("run", "installed:hello").out == "fixed\n"


def test_a_shim_never_replaces_a_foreign_file(pyst: Pyst, home: Home, source: Path) -> None:
    mine = data_folder(home) / "bin" / "hello"
    mine.parent.mkdir(parents=True)
    mine.write_text("#!/bin/sh\n")
    before = everything(home)
    for more in ((), ("--force",)):
        ended = pyst("install", "--yes", "--format", "json", *more, "./hello.py")
        assert (ended.code, code_of(ended)) == (1, "E_SHIM")
    assert everything(home) == before


BROKEN = {
    "E_METADATA": "# /// script\n# dependencies = [1]\n# ///\n",
    "E_SYNTAX": "def (:\n",
    "E_PERMISSIONS": ASKS.format('net = ["no port:x"]'),
    "E_FETCH_ANSWER": "<!DOCTYPE html><html></html>\n",
}


@pytest.mark.parametrize("code", BROKEN)
def test_what_is_no_sound_script_is_not_installed(pyst: Pyst, home: Home, code: str) -> None:
    home.script("broken.py", BROKEN[code], where="path")
    ended = pyst("install", "--yes", "--format", "json", "./broken.py")
    assert (ended.code, code_of(ended)) == (1, code)
    assert everything(home) == {}


def test_a_requirement_that_is_none_is_told(pyst: Pyst, home: Home) -> None:
    home.script("broken.py", '# /// script\n# dependencies = ["six=1"]\n# ///\n', where="path")
    assert code_of(pyst("install", "--yes", "--format", "json", "./broken.py")) == "E_METADATA"


def test_a_direct_command_starts_the_interpreter_itself(pyst: Pyst, home: Home, source: Path) -> None:
    ended = pyst("install", "--yes", "--direct", "--format", "json", "./hello.py")
    assert (ended.code, ended.detail["shim"]["kind"]) == (0, "direct")
    shim = data_folder(home) / "bin" / "hello"
    done = subprocess.run([shim], env={"PATH": "/nowhere"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert shim.read_text().endswith(HELLO)
    source.write_text(HELLO.replace("hello", "again"))
    assert pyst("update", "--yes", "hello").code == 0
    entry = entry_of(home)
    assert entry is not None
    assert entry.shim is not None
    assert entry.shim["kind"] == "direct"
    assert shim.read_text().endswith(source.read_text())
    ended = pyst("install", "--yes", "--no-direct", "--format", "json", "./hello.py")
    assert (ended.detail["action"], ended.detail["done"]) == ("unchanged", True)
    assert shim.read_text().startswith("#!/bin/sh\n")


def test_a_direct_command_is_a_script_at_each_step_of_an_update(
    pyst: Pyst, home: Home, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyst.sharing import transaction

    assert pyst("install", "--yes", "--direct", "./hello.py").code == 0
    source.write_text(HELLO.replace("hello", "again"))
    shim, apply = data_folder(home) / "bin" / "hello", transaction._apply
    seen: list[str] = []

    def watched(data: str, step: Any) -> None:
        apply(data, step)
        seen.append(shim.read_text())

    monkeypatch.setattr(transaction, "_apply", watched)
    assert pyst("update", "--yes", "hello").code == 0
    assert len(seen) == 3
    assert all(each.endswith((HELLO, source.read_text())) for each in seen)


def test_a_command_that_another_pyst_made_usual_meanwhile_stays_so(
    pyst: Pyst, home: Home, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyst.commands.support import accepting, direct

    assert pyst("install", "--yes", "--direct", "./hello.py").code == 0
    installed = data_folder(home) / "installed" / "hello.py"
    installed.write_text(HELLO.replace("hello", "other"))
    make = direct.make_direct_shim

    def meanwhile(*given: Any, **more: Any) -> Any:
        assert pyst("install", "--yes", "--no-direct", "--force", "./hello.py").code == 0
        installed.write_text(HELLO.replace("hello", "other"))
        return make(*given, **more)

    monkeypatch.setattr(accepting, "make_direct_shim", meanwhile)
    assert pyst("trust", "installed:hello").code == 0
    assert pyst("info", "installed:hello", "--format", "json").detail["installed"]["shim"]["state"] == "intact"
    shim = (data_folder(home) / "bin" / "hello").read_text()
    assert (shim.startswith("#!/bin/sh\n"), "boot.py" in shim) == (True, True)


def test_a_manifest_that_can_not_be_understood_stops_all(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    path = data_folder(home) / "manifest.json"
    path.write_text("{")
    for words in (("install", "--yes", "./hello.py"), ("update", "--yes", "--all"), ("uninstall", "--yes", "hello")):
        ended = pyst(*words, "--format", "json")
        assert (ended.code, code_of(ended)) == (1, "E_MANIFEST")
    assert path.read_text() == "{"


def test_an_update_shows_the_difference(terminal: Terminal, home: Home, source: Path) -> None:
    assert terminal("install", "./hello.py", answers="y\n").code == 0
    source.write_text(HELLO.replace("print(", "print('now', "))
    ended = terminal("update", "hello", answers="n\n")
    assert ended.code == 1
    assert '-print("hello")\n+print(\'now\', "hello")' in ended.err
    ended = terminal("update", "hello", answers="y\n")
    assert (ended.code, ended.out.split()[:2]) == (0, ["updated", "hello"])
    entry = entry_of(home)
    assert entry is not None
    assert entry.sha256 == sha256(source.read_bytes())


def test_an_update_is_unchanged_where_nothing_is_new(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    before = everything(home)
    ended = pyst("update", "--all", "--format", "json")
    assert (ended.code, [each["action"] for each in ended.detail["scripts"]]) == (0, ["unchanged"])
    assert everything(home) == before


def test_what_would_be_updated_is_shown(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    before = everything(home)
    source.write_text(HELLO.replace("hello", "now"))
    ended = pyst("update", "--all", "--dry-run")
    assert ended.code == 0
    assert "+print" in ended.out
    assert everything(home) == before


def test_an_update_names_its_scripts(pyst: Pyst, home: Home, source: Path) -> None:
    assert pyst("update").code == 64
    pyst("install", "--yes", "./hello.py")
    assert pyst("update", "hello", "--all").code == 64
    ended = pyst("update", "helo", "--format", "json")
    assert (ended.code, code_of(ended)) == (127, "E_NOT_INSTALLED")
    assert "`hello`" in ended.json["diagnostics"][0]["hint"]
    assert pyst("update", "installed:hello").code == 0


def test_a_source_that_is_gone_is_told_with_what_becomes_of_the_script(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    source.unlink()
    told = pyst("update", "hello", "--format", "json").json["diagnostics"][0]
    assert told["code"] == "E_FETCH_MISSING"
    assert told["message"] == f"the file `{source}`, which `hello` was installed from, is not there any more"
    assert told["hint"].startswith("what is installed stays, and runs: `pyst install SOURCE --as hello` takes it from")
    assert "`pyst uninstall hello`" in told["hint"]
    assert pyst("run", "installed:hello").out == "hello\n"
    path = data_folder(home) / "installed" / "hello.py"
    path.write_text(path.read_text() + "# mine\n")
    told = pyst("update", "hello", "--format", "json").json["diagnostics"][0]
    assert told["hint"].startswith("what is installed stays: ")
    other = home.script("hello.py", "print('other')\n", where="global")
    assert pyst("install", str(other), "--as", "hello", "--yes", "--force").code == 0
    assert pyst("run", "installed:hello").out == "other\n"


def test_that_the_folder_of_commands_is_not_on_path_is_told_once(pyst: Pyst, home: Home, source: Path) -> None:
    second = home.script("second.py", HELLO, where="path")
    for each in ("./hello.py", "./second.py"):
        assert pyst("install", "--yes", each).out.count("not on PATH") == 1
    for each in (source, second):
        each.write_text("print('new')\n")
    out = pyst("update", "--all", "--yes").out
    assert (out.count("updated"), out.count("  command  "), out.count("not on PATH")) == (2, 2, 1)
    assert "not on PATH" not in pyst("update", "--all", "--yes").out
    source.write_text("print('newer')\n")
    on_path = f"{data_folder(home) / 'bin'}:{home.environ['PATH']}"
    assert "not on PATH" not in pyst("update", "--all", "--yes", PATH=on_path).out


def test_one_that_fails_stops_no_other(pyst: Pyst, home: Home, source: Path) -> None:
    other = home.script("other.py", HELLO, where="path")
    pyst("install", "--yes", "./hello.py")
    pyst("install", "--yes", "./other.py")
    source.unlink()
    other.write_text("print('new')\n")
    ended = pyst("update", "--all", "--yes", "--format", "json")
    assert ended.code == 1
    assert [(each["name"], each["code"]) for each in ended.detail["failed"]] == [("hello", "E_FETCH_MISSING")]
    assert [(each["name"], each["done"]) for each in ended.detail["scripts"]] == [("other", True)]
    assert pyst("run", "installed:hello").out == "hello\n"


def test_what_was_changed_here_is_not_lost_unasked(pyst: Pyst, terminal: Terminal, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    script = data_folder(home) / "installed" / "hello.py"
    script.write_text("print('edited')\n")
    for words in (("update", "hello"), ("uninstall", "hello"), ("install", "./hello.py")):
        ended = pyst(*words, "--yes", "--format", "json")
        assert (ended.code, code_of(ended)) == (101, "E_CHANGED_HERE")
    assert script.read_text() == "print('edited')\n"
    ended = terminal("update", "hello", answers="n\n")
    assert "-print('edited')" in ended.err
    assert "what was changed here" in ended.err
    assert pyst("update", "hello", "--yes", "--force").code == 0
    assert script.read_text() == HELLO
    script.write_text("print('edited')\n")
    assert pyst("uninstall", "hello", "--yes", "--force").code == 0
    assert not script.exists()


def test_a_growth_of_permissions_is_no_matter_of_a_yes_beforehand(pyst: Pyst, terminal: Terminal, home: Home) -> None:
    source = home.script("asks.py", ASKS.format('net = ["example.org:443"]'), where="path")
    assert pyst("install", "--yes", "./asks.py").code == 0
    before = everything(home)
    source.write_text(ASKS.format('net = ["example.org:443", "*"]'))
    for words in (("update", "asks"), ("update", "--all"), ("install", "./asks.py")):
        ended = pyst(*words, "--yes", "--format", "json")
        assert (ended.code, code_of(ended)) == (101, "E_PERMISSIONS"), words
        assert everything(home) == before
    ended = terminal("update", "asks", "--yes", answers="n\n")
    assert ended.code == 1
    assert "+ net *  (more than before)" in ended.err
    assert everything(home) == before
    assert terminal("update", "asks", "--yes", answers="y\n").code == 0
    entry = entry_of(home, "asks")
    assert entry is not None
    assert entry.permissions == {"net": ["*", "example.org:443"]}


def test_fewer_permissions_need_no_more_than_a_yes(pyst: Pyst, home: Home) -> None:
    source = home.script("asks.py", ASKS.format('net = true\n# read = ["~/data"]'), where="path")
    pyst("install", "--yes", "./asks.py")
    source.write_text(ASKS.format('net = ["example.org:443"]'))
    ended = pyst("update", "--yes", "asks", "--format", "json")
    assert ended.code == 0
    permissions = ended.detail["scripts"][0]["changes"]["permissions"]
    assert permissions == {
        "added": {"net": ["example.org:443"]},
        "removed": {"net": ["*:*"], "read": ["~/data"]},
        "grown": {},
    }


def test_all_of_a_script_is_removed(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    assert pyst("uninstall", "hello").code == 64
    ended = pyst("uninstall", "--yes", "hello")
    assert (ended.code, ended.out) == (0, f"removed  hello  {source}\n")
    left = everything(home)
    assert set(left) == {"bin", "installed", "manifest.json"}
    assert json.loads(left["manifest.json"] or b"")["scripts"] == {}
    ended = pyst("uninstall", "--yes", "hello", "--format", "json")
    assert (ended.code, code_of(ended)) == (127, "E_NOT_INSTALLED")


def test_a_command_that_pyst_did_not_write_outlives_its_script(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    shim = data_folder(home) / "bin" / "hello"
    shim.write_text("#!/bin/sh\n")
    ended = pyst("uninstall", "--yes", "hello", "--format", "json")
    assert (ended.code, code_of(ended)) == (0, "W_SHIM_KEPT")
    assert shim.read_text() == "#!/bin/sh\n"


def test_a_no_keeps_all(terminal: Terminal, home: Home, source: Path) -> None:
    terminal("install", "./hello.py", answers="y\n")
    before = everything(home)
    ended = terminal("uninstall", "hello", answers="\n")
    assert (ended.code, ended.out) == (1, f"declined  hello  {source}\n")
    assert everything(home) == before


def test_keys_of_a_later_pyst_are_kept(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    path = data_folder(home) / "manifest.json"
    body = json.loads(path.read_text())
    body["later"], body["scripts"]["hello"]["stars"] = [1], 5
    path.write_text(json.dumps(body))
    source.write_text("print('new')\n")
    assert pyst("update", "--yes", "hello").code == 0
    body = json.loads(path.read_text())
    assert (body["later"], body["scripts"]["hello"]["stars"]) == ([1], 5)


def test_the_folder_can_be_moved(pyst: Pyst, home: Home, source: Path) -> None:
    pyst("install", "--yes", "./hello.py")
    moved = home.path / "moved"
    moved.mkdir()
    os.rename(data_folder(home), moved / "pyst")
    assert pyst("run", "installed:hello", XDG_DATA_HOME=str(moved)).out == "hello\n"


WAYS_ON = {
    ".": ("is a folder", "name the file in it"),
    "~/x.py": ("there is no file", "`~` is left as it is between quotes"),
    "./x.py": ("there is no file", "`gist:ID`"),
    "https://127.0.0.1:9/x.py": ("can't be reached", "is there a network?"),
}


@pytest.mark.parametrize("word", WAYS_ON)
def test_a_source_that_leads_nowhere_is_told_with_the_way_on(pyst: Pyst, word: str) -> None:
    ended = pyst("install", "--yes", "--format", "json", word)
    [told] = [each for each in ended.json["diagnostics"] if each["level"] == "error"]
    message, hint = WAYS_ON[word]
    assert message in told["message"]
    assert hint in told["hint"]
